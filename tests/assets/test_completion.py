"""ide/completion.js: what is offered where, over the names of 5,000 resources."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fakes.positions import (
    INVENTORY_RIGHT,
    INVENTORY_TABLES,
    INVENTORY_WRONG,
    RIGHT,
    WRONG,
    read_right,
    read_wrong,
)
from fakes.registry import RegistryEngine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, Route

from app.api.ide.metadata import read_node
from inventory_runner.errors import StatementRefused
from inventory_runner.sql.lexer import Kind, read_tokens
from services.cache import NoCache
from services.metadata_service import MetadataService
from services.users import SYSTEM, act_as

PIECES = st.lists(
    st.sampled_from(
        [
            *[
                "SELECT",
                "FROM",
                "WHERE",
                "AND",
                "WITH",
                "AS",
                "IN",
                "ORDER",
                "BY",
                "CASE",
                "BETWEEN",
                "aws.ec2.",
                "aws.ec2.instances",
                "i.",
                "region",
            ],
            *(
                "'it''s; one'",
                '"a;b"',
                "-- no; end\n",
                "/* ; */",
                ";",
                ".",
                ",",
                "(",
                ")",
                "=",
                ":",
                "::",
                "'",
                "7",
                "*",
            ),
            *("\n", "\\"),
        ]
    ),
    max_size=14,
).map(" ".join)
COMPLETE = """async ([text, offset, asked, source]) => {
    for (;;) {
        const found = ide.completion.complete(text, offset, ide.names[source], asked);
        if (!found.waiting) { return found; }
        await new Promise(resolve => { ide.offers.arrived = resolve; });
    }
}"""


@pytest.fixture(scope="module")
def names(scripts: Page) -> Iterator[Page]:
    """The scripts' page, whose names come from a registry."""
    engine = RegistryEngine()
    services: Any = SimpleNamespace(metadata=MetadataService(lambda: engine, list, cache=NoCache()))

    def answer(route: Route) -> None:
        path = parse_qs(urlsplit(route.request.url).query).get("path", [""])[0]
        with act_as(SYSTEM):
            route.fulfill(json=read_node(services, path))

    def answer_tables(route: Route) -> None:
        tables = [
            {
                "written": table,
                "columns": [
                    {"name": name, "written": name, "type": type if isinstance(type, str) else "jsonb"}
                    for name, type in columns.items()
                ],
            }
            for table, columns in INVENTORY_TABLES.items()
        ]
        route.fulfill(json={"tables": tables})

    def answer_keys(route: Route) -> None:
        asked = parse_qs(urlsplit(route.request.url).query)
        column = INVENTORY_TABLES[asked["table"][0]][asked["column"][0]]
        assert isinstance(column, dict)
        path = asked.get("path")
        route.fulfill(json={"keys": column.get(path[0], []) if path else list(column)})

    routes = {
        "**/api/ide/resources?*": answer,
        "**/api/ide/tables": answer_tables,
        "**/api/ide/tables/keys?*": answer_keys,
    }
    for address, handler in routes.items():
        scripts.route(address, handler)
    yield scripts
    for address in routes:
        scripts.unroute(address)


def complete(page: Page, text: str, offset: int, asked: bool = False, source: str = "live") -> list[str]:
    """The texts that are offered, best first."""
    return [one["text"] for one in page.evaluate(COMPLETE, [text, offset, asked, source])["offers"]]


@pytest.mark.parametrize(("source", "table"), [("live", RIGHT), ("inventory", INVENTORY_RIGHT)])
def test_what_is_wanted_is_offered_first_or_second(names: Page, source: str, table: str) -> None:
    wrong = [
        (f"{text[:offset]}|{text[offset:]}", wanted, found[:4])
        for text, offset, asked, wanted in read_right(table)
        if wanted not in (found := complete(names, text, offset, asked, source))[:2]
    ]
    assert wrong == []


@pytest.mark.parametrize(("source", "table"), [("live", WRONG), ("inventory", INVENTORY_WRONG)])
def test_nothing_is_offered_in_literals_in_comments_and_after_finished_words(
    names: Page, source: str, table: str
) -> None:
    offered = [
        (f"{text[:offset]}|{text[offset:]}", found[:4])
        for text, offset in read_wrong(table)
        if (found := complete(names, text, offset, source=source))
    ]
    assert offered == []


@given(PIECES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_literal_and_a_comment_are_those_of_the_guard(names: Page, text: str) -> None:
    """Any place of any text has an answer, and nothing is offered inside what the guard's lexer reads so."""
    try:
        tokens = read_tokens(text)
    except StatementRefused:
        tokens = []
    answers = names.evaluate(
        """text => Array.from({ length: text.length + 1 }, (_, offset) => {
            const found = ide.completion.complete(text, offset, ide.names.live, true);
            return { from: found.from, prefix: found.prefix, offers: found.offers.length };
        })""",
        text,
    )
    for offset, found in enumerate(answers):
        assert text[found["from"] : offset] == found["prefix"]
        inside = any(
            token.start < offset < token.end for token in tokens if token.kind in (Kind.STRING, Kind.COMMENT)
        )
        assert not (inside and found["offers"]), (text[:offset], text[offset:])
