"""The frame of the inventory's first page; callbacks fill it.

The page has three views, named by `?view=`: the overview, the changes of all tables, and all resources. What is
chosen stands in the URL (assets/inventory/page.js keeps the two in step).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components import figures
from layouts.components.choosing import Option, segment_links
from layouts.components.exports import export_menu
from layouts.components.lists import how_many
from layouts.components.markup import Fragments, Part, render
from layouts.components.menu import link_entry
from layouts.components.page import header, hidden_label, icon, panel
from layouts.inventory import addresses, ids
from layouts.inventory.changes import NARROWING, changes_panel, parse_kind, period_of
from layouts.inventory.filters import chips, list_unknown, not_applied, unknown_filters, view_chips
from layouts.inventory.flapping import HIDDEN
from layouts.inventory.owners import owners_panels
from layouts.inventory.saved_views import views_button, views_dialog
from services.models import routes, url_words
from services.models.grid_view import LONGEST_ADDRESS, GridView
from services.models.inventory import ASSET_FILTERS, DAY_CHOICES, InventoryFilter
from services.models.limits import LONGEST_FILTER, LONGEST_SEARCH

WATCH_MS = 30_000
# of the list of all resources: column → what its head says
ASSET_TITLES = {
    "table_name": "table",
    "created_at": "created",
    "first_seen_at": "first seen",
    "changed_at": "changed",
}
# Bootstrap's select cannot hold "", so "*" stands for all
ALL = "*"
KNOWN_BY_OVERVIEW = {
    url_words.PROVIDER,
    url_words.REGION,
    url_words.DAYS,
    url_words.FIND,
    url_words.SORT,
    url_words.PAGE,
}
KNOWN_BY_CHANGES = {
    url_words.PROVIDER,
    url_words.REGION,
    url_words.ACCOUNT,
    url_words.OWNER,
    url_words.DAYS,
    url_words.DAY,
    url_words.KIND,
    url_words.FIND,
    url_words.COLUMN,
    url_words.FLAPPING,
}
KNOWN_BY_RESOURCES = {*ASSET_FILTERS, url_words.FIND, url_words.WHERE, url_words.SORT, url_words.SAVED}
FIND_EXPLAINED = (
    "Words, and filters as name:value: provider, type, region, account, owner, public, tag (tag:env, tag:env=prod),"
    " service, table, name, id, state. * stands for any letters, - before a filter excludes,"
    ' quotes keep blanks, "" is not known. The same name twice means either.'
)
# what each view does with the filters that go along, and where the others are applied
APPLIED = {
    "": (
        (url_words.PROVIDER, url_words.REGION, url_words.DAYS),
        "The overview counts by provider, region and period; Changes and Resources know the others.",
    ),
    "changes": (addresses.TRAVELLING, ""),
    "resources": (
        (url_words.PROVIDER, url_words.REGION, url_words.ACCOUNT, url_words.OWNER),
        "Resources are as they are now; Changes knows days.",
    ),
    "owners": ((), "Owners are counted over all resources; Resources and Changes know the filters."),
}
VIEWS = (
    Option("", "Overview"),
    Option("changes", "Changes"),
    Option("resources", "Resources"),
    Option("owners", "Owners"),
)


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
    """The view that the URL's arguments name; what they hold that it does not know is said."""
    view = str(arguments.get("view") or "")
    view = view if view in APPLIED else ""
    draw, known = {
        "changes": (_changes, KNOWN_BY_CHANGES),
        "resources": (_resources, KNOWN_BY_RESOURCES),
        "owners": (_owners, set[str]()),
        "": (_overview, KNOWN_BY_OVERVIEW),
    }[view]
    kept = addresses.read_travelling(arguments)
    with addresses.carrying(kept):
        shown = draw(arguments)
    # below the head
    shown.children[1:1] = [
        unknown_filters(list_unknown(arguments, {*known, url_words.VIEW, *addresses.TRAVELLING})),
        not_applied(kept, *APPLIED[view]),
    ]
    return shown


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
            html.Div(id=ids.SINCE),
            html.Div(id=ids.BODY, className="inventory-body"),
            Fragments(id=ids.FIRST, className="inventory-first", parts=_WAITING_FIRST),
            Fragments(id=ids.CHARTS, className="overview-grid", parts=_WAITING_CHARTS),
            panel(
                "Tables",
                Fragments(id=ids.TABLES_LIST, className="tables-list", parts=[]),
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
            # the filters that go along, as the address has them
            dcc.Store(id=ids.OVERVIEW_KEPT, data=addresses.read_travelling(arguments)),
            dcc.Store(id=ids.VERSION),
            dcc.Store(id=ids.KNOWN_VERSION),
            dcc.Interval(id=ids.TICK, interval=WATCH_MS),
        ],
        className="inventory-page",
    )


def head(view: str, description: Any, filters: Any = None) -> html.Div:
    """The page's header with the switch between its views, what is shown, and the filters."""
    # the overview's are written anew when another filter is chosen on it
    placed = {} if view else {"id": ids.VIEWS}
    beside = html.Div(views(view), className="views", **placed)
    return header("Inventory", description, beside=beside, actions=filters)


def views(current: str) -> html.Nav:
    """The switch between the page's views, each narrowed as this one is."""
    addressed = {one.value: addresses.view(one.value) for one in VIEWS}
    return segment_links("Views", VIEWS, current, addressed)


def _select(id: str, everything: str, value: str) -> dbc.Select:
    return dbc.Select(id=id, options=options(everything, [value] if value else []), value=value or ALL)


def options(everything: str, values: list[str]) -> list[dict[str, str]]:
    """A select's options: all of it, then each value."""
    return [{"label": everything, "value": ALL}, *({"label": value, "value": value} for value in values)]


