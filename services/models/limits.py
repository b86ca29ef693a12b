"""Limits that pages, routes and services keep to alike."""

from __future__ import annotations

# characters of what is searched for
LONGEST_SEARCH = 200
# characters of a saved query's name
LONGEST_NAME = 200
# characters of a statement that is kept: a saved query, or a draft of one
LONGEST_TEXT = 1_000_000
# rows that a grid may ask for at once
MOST_BLOCK_ROWS = 1_000
# the largest whole number that a browser reads as it is; beyond it numbers travel as text
SAFE_INTEGER = 2**53 - 1
