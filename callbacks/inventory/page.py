"""The inventory's first page: overview, list of tables, the changes of all tables, all resources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, ctx

from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert
from layouts.components.grid import GridColumn, infinite_grid
from layouts.inventory import addresses, changes, ids
from layouts.inventory import page as inventory
from layouts.inventory import tables as inventory_tables
from layouts.inventory.overview import page as inventory_overview
from layouts.inventory.table import tabs as inventory_tabs
from layouts.shell import ids as shell_ids
from services import Services
from services.db.assets import ASSET_COLUMNS
from services.models.inventory import ASSET_FILTERS, InventoryFilter, TableRef
from services.users import Role, current_user

ASSET_TITLES = {
    "table_name": "table",
    "created_at": "created",
    "first_seen_at": "first seen",
    "changed_at": "changed",
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the page's callbacks."""

    @app.callback(
        Output(ids.BODY, "children"),
        Output(ids.SUBTITLE, "children"),
        Output(ids.PROVIDER, "options"),
        Output(ids.REGION, "options"),
        Output(ids.TABLES, "hidden"),
        Input(ids.PROVIDER, "value"),
        Input(ids.REGION, "value"),
        Input(ids.DAYS, "value"),
        Input(shell_ids.THEME, "data"),
        Input(ids.VERSION, "data"),
    )
    def _show_overview(provider: str, region: str, days: str, theme: str, _version: str) -> tuple[Any, ...]:
        return overview(services, wanted(provider, region, days), theme == "dark")

    @app.callback(
        Output(ids.TABLES_LIST, "children"),
        Output(ids.TABLES_COUNT, "children"),
        Input(ids.PROVIDER, "value"),
        Input(ids.REGION, "value"),
        Input(ids.TABLES_FIND, "value"),
        Input(ids.TABLES_VIEW, "data"),
        Input(ids.VERSION, "data"),
    )
    def _list_tables(
        provider: str, region: str, find: str, view: dict[str, Any], _version: str
    ) -> tuple[Any, str]:
        return tables(services, wanted(provider, region, ""), find or "", view)

    @app.callback(
        Output(ids.TABLES_VIEW, "data"),
        Input(ids.sort_button(ALL), "n_clicks"),  # type: ignore[arg-type]
        Input(ids.page_button(ALL), "n_clicks"),  # type: ignore[arg-type]
        Input(ids.TABLES_FIND, "value"),
        Input(ids.PROVIDER, "value"),
        Input(ids.REGION, "value"),
        State(ids.TABLES_VIEW, "data"),
        prevent_initial_call=True,
    )
    def _turn(
        _sorts: Any, _pages: Any, _find: Any, _provider: Any, _region: Any, view: dict[str, Any]
    ) -> Any:
        return turned(view, ctx.triggered_id, bool(ctx.triggered and ctx.triggered[0]["value"]))

    @app.callback(
        Output(ids.KNOWN_VERSION, "data"),
        Output(ids.VERSION, "data"),
        Input(ids.TICK, "n_intervals"),
        State(ids.KNOWN_VERSION, "data"),
    )
    def _watch(_ticks: int, known: str | None) -> tuple[Any, Any]:
        return watched(services.inventory.version(), known)

    app.clientside_callback(
        ClientsideFunction("inventory", "address"),
        Input(ids.PROVIDER, "value"),
        Input(ids.REGION, "value"),
        Input(ids.DAYS, "value"),
        Input(ids.TABLES_FIND, "value"),
        Input(ids.TABLES_VIEW, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ids.CHANGES_LIST, "children"),
        Output(ids.CHANGES_CURSOR, "data"),
        Output(ids.CHANGES_MORE, "style"),
        Input(ids.CHANGES_STORE, "data"),
        Input(ids.CHANGES_KIND, "value"),
        Input(ids.CHANGES_DAY, "value"),
        Input(ids.CHANGES_FIND, "value"),
        Input(ids.CHANGES_MORE, "n_clicks"),
        State(ids.CHANGES_CURSOR, "data"),
        State(ids.CHANGES_LIST, "children"),
    )
    def _list_changes(
        of: dict[str, str], kind: str, day: str, find: str, _more: int, cursor: str, listed: list[Any]
    ) -> tuple[Any, ...]:
        older = ctx.triggered_id == ids.CHANGES_MORE
        found, following = change_page(services, of, kind, day, find or "", cursor or "" if older else "")
        return (
            [*(listed or []), *found] if older else found or changes.no_changes(bool(kind or day or find)),
            following,
            {} if following else {"display": "none"},
        )

    @app.callback(
        Output(ids.CHANGES_SUMMARY, "children"),
        Input(ids.CHANGES_STORE, "data"),
        Input(ids.CHANGES_DAY, "value"),
        Input(ids.CHANGES_KIND, "value"),
    )
    def _sum_up_changes(of: dict[str, str], day: str, kind: str) -> Any:
        return changes_summary(services, of, day, kind)

    app.clientside_callback(
        ClientsideFunction("inventory", "changes"),
        Input(ids.CHANGES_KIND, "value"),
        Input(ids.CHANGES_DAY, "value"),
        Input(ids.CHANGES_FIND, "value"),
        State(ids.CHANGES_STORE, "data"),
        prevent_initial_call=True,
    )

    app.clientside_callback(
        ClientsideFunction("inventory", "resources"),
        Input(ids.ASSETS_FIND, "value"),
        prevent_initial_call=True,
    )

    @app.callback(Output(ids.ASSETS_BODY, "children"), Input(ids.ASSETS_STORE, "data"))
    def _list_resources(of: dict[str, str]) -> Any:
        return resources_grid(of)