# what stands where the figures and the charts will be, for the moment that they take
_WAITING_FIRST = [Part(key="numbers", html=render(figures.waiting_row()))]
_WAITING_CHARTS = [
    Part(key=key, className=f"place-{place}", html=render(html.Div(className="panel waiting")))
    for key, place in (
        ("over-time", "time"),
        ("where", "where"),
        ("changes", "changes"),
        ("attention", "attention"),
    )
]


def _changes(arguments: dict[str, Any]) -> html.Div:
    kind = str(parse_kind(arguments.get("kind")) or "")
    kept = addresses.read_travelling(arguments)
    days = str(arguments.get("day") or "")[:LONGEST_SEARCH] or period_of(kept.get("days", ""))
    more = {name: str(arguments.get(name) or "")[:LONGEST_SEARCH] for name in ("column", "flapping")}
    more["flapping"] = HIDDEN if more["flapping"] == HIDDEN else ""
    narrowed = {name: kept[name] for name in NARROWING if name in kept} | {n: v for n, v in more.items() if v}
    chosen = {name: value or "not known" for name, value in narrowed.items() if name != "flapping"}
    same = {"day": days, "kind": kind, **more}
    without = {name: addresses.changes(**{**same, name: ""}) for name in narrowed}
    store = {"provider": "", "region": "", **narrowed, "kept": kept, "schema": "", "table": ""}
    return html.Div(
        [
            head(
                "changes",
                [
                    f"What appeared, vanished or changed in all tables{' of ' if chosen else ''}",
                    chips(chosen, without),
                    ", newest first.",
                ],
            ),
            dcc.Store(id=ids.CHANGES_STORE, data=store),
            changes_panel(kind, days, str(arguments.get("find") or "")),
        ],
        className="inventory-page",
    )


def _owners(_arguments: dict[str, Any]) -> html.Div:
    words = "Who owns what: the rules that say it, and what nobody is known for."
    return html.Div([head("owners", words), *owners_panels()], className="inventory-page")


def resource_exports(wanted: Mapping[str, str]) -> html.Span:
    """The resources as a file: those that the grid shows, and all that have these values."""
    return export_menu(
        ids.ASSETS_GRID,
        lambda format, words: link_entry(
            words, addresses.asset_data(routes.RESOURCE_EXPORT, format=format, **wanted), download=""
        ),
        prepare=addresses.asset_data(routes.RESOURCE_EXPORTS, **wanted),
        everything="All resources that have these values" if wanted else "All resources",
    )


def column_chips(view: GridView, of: Mapping[str, str], find: str) -> Any:
    """The columns' filters and the order of the list, each with the way to be rid of it."""

    def address(where: str, sort: str) -> str:
        said = {url_words.FIND: find, url_words.WHERE: where, url_words.SORT: sort}
        return addresses.resources(**of, **{name: value or None for name, value in said.items()})

    return view_chips(view, ASSET_TITLES, address)


def _resources(arguments: dict[str, Any]) -> html.Div:
    wanted = {name: str(arguments[name])[:200] for name in ASSET_FILTERS if name in arguments}
    chosen = {name.replace("table_name", "table"): value or "not known" for name, value in wanted.items()}
    without = {
        name.replace("table_name", "table"): addresses.resources(
            **{other: value if other != name else None for other, value in wanted.items()}
        )
        for name in wanted
    }
    return html.Div(
        [
            head(
                "resources",
                [
                    "All resources of all tables, with the same columns for each",
                    ": " if chosen else ".",
                    chips(chosen, without),
                ],
                [views_button()],
            ),
            views_dialog(),
            dcc.Store(id=ids.ASSETS_STORE, data=wanted),
            # the columns' filters and the order: what the address says, and then what the grid does
            dcc.Store(
                id=ids.ASSETS_VIEW,
                data={
                    name: str(arguments.get(name) or "")[:LONGEST_ADDRESS]
                    for name in (url_words.WHERE, url_words.SORT)
                },
            ),
            html.Div(id=ids.ASSETS_NOTE),
            # whether the person's own view may take the place of what the address does not say
            dcc.Store(id=ids.ASSETS_PLAIN, data=not (set(arguments) & KNOWN_BY_RESOURCES)),
            panel(
                [
                    hidden_label(
                        "Search resources",
                        dbc.Input(
                            id=ids.ASSETS_FIND,
                            type="search",
                            placeholder="web type:bucket region:eu-* tag:env=prod -owner:payments public:yes",
                            value=str(arguments.get("find") or "")[:LONGEST_FILTER],
                            maxlength=LONGEST_FILTER,
                            debounce=250,
                            autocomplete="off",
                            size="sm",
                        ),
                        "resources-find",
                    ),
                    html.Span(
                        id=ids.ASSETS_CHIPS, className="column-chips", **{"data-keeps": url_words.FIND}
                    ),
                ],
                [
                    html.Aside(
                        [
                            html.Div("Counting …", className="facets-counting", role="status"),
                            html.Div(id=ids.FACETS, className="facets-body"),
                        ],
                        className="facets",
                        **{"aria-label": "Facets"},
                    ),
                    html.Div(id=ids.ASSETS_BODY, className="grid-box"),
                ],
                [
                    html.Span(
                        icon("bi-question-circle"),
                        title=FIND_EXPLAINED,
                        tabIndex=0,
                        role="note",
                        **{"aria-label": FIND_EXPLAINED},
                    ),
                    resource_exports(wanted),
                ],
                className="grid-panel faceted",
            ),
        ],
        className="inventory-page grid-page",
    )
