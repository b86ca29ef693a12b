"""The frame of the inventory's first page; callbacks fill it.

The page has three views, named by `?view=`: the overview, the changes of all tables, and all resources. What is
chosen stands in the URL (assets/inventory/page.js keeps the two in step).
"""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components import figures
from layouts.components.choosing import Option, segment_links
from layouts.components.grid import grid_total
from layouts.components.lists import how_many
from layouts.components.page import header, hidden_label, panel
from layouts.inventory import addresses, ids
from layouts.inventory.changes import changes_panel, parse_day, parse_kind
from services.models.inventory import ASSET_FILTERS, DAY_CHOICES, InventoryFilter
from services.models.limits import LONGEST_SEARCH

WATCH_MS = 30_000
# Bootstrap's select cannot hold "", so "*" stands for all
ALL = "*"
VIEWS = (Option("", "Overview"), Option("changes", "Changes"), Option("resources", "Resources"))


def read_filter(arguments: dict[str, Any]) -> InventoryFilter:
    """The filters that a URL or the controls name; what makes no sense is left out."""
    arguments = {name: "" if value == ALL else value for name, value in arguments.items()}
    days = str(arguments.get("days") or "")
    return InventoryFilter(
        provider=str(arguments.get("provider") or "")[:100],
        region=str(arguments.get("region") or "")[:100],
        days=int(days) if days in {str(choice) for choice in DAY_CHOICES} else InventoryFilter().days,
    )


def layout(**arguments: Any) -> html.Div:
    """The view that the URL's arguments name."""
    view = arguments.get("view")
    if view == "changes":
        return _changes(arguments)
    if view == "resources":
        return _resources(arguments)
    return _overview(arguments)


def _overview(arguments: dict[str, Any]) -> html.Div:
    wanted = read_filter(arguments)
    page = str(arguments.get("page") or "")
    return html.Div(
        [
            head(
                "",
                html.Span("What we run, where, and what changed.", id=ids.SUBTITLE),
                [
                    hidden_label("Provider", _select(ids.PROVIDER, "All providers", wanted.provider)),
                    hidden_label("Region", _select(ids.REGION, "All regions", wanted.region)),
                    hidden_label(
                        "Time",
                        dbc.Select(
                            id=ids.DAYS,
                            options=[{"label": f"Last {n} days", "value": str(n)} for n in DAY_CHOICES],
                            value=str(wanted.days),
                        ),
                    ),
                ],
            ),
            html.Div(_skeleton(), id=ids.BODY, className="inventory-body"),
            panel(
                "Tables",
                html.Div(id=ids.TABLES_LIST, className="tables-list"),
                [
                    how_many(None, id=ids.TABLES_COUNT),
                    hidden_label(
                        "Filter tables",
                        dbc.Input(
                            id=ids.TABLES_FIND,
                            type="search",
                            placeholder="Filter tables",
                            debounce=200,
                            value=str(arguments.get("find") or "")[:LONGEST_SEARCH],
                            size="sm",
                        ),
                    ),
                ],
                "tables-panel",
                id=ids.TABLES,
            ),
            dcc.Store(
                id=ids.TABLES_VIEW,
                data={
                    "sort": str(arguments.get("sort") or "rows"),
                    "page": int(page) if page.isdigit() and len(page) < 5 else 1,
                },
            ),
            dcc.Store(id=ids.VERSION),
            dcc.Store(id=ids.KNOWN_VERSION),
            dcc.Interval(id=ids.TICK, interval=WATCH_MS),
        ],
        className="inventory-page",
    )


def head(view: str, description: Any, filters: Any = None) -> html.Div:
    """The page's header with the switch between its views, what is shown, and the filters."""
    return header("Inventory", description, beside=views(view), actions=filters)


def views(current: str) -> html.Nav:
    """The switch between the page's three views."""
    addressed = {one.value: addresses.PAGE + (f"?view={one.value}" if one.value else "") for one in VIEWS}
    return segment_links("Views", VIEWS, current, addressed)


def _select(id: str, everything: str, value: str) -> dbc.Select:
    return dbc.Select(id=id, options=options(everything, [value] if value else []), value=value or ALL)


def options(everything: str, values: list[str]) -> list[dict[str, str]]:
    """A select's options: all of it, then each value."""
    return [{"label": everything, "value": ALL}, *({"label": value, "value": value} for value in values)]


def _skeleton() -> list[html.Div]:
    """What stands where the figures and the charts will be, for the moment that they take."""
    return [
        figures.waiting_row(),
        html.Div(
            [
                html.Div(className=f"panel waiting {place}")
                for place in ("place-time", "place-where", "place-changes", "place-attention")
            ],
            className="overview-grid",
        ),
    ]


def _changes(arguments: dict[str, Any]) -> html.Div:
    kind = str(parse_kind(arguments.get("kind")) or "")
    provider = str(arguments.get("provider") or "")[:100]
    day = parse_day(arguments.get("day"))
    return html.Div(
        [
            head(
                "changes",
                [
                    f"What appeared, vanished or changed in all tables{f' of {provider}' if provider else ''},"
                    " newest first. ",
                    dcc.Link("Show all", href=addresses.changes(day=day, kind=kind)) if provider else None,
                ],
            ),
            dcc.Store(id=ids.CHANGES_STORE, data={"provider": provider, "schema": "", "table": ""}),
            changes_panel(kind, day, str(arguments.get("find") or "")),
        ],
        className="inventory-page",
    )


def _resources(arguments: dict[str, Any]) -> html.Div:
    wanted = {name: str(arguments[name])[:200] for name in ASSET_FILTERS if name in arguments}
    words = [
        f"{name.replace('table_name', 'table')} {value or 'not known'}" for name, value in wanted.items()
    ]
    return html.Div(
        [
            head(
                "resources",
                [
                    "All resources of all tables, with the same columns for each",
                    (": " + ", ".join(words)) if words else "",
                    ". ",
                ]
                + ([dcc.Link("Show all", href=f"{addresses.PAGE}?view=resources")] if words else []),
            ),
            dcc.Store(id=ids.ASSETS_STORE, data=wanted),
            panel(
                hidden_label(
                    "Search resources",
                    dbc.Input(
                        id=ids.ASSETS_FIND,
                        type="search",
                        placeholder="Search resources by any value",
                        value=str(arguments.get("find") or "")[:LONGEST_SEARCH],
                        size="sm",
                    ),
                ),
                html.Div(id=ids.ASSETS_BODY, className="grid-box"),
                grid_total(ids.ASSETS_GRID),
                "grid-panel",
            ),
        ],
        className="inventory-page grid-page",
    )
