"""What every script keeps to, read from its text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fakes.scripts import ASSETS, SCRIPTS

from scripts.ids_js import list_groups, write_id_function, write_route, write_text
from services.models import routes

GENERATED = ASSETS / "ids.js"
WRITTEN = [script for script in SCRIPTS if script != GENERATED]
NAMES = [script.relative_to(ASSETS).as_posix() for script in WRITTEN]
HEADER = re.compile(r"/\* [^*]+?\n   Owns: .+\n   Ids: .+\n   Offers: .+\n   Needs: .+")
# comments and literals, whichever begins first
LITERAL = re.compile(
    r"""//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)""", re.DOTALL
)
MOST_TYPED_BY_HAND = 5


def literals(script: Path) -> list[str]:
    return [match[1][1:-1] for match in LITERAL.finditer(script.read_text()) if match[1]]


def known_ids() -> set[str]:
    """Every id that Python names, and what those begin with that are made of parts."""
    values = [
        value
        for group, members in list_groups().items()
        if group not in ("pages", "url", "values", "routes")
        for value in members.values()
    ]
    return {id for value in values for id in re.findall(r'["`]([a-z]+_[a-z_]+)', value)} | {"content"}


def test_the_generated_file_is_what_the_code_says() -> None:
    assert GENERATED.read_text() == write_text(), "run python scripts/dev.py fix"


def test_hardly_an_id_is_typed_by_hand() -> None:
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(known_ids(), key=len, reverse=True))})(?![a-z-])")
    typed = [
        f"{script.name}: {literal}"
        for script in WRITTEN
        for literal in literals(script)
        if pattern.search(literal)
    ]
    assert len(typed) <= MOST_TYPED_BY_HAND, "\n".join(typed)


def test_an_id_typed_by_hand_is_found(tmp_path: Path) -> None:
    script = tmp_path / "one.js"
    script.write_text("""// "ide_run"\nf("#ide_tabs .ide-tab", 'ide_drawer_tab_' + name, "content-type");""")
    assert literals(script) == ["#ide_tabs .ide-tab", "ide_drawer_tab_", "content-type"]
    assert {"ide_tabs", "ide_drawer_tab_", "schedules_form_parameter"} <= known_ids()


@pytest.mark.parametrize("name", NAMES)
def test_a_script_uses_only_what_ids_js_has(name: str) -> None:
    made = list_groups()
    source = (ASSETS / name).read_text()
    for short, group in re.findall(r"\b(own|parts|url|values) = ids\.(\w+)", source):
        source = re.sub(rf"(?<![\w.]){short}\.(?=[A-Za-z])", f"ids.{group}.", source)
    used = re.findall(r"(?<![\w.])ids\.([a-z]+)\.(\w+)", source)
    assert [f"{group}.{name}" for group, name in used if name not in made[group]] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_header_says_what_a_script_owns_and_offers(name: str) -> None:
    assert HEADER.match((ASSETS / name).read_text())


def test_one_script_asks_routes_and_tells_dash() -> None:
    for script in WRITTEN:
        source = script.read_text()
        # connection.js wraps the browser's own function
        assert not re.search(r"(?<![\w.])fetch\(", source) or script.name == "app.js", script
        # theme.js asks whether Dash is there already
        assert "set_props" not in source or script.name in ("app.js", "theme.js"), script
        assert not [one for one in literals(script) if one.startswith(("/ide", "/api", "/data", "/healthz"))]


def test_addresses_are_filled_in_as_flask_reads_them() -> None:
    assert write_route("/a/<id>/b") == "(id) => `/a/${encodeURIComponent(id)}/b`"
    assert (
        write_route("/a/<int:id>") == "(id) => `/a/${encodeURIComponent(id)}`" and write_route("/a") == '"/a"'
    )
    assert routes.fill_route("/a/<int:id>/<token>", id="x y/z", token="t") == "/a/x%20y%2Fz/t"
    assert routes.fill_route(routes.QUERY_ROWS, id="q1") == routes.QUERY_ROWS.replace("<id>", "q1")


def test_functions_of_ids_keep_their_parameters() -> None:
    assert (
        write_id_function(lambda name: {"type": "t", "name": name}) == '(name) => ({ type: "t", name: name })'
    )
    assert (
        write_id_function(lambda kind, id: {"type": kind, "id": id})
        == "(kind, id) => ({ type: kind, id: id })"
    )
    assert write_id_function(lambda name: f"tab_{name}") == "(name) => `tab_${name}`"
