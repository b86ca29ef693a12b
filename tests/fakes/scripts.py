"""The browser's scripts by themselves: their files, in the order in which a page loads them."""

from __future__ import annotations

from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "app" / "assets"
# in the head, before all others
FIRST = ASSETS / "theme.js"
ROOT = [FIRST, *sorted(set(ASSETS.glob("*.js")) - {FIRST})]
SCRIPTS = [*ROOT, *sorted(ASSETS.glob("*/*.js"))]
EMPTY = "<!DOCTYPE html><title>scripts</title>"
ADDRESS = "http://scripts.test/"
