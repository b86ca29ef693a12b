"""The list of tables: rows, what changed today, coverage, age and a trend for each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from dash import dcc, html

from layouts.components.charts import find_provider_colour
from layouts.components.feedback import deltas, empty_state, relative_time, status_badge
from layouts.components.figures import number
from layouts.components.lists import cell, head_cell, rows_under, sort_cell, sort_direction
from layouts.components.page import icon
from layouts.inventory import addresses
from services.models.core import TableKind
from services.models.inventory import Freshness, TablesPage, TableSummary
from services.models.wording import describe_table_kind, format_count

COLUMNS = (
    ("name", "Table", ""),
    ("provider", "Provider", ""),
    ("rows", "Rows", "number"),
    ("changes", "Today (UTC)", "number"),
    ("coverage", "Coverage", ""),
    ("updated", "Updated", ""),
    ("", "14 days", "wide-only"),
    ("", "View", "centred"),
)
# of whole tables: beside the rows of one region they would be taken for that region's
OF_ALL_REGIONS = ("Today (UTC)", "14 days")
# columns that begin with the most
FALLING = ("rows", "changes", "updated")
WIDTH, HEIGHT = 132, 22


def tables_list(page: TablesPage, now: datetime, searched: bool, region: str = "") -> Any:
    """The list, or what to do where it is empty. region: the only one whose rows are counted."""
    if not page.tables:
        if searched:
            return empty_state(
                "bi-search",
                "No table of that name",
                "Filter by any part of a table's name, provider or service.",
            )
        return empty_state("bi-table", "No tables", "A table appears here with its schedule's first run.")
    # a column of dashes would say nothing
    hidden = {
        *(OF_ALL_REGIONS if region else ()),
        *(() if any(one.has_view for one in page.tables) else ("View",)),
    }
    kept = [i for i, (_, title, _) in enumerate(COLUMNS) if title not in hidden]
    rows = [_cells(table, page.trends.get(table.ref, ()), now, region) for table in page.tables]
    return [
        rows_under(
            "Tables",
            [_head(*COLUMNS[i], page.sort) for i in kept],
            [html.Tr([cells[i] for i in kept]) for cells in rows],
            "tables-table",
        ),
        _pager(page),
    ]


def _head(column: str, title: str, kind: str, sort: str) -> html.Th:
    if not column:
        return head_cell(title, kind)
    return sort_cell(
        title, sort_direction(column, sort, FALLING), kind, **_lead_to(_turn_order(column, sort), 1, column)
    )


def _turn_order(column: str, sort: str) -> str:
    """The order that a press on a column's head leads to; a second press turns it round."""
    return f"-{column}" if sort == column else column


def _lead_to(sort: str, page: int, name: str) -> dict[str, Any]:
    """What a button says to assets/inventory/page.js: how the list is shown then. name: gets the focus back by it."""
    return {"data-view": json.dumps({"sort": sort, "page": page}), "data-name": name}


def _cells(table: TableSummary, trend: Sequence[int | None], now: datetime, region: str) -> list[Any]:
    colour = find_provider_colour(table.provider)
    loaded = table.rows is not None
    name = dcc.Link(table.ref.label, href=addresses.table_in(table.ref, region), className="mono")
    return [
        html.Th([name, *_kind(table)], scope="row"),
        cell(
            "Provider",
            [html.Span(className="provider-dot", style={"background": colour}), table.provider or "–"],
        ),
        cell("Rows", number(table.rows, table.reading), "number"),
        cell("Today (UTC)", number(today(table, now), table.reading), "number"),
        cell("Coverage", number(coverage(table), table.reading)),
        cell("Updated", number(age(table, now), table.reading)),
        html.Td(sparkline(trend, colour, table.ref.label) if loaded else "", className="wide-only"),
        cell(
            "View",
            icon("bi-check-lg", "has a view") if table.has_view else html.Span("–", className="text-muted-2"),
            "centred",
        ),
    ]


