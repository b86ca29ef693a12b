"""Addresses that scripts write are those that Python writes and reads."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from layouts.inventory import addresses
from layouts.schedules.page import NUMBERS, WORDS, read_view
from services.models import url_words
from services.models.core import INVENTORY_SCHEMA
from services.models.inventory import TableRef

ROOT = Path(__file__).resolve().parents[2]
law = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
# a browser takes these two parts out of a path; no table is called so (store/names.py, check_target)
IN_PATHS = NAMES.filter(lambda name: name not in (".", ".."))
SCHEMAS = st.sampled_from([INVENTORY_SCHEMA, "other", "ö/d?d"])


def read(address: str) -> tuple[str, dict[str, list[str]]]:
    parts = urlsplit(address)
    return unquote(parts.path), parse_qs(parts.query, keep_blank_values=True)


def link(page: Page, row: dict[str, Any], base: str) -> str:
    return page.evaluate("([row, base]) => inventory.resourceAddress(row, base)", [row, base])


@given(SCHEMAS, NAMES, NAMES, st.sampled_from(["{}", '{"region": "eu-west-1"}']))
@law
def test_a_row_leads_to_its_resource(scripts: Page, schema: str, table: str, key: str, scope: str) -> None:
    ref = TableRef(schema, table)
    expected = read(addresses.resource(ref, key, scope))
    row = {"_key": key, "_scope": scope}
    assert read(link(scripts, row, addresses.table(ref))) == expected
    # in the list over all tables the key names the schema first
    row |= {"_key": scripts.evaluate("pair => JSON.stringify(pair)", [schema, key]), "table_name": table}
    assert read(link(scripts, row, addresses.PAGE)) == expected


@given(SCHEMAS, IN_PATHS)
@law
def test_a_page_knows_its_own_address(scripts: Page, schema: str, table: str) -> None:
    ref = TableRef(schema, table)
    names = "([place, address]) => inventory.names(place, new URL(address, location))"
    place = {"schema": schema, "table": table}
    assert scripts.evaluate(names, [place, addresses.table(ref, "charts")])
    assert not scripts.evaluate(names, [place, addresses.resource(ref, "k", "{}")])
    assert not scripts.evaluate(names, [place, addresses.table(TableRef(schema, f"{table}x"))])
    assert not scripts.evaluate(names, [place, addresses.table(TableRef(f"{schema}x", table))])
    assert not scripts.evaluate(names, [place, addresses.changes()])


@pytest.mark.parametrize(
    ("place", "address", "same"),
    [
        ("", "/", True),
        ("", "/inventory?provider=aws", True),
        ("", "/inventory?view=changes", False),
        ("changes", addresses.changes(kind="added"), True),
        ("resources", addresses.resources(), True),
        ("", "/ide", False),
        ("", "/inventory/x", False),
    ],
)
def test_a_view_knows_its_address(scripts: Page, place: str, address: str, same: bool) -> None:
    assert scripts.evaluate("([p, a]) => inventory.names(p, new URL(a, location))", [place, address]) is same


def test_an_address_says_nothing_of_what_is_empty(scripts: Page) -> None:
    call = "([path, changes, query]) => inventory.addressWith(path, changes, new URLSearchParams(query))"
    changes = {"kind": "added", "day": None, "find": "", "page": 0}
    assert scripts.evaluate(call, ["/inventory", changes, "day=2026-11-21&find=x&view=changes"]) == (
        "/inventory?view=changes&kind=added&page=0"
    )
    assert scripts.evaluate(call, ["/inventory", {"find": ""}, "find=x"]) == "/inventory"


VIEWS = st.dictionaries(
    st.sampled_from([*NUMBERS, *WORDS, "other"]),
    st.sampled_from(["", "3", "12", "0123456789", "-1", "x", "rows", "-rows", "scopes", "a&b = c", "٣"]),
)


@given(VIEWS)
@law
def test_schedules_read_an_address_as_the_page_does(scripts: Page, arguments: dict[str, str]) -> None:
    found = scripts.evaluate("given => schedules.read(new URLSearchParams(given).toString())", arguments)
    assert found == read_view(arguments)


@given(VIEWS)
@law
def test_schedules_read_what_they_wrote(scripts: Page, arguments: dict[str, str]) -> None:
    view = read_view(arguments)
    again = scripts.evaluate("view => schedules.read(schedules.written(view))", view)
    usual = {"tab": ""} if view["tab"] == "scopes" else {}
    # nothing is number nought
    nought = {name: None for name in NUMBERS if view[name] == 0}
    assert again == view | usual | nought


def test_a_word_of_an_address_is_one_that_python_writes_or_reads() -> None:
    """The inventory's and the IDE's; schedules name theirs in NUMBERS and WORDS."""
    written: set[str] = set()
    for folder in ("layouts", "callbacks", "services/models"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.stem == "url_words":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    written.add(node.value)
                elif isinstance(node, ast.keyword | ast.arg) and node.arg:
                    written.add(node.arg)
    words = {value for name, value in vars(url_words).items() if name.isupper()}
    assert words and words <= written
