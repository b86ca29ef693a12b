"""The frame and the head of a table's page. The tab, and what is chosen in it, stand in the URL."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import unquote

from dash import dcc, html

from layouts.components.charts import provider_colour
from layouts.components.feedback import empty_state
from layouts.components.page import icon
from layouts.inventory import addresses, ids
from layouts.inventory.tables import age, coverage, today
from services.models.core import INVENTORY_SCHEMA
from services.models.inventory import TableDetail, TableRef

TAB_NAMES = (
    ("rows", "Rows"),
    ("charts", "Charts"),
    ("changes", "Changes"),
    ("coverage", "Coverage"),
    ("columns", "Columns"),
    ("source", "Source"),
    ("views", "Views"),
)


def ref_of(arguments: dict[str, Any]) -> TableRef:
    """The table that stored arguments name."""
    return TableRef(
        str(arguments.get("schema") or INVENTORY_SCHEMA)[:100], str(arguments.get("table") or "")[:200]
    )


def layout(table: str = "", **arguments: Any) -> html.Div:
    """The page of a table, or of one of its resources where the URL names a key."""
    names = [name for name, _ in TAB_NAMES]
    stored = {name: str(value)[:2000] for name, value in arguments.items() if isinstance(value, str)}
    stored["table"] = unquote(table)[:200]
    stored["tab"] = stored.get("tab", "") if stored.get("tab") in names else names[0]
    frame: list[Any] = [
        dcc.Store(id=ids.TABLE_ARGUMENTS, data=stored),
        html.Nav(
            [dcc.Link("Inventory", href=addresses.PAGE), icon("bi-chevron-right"), *_trail(stored)],
            className="trail",
            **{"aria-label": "Where you are"},
        ),
        html.Div(
            html.H1(stored["table"], className="page-title"), id=ids.TABLE_HEADER, className="table-header"
        ),
    ]
    if stored.get("key"):
        return html.Div(
            [*frame, html.Div(id=ids.TABLE_CONTENT, className="table-content")], className="inventory-page"
        )
    return html.Div(
        [
            *frame,
            html.Div(
                [_tab(name, title, name == stored["tab"]) for name, title in TAB_NAMES],
                role="tablist",
                className="table-tabs nav nav-tabs",
                **{"aria-label": "Parts of the table's page"},
            ),
            # what the address says of the tab; assets/inventory/page.js gives another its own when it is chosen
            dcc.Store(
                id=ids.TABLE_TABS, data={n: v for n, v in stored.items() if n not in ("table", "schema")}
            ),
            html.Div(
                id=ids.TABLE_CONTENT,
                className="table-content",
                role="tabpanel",
                **{"aria-label": "The chosen part"},
            ),
        ],
        className="inventory-page table-page",
    )


def _tab(name: str, title: str, chosen: bool) -> html.Button:
    """A tab; assets/inventory/page.js chooses it by a click or the arrow keys."""
    return html.Button(
        title,
        type="button",
        role="tab",
        className="nav-link table-tab" + " active" * chosen,
        tabIndex=0 if chosen else -1,
        **{"aria-selected": str(chosen).lower(), "aria-controls": ids.TABLE_CONTENT, "data-tab": name},
    )


def _trail(stored: dict[str, str]) -> list[Any]:
    if not stored.get("key"):
        return [html.Span(stored["table"])]
    return [
        dcc.Link(stored["table"], href=addresses.table(ref_of(stored))),
        icon("bi-chevron-right"),
        html.Span(stored["key"]),
    ]


def header(table: TableDetail, now: datetime) -> list[Any]:
    """The table's name and the four things one asks first: how much, how sure, how old, what moved."""
    summary = table.summary
    origin = ".".join(part for part in (summary.provider, summary.service, summary.resource) if part)
    facts = [
        (
            "Rows",
            f"{summary.rows:,}"
            if summary.rows is not None
            else html.Span("unknown", className="text-muted-2"),
        ),
        ("Today (UTC)", today(summary, now)),
        ("Coverage", coverage(summary)),
        ("Updated", age(summary, now)),
    ]
    return [
        html.Div(
            [
                html.H1(table.ref.label, className="page-title"),
                html.P(
                    [
                        html.Span(
                            className="provider-dot", style={"background": provider_colour(summary.provider)}
                        ),
                        origin or "unknown origin",
                        f" · {table.description}" if table.description else "",
                    ],
                    className="page-subtitle",
                ),
            ]
        ),
        html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts"),
    ]


def never_loaded(table: TableDetail, engineer: bool) -> html.Div:
    """A table that has a schedule and no data."""
    return empty_state(
        "bi-hourglass-split",
        "This table has never been loaded",
        "Its rows are not known. They appear with the first run that succeeds.",
        dcc.Link(
            "Open its schedule",
            href=f"/schedules?schedule={table.summary.schedule_id}",
            className="btn btn-primary",
        )
        if engineer and table.summary.schedule_id
        else None,
    )
