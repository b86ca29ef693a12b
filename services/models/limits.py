"""Limits that pages, routes and services keep to alike."""

from __future__ import annotations

# characters of what is searched for
LONGEST_SEARCH = 200
# characters of a filter over all resources, which a search of a grid's rows may be too
LONGEST_FILTER = 1_000
# characters of a saved view's name
LONGEST_VIEW_NAME = 80
# characters of a saved query's name
LONGEST_NAME = 200
# and of its folder's, which is a heading of the drawer
LONGEST_FOLDER = 60
# characters of a statement that is kept: a saved query, or a draft of one
LONGEST_TEXT = 1_000_000
# rows that a grid may ask for at once, and characters of their cells and names: a block with more has fewer rows
MOST_BLOCK_ROWS = 1_000
MOST_BLOCK_CHARACTERS = 4_000_000
# of a cell in a block; who opens it gets it whole, but not more than the second
LONGEST_CELL = 10_000
LONGEST_OPENED_CELL = 8_000_000
# how far one can scroll in a sorted or filtered table: behind it a page would have to sort everything
MOST_SORTED_ROWS = 100_000
# words of a search, columns of an order, and a filter's comparisons: of one column, and of all
MOST_WORDS = 8
MOST_SORTED_COLUMNS = 5
MOST_CONDITIONS = 20
MOST_CONDITIONS_IN_ALL = 60
# characters that a filter compares with
LONGEST_COMPARED = 500
# of a column's values: how many are listed and chosen from, and the characters of each that are given
MOST_VALUES = 1_000
LONGEST_VALUE = 200
# the largest whole number that a browser reads as it is; beyond it numbers travel as text
SAFE_INTEGER = 2**53 - 1
