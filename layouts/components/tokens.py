"""The tokens of app/assets/style.css that no style sheet can hand on: Plotly and the editor take numbers and colours.

tests/layouts/components/test_tokens.py compares them with the sheet.
"""

from __future__ import annotations

# sizes of text in pixels, --text-xs and --text-s
TEXT_XS, TEXT_S = 11.5, 12.5
LIGHT = {
    "surface": "#ffffff",
    "surface-2": "#f3f5f8",
    "line": "#e3e7ed",
    "ink": "#1b2430",
    "ink-2": "#566173",
    "success": "#137a39",
    "warning": "#a84c07",
    "neutral": "#5b6677",
    "change-added": "#0f766e",
    "change-removed": "#9a3412",
    "change-changed": "#5b6677",
}
DARK = {
    "surface": "#161b22",
    "surface-2": "#1d242d",
    "line": "#2b333d",
    "ink": "#e6edf3",
    "ink-2": "#a3afbd",
    "success": "#4ac26b",
    "warning": "#e0a23c",
    "neutral": "#a3afbd",
    "change-added": "#5eead4",
    "change-removed": "#fdba74",
    "change-changed": "#a3afbd",
}


def token(name: str, dark: bool) -> str:
    """A colour of the light or the dark theme by its token's name, without the dashes: `token("surface", True)`."""
    return (DARK if dark else LIGHT)[name]
