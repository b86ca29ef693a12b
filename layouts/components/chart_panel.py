"""The panel that every chart stands in: its title, its note, and one menu: what to take away, the table behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import islice, zip_longest
from typing import Any

from dash import dcc, html

from layouts.components.figures import covered_panel
from layouts.components.menu import entry, link_entry, menu
from layouts.components.page import Children
from services.models.coverage import Reading
from services.models.numbers import Numbers
from services.models.wording import format_exact_time, format_number

# of more rows than these the file is the place
MOST_ROWS = 1_000


def chart_panel(
    title: Children,
    drawing: html.Div,
    *,
    name: str,
    csv: str,
    table: html.Div,
    reading: Reading,
    brief: bool = False,
    note: Children = None,
    in_ide: str = "",
    more: Sequence[Any] = (),
    className: str = "",
) -> html.Section:
    """A chart with its picture, its numbers and the table behind it (assets/shared/charts.js, chart_tables.js).

    name: the files' name; csv: the address of the numbers. table: made by `table_place`. in_ide: the address of the
    query behind it, where there is one. more: further entries of its menu. reading: of what it draws; brief: said only
    where something is missing, as where figures above have the same.
    """
    return covered_panel(
        title,
        [html.Div(drawing, className="chart-drawing"), table],
        reading,
        note=html.Span(note),
        tools=menu(
            f"Take away or look behind {name}",
            [
                entry("PNG", "chart-png", **{"data-name": name}),
                link_entry("CSV", csv, download=f"{name}.csv"),
                entry("Table", "chart-table-toggle", **{"aria-pressed": "false"}),
                link_entry("Open in IDE", in_ide) if in_ide else None,
                *more,
            ],
        ),
        className=f"chart-panel {className}".strip(),
        brief=brief,
    )


def table_place(name: str, children: Children = None) -> html.Div:
    """Where the table behind the chart stands, out of sight until it is asked for."""
    return html.Div(
        children,
        className="chart-table",
        tabIndex=0,
        role="region",
        **{"aria-label": f"Numbers of {name}"},
    )


def number_table(numbers: Numbers, leads: Callable[[Any, int], str] | None = None) -> html.Table:
    """The numbers of a chart, row by row, as its CSV file has them.

    leads: where the mark of a number leads, by what its row tells of and its column's place; the cell leads there too,
    for those who cannot point at a mark. What is not known has no mark.
    """
    rows = [list(row) for row in islice(numbers.rows, MOST_ROWS + 1)]
    more = len(rows) > MOST_ROWS
    rows = rows[:MOST_ROWS]
    shown = zip_longest(rows, islice(numbers.of, len(rows)))
    count = len(numbers.head)
    kinds = ["number" if any(_is_number(row[i]) for row in rows) else "" for i in range(count)]
    return html.Table(
        [
            html.Thead(
                html.Tr(
                    [
                        html.Th(name.replace("_", " "), scope="col", className=kind)
                        for name, kind in zip(numbers.head, kinds, strict=True)
                    ]
                )
            ),
            html.Tbody([_row(row, kinds, _addresses(row, of, leads)) for row, of in shown]),
            html.Caption(f"The first {MOST_ROWS:,} rows. The CSV has all of them.") if more else None,
        ],
        className="table number-table",
    )


def _addresses(row: list[Any], of: Any, leads: Callable[[Any, int], str] | None) -> list[str]:
    return [leads(of, place) if leads and value is not None else "" for place, value in enumerate(row)]


def _row(row: list[Any], kinds: list[str], addresses: list[str]) -> html.Tr:
    first, *rest = (
        dcc.Link(number_text(value), href=address) if address else number_text(value)
        for value, address in zip(row, addresses, strict=True)
    )
    cells = [html.Td(value, className=kind) for value, kind in zip(rest, kinds[1:], strict=True)]
    return html.Tr([html.Th(first, scope="row", className=kinds[0]), *cells])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_text(value: Any) -> str:
    """A cell as it is read; what is not known is a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return format_exact_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if _is_number(value):
        return format_number(value)
    return str(value)
