"""The list of tables below the overview: finding, sorting, paging."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dash
from dash import ALL, Input, Output, State, ctx

from callbacks.inventory.overview import carry
from inventory_runner.errors import InventoryError
from layouts.components import figures
from layouts.components.feedback import error_alert
from layouts.inventory import addresses, ids
from layouts.inventory.page import read_filter
from layouts.inventory.tables import tables_list
from services import Services
from services.models.coverage import COUNTED
from services.models.inventory import InventoryFilter
from services.models.limits import LONGEST_SEARCH
from services.models.wording import format_count


def register(app: dash.Dash, services: Services) -> None:
    """Register the list's callbacks."""

    @app.callback(
        Input(ids.PROVIDER, "value"),
        Input(ids.REGION, "value"),
        Input(ids.TABLES_FIND, "value"),
        Input(ids.TABLES_VIEW, "data"),
        Input(ids.VERSION, "data"),
        State(ids.DAYS, "value"),
        State(ids.OVERVIEW_KEPT, "data"),
        output={"list": Output(ids.TABLES_LIST, "children"), "count": Output(ids.TABLES_COUNT, "children")},
    )
    def _list(
        provider: str,
        region: str,
        find: str,
        view: dict[str, Any],
        _version: str,
        days: str,
        kept: dict[str, str],
    ) -> dict[str, Any]:
        wanted = read_filter({"provider": provider, "region": region})
        with carry(read_filter({"provider": provider, "region": region, "days": days}), kept):
            return list_tables(services, wanted, find or "", view)

    @app.callback(
        Output(ids.TABLES_VIEW, "data"),
        Input(ids.sort_button(ALL), "n_clicks"),
        Input(ids.page_button(ALL), "n_clicks"),
        Input(ids.TABLES_FIND, "value"),
        Input(ids.PROVIDER, "value"),
        Input(ids.REGION, "value"),
        State(ids.TABLES_VIEW, "data"),
        prevent_initial_call=True,
    )
    def _turn(
        _sorts: Any, _pages: Any, _find: Any, _provider: Any, _region: Any, view: dict[str, Any]
    ) -> Any:
        return find_next_list_view(view, ctx.triggered_id, bool(ctx.triggered and ctx.triggered[0]["value"]))


def list_tables(
    services: Services, wanted: InventoryFilter, find: str, view: dict[str, Any]
) -> dict[str, Any]:
    """The list of tables and how many there are."""
    find, sort, number = (
        find.strip()[:LONGEST_SEARCH],
        str(view.get("sort") or ""),
        int(view.get("page") or 1),
    )

    def draw() -> dict[str, Any]:
        page = services.inventory.tables(wanted, find, sort, number)
        listed = tables_list(page, datetime.now(UTC), bool(find), wanted.region)
        return {"list": listed, "count": figures.number(format_count(page.total, "table"), COUNTED)}

    try:
        return services.inventory.remember(
            ("tables", wanted, find, sort, number, addresses.name_carried()), draw
        )
    except InventoryError as error:
        return {"list": error_alert(error), "count": ""}


def find_next_list_view(view: dict[str, Any], by: Any, pressed: bool) -> Any:
    """The list's sort and page after a press; a new search begins at the first page."""
    if not isinstance(by, dict):
        return {**view, "page": 1}
    # buttons that have just been drawn report their zero clicks
    if not pressed:
        return dash.no_update
    if by["type"] == ids.PAGE:
        return {**view, "page": by["page"]}
    column = by["column"]
    return {"sort": f"-{column}" if view.get("sort") == column else column, "page": 1}
