"""Sizes, weights, radii, gaps and colours are tokens of style.css: no sheet, script or layout has one of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from app.bundles import ASSETS

ROOT = ASSETS.parent.parent
TOKENS = ASSETS / "style.css"
SHEETS = sorted(ASSETS.rglob("*.css"))
# the number of steps that a scale has; a new one is a decision, not an edit
SCALES = {"--text-": 6, "--weight-": 2, "--space-": 6, "--radius-": 3}

LENGTH = r"var\(--[a-z0-9-]+\)"
SPACE = rf"(?:0|-?1px|2px|auto|inherit|-?\d+(?:\.\d+)?%|{LENGTH})"
ALLOWED = {
    "font-size": rf"inherit|{LENGTH.replace('--', '--text-', 1)}",
    "font-weight": r"inherit|var\(--weight-[a-z]+\)",
    "border-radius": r"(?:(?:0|50%|inherit|var\(--radius-[a-z]+\))\s*)+",
    "space": rf"(?:(?:{SPACE}|calc\((?:{SPACE}|-1|\s|[-+*])+\))\s*)+",
    "box-shadow": r"none|var\(--shadow\)|inset \d(?:px)? \d(?:px)? var\(--[a-z0-9-]+\)",
    "font": "inherit",
}
COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(|\b(?:white|black|red|green|blue|gr[ae]y|orange|yellow)\b",
    re.IGNORECASE,
)


class Declaration(NamedTuple):
    line: int
    name: str
    value: str


def declarations(css: str) -> Iterator[Declaration]:
    """Every `name: value` of a sheet with its line."""
    css = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), css, flags=re.DOTALL)
    for found in re.finditer(r"([^{};]*)([{};])", css):
        text, end = found.groups()
        name, colon, value = text.partition(":")
        # what is before a brace is a selector or an at-rule
        if end != "{" and colon:
            line = css.count("\n", 0, found.start() + len(text) - len(text.lstrip())) + 1
            yield Declaration(line, name.strip(), " ".join(value.split()))


def kind(name: str) -> str:
    """Which rule a property falls under; Bootstrap's custom properties are read by how they end."""
    if name.startswith("--") and not name.startswith("--bs-"):
        return ""
    for ending in ("font-size", "font-weight", "border-radius", "box-shadow"):
        if name.endswith(ending):
            return ending
    if re.fullmatch(r"border-.*-radius", name):
        return "border-radius"
    if re.search(r"(?:^|-)(?:gap|padding|margin)(?:-|$)", name):
        return "space"
    return "font" if name == "font" else ""


def faults(sheet: Path, css: str) -> list[str]:
    """`file:line: name: value` for each declaration that has a number or a colour of its own."""
    found = []
    for line, name, value in declarations(css):
        own = sheet == TOKENS and name.startswith("--")
        rule = kind(name)
        # a scroll margin is where one stops, not a gap that one sees
        bad = rule and not name.startswith("scroll-") and not re.fullmatch(ALLOWED[rule], value)
        if not own and (bad or COLOUR.search(re.sub(r"var\([^)]*\)|url\([^)]*\)", "", value))):
            found.append(f"{sheet.relative_to(ROOT)}:{line}: {name}: {value}")
    return found


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.relative_to(ASSETS).as_posix())
def test_a_sheet_uses_the_tokens(sheet: Path) -> None:
    assert faults(sheet, sheet.read_text()) == []


@pytest.mark.parametrize(
    "declaration",
    [
        "font-size: 13px",
        "font-size: var(--space-1)",
        "font-weight: 500",
        "font: 600 13px sans-serif",
        "border-radius: 4px",
        "border-top-left-radius: 4px",
        "padding: 0 5px",
        "margin-left: -3px",
        "gap: calc(var(--space-1) + 3px)",
        "column-gap: 1rem",
        "color: #123456",
        "border: 1px solid rgb(0 0 0 / 30%)",
        "background: white",
        "box-shadow: 0 1px 2px var(--line)",
        "--bs-btn-font-size: 13px",
        "--bs-modal-header-padding: 11px 16px",
    ],
)
def test_a_number_of_its_own_is_named_with_its_line(declaration: str) -> None:
    css = f"/* two\nlines */\n.a {{ margin: 0 auto; }}\n@media print {{\n  .b {{ width: 13px; {declaration}; }}\n}}\n"
    sheet = ASSETS / "ide" / "page.css"
    assert faults(sheet, css) == [f"app/assets/ide/page.css:5: {declaration}"]


def test_the_scales_have_their_steps() -> None:
    names = {name for _, name, _ in declarations(TOKENS.read_text())}
    assert {start: sum(name.startswith(start) for name in names) for start in SCALES} == SCALES


def test_every_custom_property_is_defined() -> None:
    sheets = "\n".join(sheet.read_text() for sheet in SHEETS)
    scripts = "\n".join(script.read_text() for script in ASSETS.rglob("*.js"))
    defined = {name for _, name, _ in declarations(sheets)} | set(
        re.findall(r'setProperty\("(--[\w-]+)"', scripts)
    )
    used = set(re.findall(r"var\((--[\w-]+)", sheets + scripts))
    assert {name for name in used - defined if not name.startswith("--bs-")} == set()


def test_the_grid_s_theme_uses_the_tokens() -> None:
    script = (ASSETS / "shared" / "grid.js").read_text()
    theme = script[script.index("withParams(") :]
    theme = theme[: theme.index("});")]
    assert (
        re.findall(
            r'(?:[sS]ize|[wW]eight|[sS]pacing|[pP]adding|[rR]adius|Height): *"(?!var\(|0")[^"]*', theme
        )
        == []
    )
    assert not COLOUR.search(re.sub(r"var\([^)]*\)", "", theme))


def test_layouts_have_no_colour_or_size_of_their_own() -> None:
    """Charts take theirs from layouts/components."""
    places = [path for name in ("layouts", "callbacks") for path in sorted((ROOT / name).rglob("*.py"))]
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in places
        if path.parent != ROOT / "layouts" / "components"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r'font": \{[^}]*"size": \d|^\s*"size": \d|"#[0-9a-fA-F]{6}"', line)
    ]
    assert found == []
