"""The panel of every chart: a table behind it whose numbers are those of its CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import flask
import pyarrow as pa
import pytest
from dash import dcc, html
from fakes.addresses import opened
from fakes.components import links, walk, words
from fakes.marks import marks
from fakes.overviews import AT, chart_data, few, overviews
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.api.inventory import answer_with_csv, install
from app.api.operations import Api
from callbacks.ide.results import draw_graph
from layouts.components.chart_panel import MOST_ROWS, number_table, number_text
from layouts.components.drawing import WHOLE
from layouts.components.markup import Fragments, render
from layouts.ide import quick_chart
from layouts.inventory.overview import page
from layouts.inventory.table.charts import draw_chart, draw_numbers
from services.inventory_service.charts import find_numbers, list_titles
from services.models.coverage import COUNTED
from services.models.inventory import ChartChoice, ChartData, Overview, TableDetail, TableRef, TableSummary
from services.models.numbers import Numbers
from services.query_service import charts as quick
from services.query_service.export import format_csv

REF = TableRef("stackql_inventory", "aws_ec2_instances")
TABLE = TableDetail(TableSummary(REF, "aws", rows=9, scopes_ok=5, scopes_total=6, updated_at=AT))
VALUES = st.one_of(st.none(), st.integers(-(10**9), 10**9), st.floats(-1e6, 1e6).map(lambda x: round(x, 4)))


def cells(table: html.Table) -> list[list[str]]:
    """The table's rows under its head, as they are read."""
    head, body, _ = table.children
    rows = [[words(cell) for cell in row.children] for row in body.children]
    return [[words(cell) for cell in head.children.children], *rows]


def read(file: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file)))


def same(table: html.Table, file: list[list[str]]) -> bool:
    """Whether the table says what the file does."""

    def plain(cell: str) -> str:
        if cell in ("", "–"):
            return ""
        text = cell.replace(",", "").removeprefix("'").replace(" UTC", "")
        try:
            return f"{float(text):.6g}"
        except ValueError:
            # times are told to the minute
            return (
                " ".join(text.replace("_", " ").split())[:16]
                if text[:4].isdigit()
                else " ".join(text.split())
            )

    shown = [[plain(cell) for cell in row] for row in cells(table)[1:]]
    return shown == [[plain(cell) for cell in row] for row in file[1:]]


def in_panel(panel: Any) -> html.Table:
    (table,) = [one for one in walk(panel) if isinstance(one, html.Table)]
    return table


@few
@given(overviews(least_tables=1))
def test_every_chart_of_the_overview_has_a_table_with_the_numbers_of_its_file(shown: Overview) -> None:
    with flask.Flask("test").app_context():
        for name in list_titles(shown):
            file = read(answer_with_csv(name, find_numbers(shown, name)).get_data(as_text=True))
            assert same(page.draw_table(shown, name, find_numbers(shown, name)), file), name


@few
@given(overviews(least_tables=1))
def test_where_a_mark_leads_the_table_behind_it_leads_too(shown: Overview) -> None:
    for name, title in list_titles(shown).items():
        behind = links(page.draw_table(shown, name, find_numbers(shown, name)))
        led = {
            mark.address
            for mark in marks(page.draw_chart(shown, name, title))
            if "/inventory" in mark.address
        }
        # one of several tables has no row of its own, and the strip of days none of its own; others that are together
        alone = {one for one in led if "sort=" not in one}
        if name == "over-time":
            alone = {mark.address for mark in marks(page.draw_chart(shown, name, title), "band")}
            alone = {one for one in alone if "provider=" in one or shown.filter.provider}
        assert alone <= set(behind), name
        assert all(opened(address) for address in behind)


@given(chart_data())
def test_each_number_of_a_table_s_chart_leads_to_its_rows_as_its_mark_does(data: ChartData) -> None:
    # a whole shows no split
    if data.groups and not (data.choice.kind in WHOLE and data.choice.split):
        behind = links(in_panel(draw_chart(TABLE, data)))
        assert {
            one.address for one in marks(draw_numbers(REF, data)) if not one.words.endswith(": not known")
        } == set(behind)


