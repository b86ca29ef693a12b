"""A table's page: id constants and the frame. The tab, and what is chosen in it, stand in the URL."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from dash import dcc, html

from layouts.components.page import icon
from layouts.inventory import addresses as links
from services.models.core import INVENTORY_SCHEMA
from services.models.inventory import TableRef

ARGUMENTS = "inventory_table_arguments"
HEADER = "inventory_table_header"
TABS = "inventory_table_tabs"
CONTENT = "inventory_table_content"

ROWS_GRID = "inventory_rows_grid"
ROWS_BODY = "inventory_rows_body"
ROWS_FIND = "inventory_rows_find"
ROWS_AS_OF = "inventory_rows_as_of"
ROWS_NOTE = "inventory_rows_note"
EXPORTS = "inventory_rows_exports"

CHART_BODY = "inventory_chart_body"
CHART_BY = "inventory_chart_by"
CHART_MEASURE = "inventory_chart_measure"
CHART_OF = "inventory_chart_of"
CHART_SPLIT = "inventory_chart_split"
CHART_KIND = "inventory_chart_kind"

PROFILES = "inventory_profiles"

VIEW_MAKE = "inventory_view_make"
VIEW_COLUMNS = "inventory_view_columns"
VIEW_RESULT = "inventory_view_result"
VIEW_LIST = "inventory_view_list"

RULES_SAVE = "inventory_rules_save"
RULES_RESULT = "inventory_rules_result"

TAB_NAMES = (
    ("rows", "Rows"),
    ("charts", "Charts"),
    ("changes", "Changes"),
    ("coverage", "Coverage"),
    ("columns", "Columns"),
    ("source", "Source"),
    ("views", "Views"),
)


def view_refresh(name: str) -> dict[str, str]:
    """The id of the button that refreshes a materialised view."""
    return {"type": "inventory_view_refresh", "view": name}


def rule_select(field: str) -> dict[str, str]:
    """The id of the select that says which column is a resource's id, name …"""
    return {"type": "inventory_rule", "field": field}


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
        dcc.Store(id=ARGUMENTS, data=stored),
        html.Nav(
            [dcc.Link("Inventory", href=links.PAGE), icon("bi-chevron-right"), *_trail(stored)],
            className="trail",
            **{"aria-label": "Where you are"},
        ),
        html.Div(html.H1(stored["table"], className="page-title"), id=HEADER, className="table-header"),
    ]
    if stored.get("key"):
        return html.Div([*frame, html.Div(id=CONTENT, className="table-content")], className="inventory-page")
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
            dcc.Store(id=TABS, data={n: v for n, v in stored.items() if n not in ("table", "schema")}),
            html.Div(
                id=CONTENT, className="table-content", role="tabpanel", **{"aria-label": "The chosen part"}
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
        **{"aria-selected": str(chosen).lower(), "aria-controls": CONTENT, "data-tab": name},
    )


def _trail(stored: dict[str, str]) -> list[Any]:
    if not stored.get("key"):
        return [html.Span(stored["table"])]
    return [
        dcc.Link(stored["table"], href=links.table(ref_of(stored))),
        icon("bi-chevron-right"),
        html.Span(stored["key"]),
    ]
