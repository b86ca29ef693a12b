"""Choosing one of several: three looks, and no others."""

from __future__ import annotations

import re
from pathlib import Path

from fakes.components import walk, words

from layouts.components.choosing import Option, pill_button, radio_options, segment_links, tab, tab_list
from layouts.components.menu import entry, menu

ROOT = Path(__file__).resolve().parents[3]
OPTIONS = [Option("", "All", 1204), Option("a", "A", 0), Option("b", "B")]


def test_what_is_chosen_is_told_and_how_many_there_are() -> None:
    links = segment_links("Views", OPTIONS, "a", {one.value: f"/{one.value}" for one in OPTIONS}).children
    assert ["active" in one.className for one in links] == [False, True, False]
    assert [one.href for one in links] == ["/", "/a", "/b"]
    tabs = tab_list("Parts", [tab(one, one.value == "a") for one in OPTIONS])
    assert [getattr(one, "aria-selected") for one in tabs.children] == ["false", "true", "false"]
    # one is reached by Tab, the others by the arrow keys
    assert [one.tabIndex for one in tabs.children] == [-1, 0, -1]
    buttons = [pill_button(one, one.value == "a", **{"data-value": one.value}) for one in OPTIONS]
    assert [getattr(one, "aria-pressed") for one in buttons] == ["false", "true", "false"]
    # what is not counted has no count; nought is one
    assert [words(one) for one in buttons] == ["All 1,204", "A 0", "B"]
    assert [one["value"] for one in radio_options(OPTIONS)] == ["", "a", "b"]


def test_a_menu_leaves_out_what_there_is_not() -> None:
    drawn = menu("Actions of x", [entry("Run"), None, entry("Delete")])
    assert [words(one) for one in walk(drawn) if "menu-entry" in (getattr(one, "className", "") or "")] == [
        "Run",
        "Delete",
    ]
    assert getattr(drawn.children[0], "aria-label") == "Actions of x"


def test_there_is_no_other_look_for_choosing() -> None:
    """No joined or outlined buttons, no other library's tabs or menus."""
    other = re.compile(r"btn-group|nav-tabs|nav-link table|DropdownMenu|dbc\.Tabs|dcc\.Tabs|ButtonGroup")
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()}"
        for folder, pattern in (("layouts", "*.py"), ("callbacks", "*.py"), ("app/assets", "*.css"))
        for path in sorted((ROOT / folder).rglob(pattern))
        if (hit := other.search(path.read_text()))
    ]
    assert found == []