@pytest.fixture(scope="module")
def drawn_by() -> Iterator[tuple[FlaskClient, list[ChartData]]]:
    """The routes over a service whose every chart is the last one of the list."""
    server, given_ = flask.Flask("test"), list[ChartData]()
    inventory = SimpleNamespace(
        chart=lambda _ref, _choice, _at: given_[-1], reading=lambda _ref, as_of: TABLE.reading
    )
    install(Api(server), SimpleNamespace(inventory=inventory))  # type: ignore[arg-type]
    with server.test_client() as client:
        yield client, given_


@given(data=chart_data())
def test_the_chart_of_a_table_has_the_numbers_of_its_file(
    drawn_by: tuple[FlaskClient, list[ChartData]], data: ChartData
) -> None:
    client, given_ = drawn_by
    given_.append(data)
    panel = draw_chart(TABLE, data)
    address = next(one.href for one in walk(panel) if getattr(one, "download", None))
    answer = client.get(address)
    assert answer.status_code == 200
    assert same(in_panel(panel), read(answer.get_data(as_text=True)))
    # how much of it was read goes along
    assert "-5-of-6-scopes.csv" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("kind", quick.KINDS)
def test_the_quick_chart_has_the_numbers_of_its_file(kind: str) -> None:
    table = pa.table({"n": [1, 2, 2, 40], "m": [5, None, 6, 7], "g": ["=a", "b", "b", None]})
    kinds = {"n": "number", "m": "number", "g": "text"}
    choice = quick.Choice(kind, "n", "m", "sum", "" if kind == "histogram" else "g")
    found = quick.draw(table, kinds, choice)
    drawn = draw_graph(found, COUNTED)
    # bars are HTML and one component; points need the library
    needs = [one for one in walk(drawn) if isinstance(one, dcc.Graph)]
    assert isinstance(drawn, Fragments) == (not needs) and len(needs) == (kind in ("line", "scatter"))
    panel = (
        drawn
        if needs
        else quick_chart.chart(
            "t",
            html.Div(),
            found.behind,
            format_csv(found.behind.head, found.behind.rows),
            "",
            COUNTED,
            growing=False,
        )
    )
    file = read(unquote(links(panel)[0].partition(",")[2]))
    assert same(in_panel(panel), file) and len(file) > 2
    if not needs:
        # what is written is that panel
        assert render(in_panel(panel)) in drawn.parts[0]["html"]


@given(st.lists(st.tuples(st.text("abc", min_size=1), VALUES), min_size=1, max_size=8))
def test_what_is_not_known_is_a_dash_and_never_nought(rows: list[tuple[str, Any]]) -> None:
    shown = cells(number_table(Numbers(["name", "value"], rows)))
    assert shown[0] == ["name", "value"]
    for (name, value), row in zip(rows, shown[1:], strict=True):
        assert row == [name, number_text(value)]
        assert (row[1] == "–") == (value is None)


def test_of_very_many_rows_the_first_are_shown_and_the_rest_is_said_to_be_in_the_file() -> None:
    table = number_table(Numbers(["n"], ([n] for n in range(MOST_ROWS + 1))))
    assert len(cells(table)) == MOST_ROWS + 1 and "The CSV has all of them" in words(table)
    assert "CSV" not in words(number_table(Numbers(["n"], ([n] for n in range(MOST_ROWS)))))


def test_the_actions_of_a_panel_are_words() -> None:
    data = ChartData(ChartChoice("state"), ("on",), {"": (2,)})
    panel = draw_chart(TABLE, data)
    entries = [words(one) for one in walk(panel) if "menu-entry" in (getattr(one, "className", "") or "")]
    assert entries == ["PNG", "CSV", "Table"]