def _kind(table: TableSummary) -> list[Any]:
    """What a table is that is no inventory, behind its name."""
    if table.kind is TableKind.INVENTORY:
        return []
    words = f"Its rows are {describe_table_kind(table.kind)}"
    return [" ", html.Span(table.kind.value, className="text-muted-2", title=words)]


def today(table: TableSummary, now: datetime) -> Any:
    """What changed on this UTC day; a dash where no run has looked yet."""
    if table.updated_at is None or table.updated_at.astimezone(UTC).date() < now.astimezone(UTC).date():
        return html.Span("–", className="text-muted-2", title="Not read yet today (UTC)")
    return deltas(table.added, table.removed, table.changed)


def coverage(table: TableSummary) -> Any:
    """`15 of 17`, in amber where something is missing; a link to which."""
    if not table.scopes_total:
        return html.Span("unknown", className="text-muted-2")
    words = f"{table.scopes_ok:,} of {table.scopes_total:,}"
    return dcc.Link(
        words,
        href=addresses.table(table.ref, "coverage"),
        className="quiet-link" + " tone-warning" * table.partial,
    )


def age(table: TableSummary, now: datetime) -> Any:
    """How old the data is; what is wrong with that in a word."""
    if table.freshness is Freshness.NEVER:
        return (
            status_badge(table.last_run_status, "never loaded")
            if table.last_run_status
            else html.Span("never loaded", className="text-muted-2")
        )
    when: Any = relative_time(table.updated_at, now)
    if table.freshness is Freshness.LATE:
        when = html.Span([when, html.Span(" · missed a run")], className="tone-warning")
    elif table.freshness in (Freshness.PAUSED, Freshness.UNMANAGED):
        word = "paused" if table.freshness is Freshness.PAUSED else "no schedule"
        when = html.Span([when, html.Span(f" · {word}", className="text-muted-2")])
    if table.stale_rows and table.oldest_at:
        stale = [f" · {format_count(table.stale_rows, 'row')} from ", relative_time(table.oldest_at, now)]
        return html.Span([when, html.Span(stale, className="tone-warning")])
    return when


def sparkline(values: Sequence[int | None], colour: str, label: str) -> Any:
    """The last days' rows as a small picture: a line from its lowest to its highest, with what it did as its name."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return html.Span("first day", className="text-muted-2")
    low, high = min(known), max(known)
    span = (high - low) or 1
    step = (WIDTH - 6) / max(1, len(values) - 1)
    # a table that hardly moves is drawn as a flat line, not as a mountain range
    scale = (HEIGHT - 6) * min(1.0, (high - low) / max(0.02 * high, 1))
    points = [
        (3 + i * step, HEIGHT - 3 - ((HEIGHT - 6) - scale) / 2 - (value - low) / span * scale)
        for i, value in enumerate(values)
        if value is not None
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"{points[0][0]:.1f},{HEIGHT} {line} {points[-1][0]:.1f},{HEIGHT}"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<polygon points="{area}" fill="{colour}" fill-opacity=".16"/>'
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.6" stroke-linejoin="round"/>'
        f'<circle cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="2.2" fill="{colour}"/></svg>'
    )
    words = f"{label}: {known[0]:,} to {known[-1]:,} rows, lowest {low:,}, highest {high:,}"
    return html.Img(
        src=f"data:image/svg+xml,{quote(svg)}",
        alt=words,
        title=words,
        width=WIDTH,
        height=HEIGHT,
        className="sparkline",
    )


def _pager(page: TablesPage) -> Any:
    if page.pages == 1:
        return None
    return html.Nav(
        [
            html.Button(
                "Previous",
                type="button",
                disabled=page.page == 1,
                className="btn btn-outline-secondary btn-sm",
                **_lead_to(page.sort, page.page - 1, "previous"),
            ),
            html.Span(f"Page {page.page} of {page.pages}"),
            html.Button(
                "Next",
                type="button",
                disabled=page.page == page.pages,
                className="btn btn-outline-secondary btn-sm",
                **_lead_to(page.sort, page.page + 1, "next"),
            ),
        ],
        className="pager",
        **{"aria-label": "Pages of tables"},
    )