def watched(newest: str, known: str | None) -> tuple[Any, Any]:
    """The version that is on the page, and the news that makes it drawn anew; the first look only learns."""
    return newest, dash.no_update if known in (None, newest) else newest


def wanted(provider: str | None, region: str | None, days: str | None) -> InventoryFilter:
    """The filters as the controls hold them; what makes no sense counts as everything."""
    return inventory.wanted_of({"provider": provider, "region": region, "days": days})


def overview(services: Services, filter: InventoryFilter, dark: bool) -> tuple[Any, ...]:
    """Body, subtitle, the selects' options, and whether the list of tables is hidden."""
    engineer = current_user().role is Role.ENGINEER
    try:
        return services.inventory.remembered(
            ("overview", filter, dark, engineer), lambda: _drawn(services, filter, dark, engineer)
        )
    except InventoryError as error:
        words = "What we run, where, and what changed."
        return [error_alert(error)], words, dash.no_update, dash.no_update, True


def _drawn(services: Services, filter: InventoryFilter, dark: bool, engineer: bool) -> tuple[Any, ...]:
    shown = services.inventory.overview(filter)
    return (
        inventory_overview.body(shown, dark, engineer),
        inventory_overview.subtitle(shown),
        inventory.options("All providers", _with(shown.providers, filter.provider)),
        inventory.options("All regions", _with(shown.regions, filter.region)),
        not shown.tables,
    )


def _with(values: tuple[str, ...], chosen: str) -> list[str]:
    """The values and the chosen one, which a URL may name though nothing has it."""
    return [*values, chosen] if chosen and chosen not in values else list(values)


def tables(services: Services, filter: InventoryFilter, find: str, view: dict[str, Any]) -> tuple[Any, str]:
    """The list of tables and how many there are."""
    find, sort, number = find.strip()[:200], str(view.get("sort") or ""), int(view.get("page") or 1)

    def draw() -> tuple[Any, str]:
        page = services.inventory.tables(filter, find, sort, number)
        return inventory_tables.tables_list(
            page, datetime.now(UTC), bool(find), filter.region
        ), f"{page.total:,}"

    try:
        return services.inventory.remembered(("tables", filter, find, sort, number), draw)
    except InventoryError as error:
        return error_alert(error), ""


def turned(view: dict[str, Any], by: Any, pressed: bool) -> Any:
    """The list's sort and page after a press; a new search begins at the first page."""
    if not isinstance(by, dict):
        return {**view, "page": 1}
    # buttons that have just been drawn report their zero clicks
    if not pressed:
        return dash.no_update
    if by["type"] == "inventory_page":
        return {**view, "page": by["page"]}
    column = by["column"]
    return {"sort": f"-{column}" if view.get("sort") == column else column, "page": 1}


def change_page(
    services: Services, of: dict[str, str], kind: str, day: str, find: str, cursor: str
) -> tuple[list[Any], str]:
    """A page of changes as components, and the mark of the next."""
    ref = TableRef(of["schema"], of["table"]) if of.get("table") else None
    page = services.inventory.changes(
        ref,
        kinds=[one] if (one := changes.kind_of(kind)) else [],
        day=changes.day_of(day),
        provider=of.get("provider", ""),
        search=find,
        cursor=cursor,
    )
    return changes.entries(page.entries, datetime.now(UTC), with_table=ref is None), page.older


def changes_summary(services: Services, of: dict[str, str], day: str, kind: str = "") -> Any:
    """Which tables changed most; nothing on the page of one table."""
    if of.get("table"):
        return None
    on, one = changes.day_of(day), changes.kind_of(kind)
    return changes.summary(services.inventory.changes_by_table(on, of.get("provider", ""), one), on, one)


def resources_grid(of: dict[str, str]) -> Any:
    """All resources that have these values, in a grid."""
    wanted = {name: str(value) for name, value in (of or {}).items() if name in ASSET_FILTERS}
    return infinite_grid(
        ids.ASSETS_GRID,
        [
            inventory_tabs.resource_link_column(addresses.PAGE),
            *(
                GridColumn(column.name, column.kind, ASSET_TITLES.get(column.name))
                for column in ASSET_COLUMNS
            ),
        ],
        addresses.asset_rows(**wanted),
        label="All resources",
        empty="No resource has these values.",
        search_input=ids.ASSETS_FIND,
    )
