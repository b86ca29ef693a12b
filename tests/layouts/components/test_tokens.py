"""The colours can be read and told apart, in both themes; what charts repeat of the style sheet agrees with it."""

from __future__ import annotations

import math
import re
from itertools import combinations

import pytest

from app.bundles import ASSETS
from layouts.components.charts import COLOURWAY, OTHER_COLOURS, PROVIDER_COLOURS, REST_COLOUR, contrast
from layouts.components.tokens import DARK, LIGHT, TEXT_S, TEXT_XS

CSS = (ASSETS / "style.css").read_text()
STATES = ("success", "warning", "danger", "info", "neutral")
CHANGES = ("change-added", "change-removed", "change-changed")
TEXTS = ("ink", "ink-2", "ink-3", "accent", *STATES, *CHANGES)
CODE = ("sql-keyword", "sql-string", "sql-function", "sql-number", "sql-parameter")
GROUNDS = ("surface", "surface-2", "ground")
# how far apart, in OKLab, two colours are at least that mean different things; series of one chart may be a bit nearer
APART, SERIES_APART, CHANGE_APART = 0.09, 0.07, 0.06


def block(selector: str) -> dict[str, str]:
    """The colours that the sheet gives a theme, by their names without the dashes."""
    body = CSS[CSS.index(f"{selector} {{\n") :]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", body[: body.index("\n}")]))


THEMES = {"light": block(':root, [data-bs-theme="light"]'), "dark": block('[data-bs-theme="dark"]')}
themes = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def oklab(colour: str) -> tuple[float, float, float]:
    """The colour in OKLab, in which distances are as the eye sees them."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    )
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def close(pairs: list[tuple[str, str]], least: float) -> dict[tuple[str, str], float]:
    """The pairs of colours that are nearer to each other than that."""
    return {
        pair: round(apart, 3)
        for pair in pairs
        if (apart := math.dist(oklab(pair[0]), oklab(pair[1]))) < least
    }


def test_charts_repeat_the_sheet() -> None:
    for own, theme in ((LIGHT, THEMES["light"]), (DARK, THEMES["dark"])):
        assert own == {name: theme[name] for name in own}
    assert f"--text-xs: {TEXT_XS}px;" in CSS and f"--text-s: {TEXT_S}px;" in CSS
    assert LIGHT.keys() == DARK.keys()


def test_both_themes_name_the_same_colours() -> None:
    assert THEMES["light"].keys() == THEMES["dark"].keys()


@themes
def test_words_can_be_read(theme: dict[str, str]) -> None:
    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS]
    pairs += [(text, ground) for text in CODE for ground in ("surface", "code")]
    pairs += [(state, f"{state}-soft") for state in STATES]
    pairs += [("ink", f"{state}-soft") for state in STATES] + [("ink-2", "neutral-soft")]
    pairs += [("ink", "accent-soft"), ("accent-ink", "accent"), ("accent-ink", "accent-strong")]
    ratios = {(text, ground): contrast(theme[text], theme[ground]) for text, ground in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < 4.5} == {}


@themes
def test_marks_can_be_seen(theme: dict[str, str]) -> None:
    marks = [*COLOURWAY, REST_COLOUR, *(theme[name] for name in (*STATES, *CHANGES))]
    ratios = {colour: contrast(colour, theme["surface"]) for colour in marks}
    assert {colour: round(ratio, 2) for colour, ratio in ratios.items() if ratio < 3} == {}


def test_providers_are_told_apart() -> None:
    assert close(list(combinations(dict.fromkeys(PROVIDER_COLOURS.values()), 2)), APART) == {}
    # one company's two APIs
    assert PROVIDER_COLOURS["databricks_workspace"] == PROVIDER_COLOURS["databricks_account"]


def test_the_series_of_a_chart_are_told_apart() -> None:
    assert close(list(combinations((*COLOURWAY, REST_COLOUR), 2)), SERIES_APART) == {}
    assert not set(OTHER_COLOURS) & set(PROVIDER_COLOURS.values())


@themes
def test_a_series_is_no_state(theme: dict[str, str]) -> None:
    states = [theme[name] for name in ("success", "warning", "danger")]
    assert close([(series, state) for series in COLOURWAY for state in states], APART) == {}


@themes
def test_a_change_is_no_state(theme: dict[str, str]) -> None:
    """Added is not success, removed not danger. What changed is as quiet as neutral."""
    added, removed = theme["change-added"], theme["change-removed"]
    states = [theme[name] for name in ("success", "warning", "danger", "info")]
    assert close([(change, state) for change in (added, removed) for state in states], CHANGE_APART) == {}
    assert close([(added, removed)], APART) == {}
