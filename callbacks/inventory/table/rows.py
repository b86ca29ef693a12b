"""The Rows tab: the grid of a table now or as it was, and the table as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State

from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert
from layouts.inventory import addresses, ids
from layouts.inventory.filters import left_out
from layouts.inventory.table.page import read_ref
from layouts.inventory.table.rows import (
    column_chips,
    explain_no_time,
    exports,
    find_only,
    owners_line,
    rows_grid,
    rows_note,
    unread_line,
)
from services import Services
from services.inventory_service.grid_view import read_view
from services.models.inventory import TableRef
from services.models.url_values import end_of, parse_only


def register(app: dash.Dash, services: Services) -> None:
    """Register the tab's callbacks."""

    @app.callback(
        Input(ids.ROWS_AS_OF, "value"),
        State(ids.TABLE_TABS, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
        State(ids.ROWS_VIEW, "data"),
        output={
            "grid": Output(ids.ROWS_BODY, "children"),
            "note": Output(ids.ROWS_NOTE, "children"),
            "exports": Output(ids.ROWS_EXPORTS, "children"),
            "unread": Output(ids.ROWS_UNREAD, "children"),
        },
        prevent_initial_call=True,
    )
    def _show(
        as_of: str | None, chosen: dict[str, str], arguments: dict[str, str], view: dict[str, str] | None
    ) -> dict[str, Any]:
        with addresses.carrying(arguments):
            return show_rows(services, arguments, as_of or "", read_only(arguments, chosen), view)

    @app.callback(
        Output(ids.ROWS_CHIPS, "children"),
        Input(ids.ROWS_VIEW, "data"),
        State(ids.ROWS_AS_OF, "value"),
        State(ids.ROWS_FIND, "value"),
        State(ids.TABLE_TABS, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
        prevent_initial_call=True,
    )
    def _name_view(
        view: dict[str, str] | None,
        as_of: str | None,
        find: str | None,
        chosen: dict[str, str],
        arguments: dict[str, str],
    ) -> Any:
        with addresses.carrying(arguments):
            only = read_only(arguments, chosen)
            return name_view(services, read_ref(arguments), view, as_of or "", only, find or "")

    @app.callback(
        Output(ids.ROWS_OWNERS, "children"),
        Input(ids.ROWS_AS_OF, "value"),
        State(ids.TABLE_TABS, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
    )
    def _name_owners(as_of: str | None, chosen: dict[str, str], arguments: dict[str, str]) -> Any:
        with addresses.carrying(arguments):
            return name_owners(services, read_ref(arguments), as_of or "", read_only(arguments, chosen))

    app.clientside_callback(
        ClientsideFunction("inventory", "rows"),
        Input(ids.ROWS_AS_OF, "value"),
        Input(ids.ROWS_FIND, "value"),
        Input(ids.ROWS_VIEW, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
        prevent_initial_call=True,
    )


def read_only(arguments: dict[str, str], chosen: dict[str, str]) -> dict[str, str]:
    """What the rows are narrowed to."""
    return find_only(arguments, parse_only(chosen.get("only", "")))


def name_owners(services: Services, ref: TableRef, as_of: str, only: dict[str, str]) -> Any:
    """Whose the rows are; nothing of a past moment, or where a table cannot say it."""
    if as_of.strip():
        return None
    try:
        found = services.inventory.remember(
            ("row owners", ref, tuple(sorted(only.items()))),
            lambda: services.inventory.count_owners(ref, only),
        )
        return owners_line(ref, found, only, services.inventory.reading(ref, only))
    except InventoryError:
        # the rows say what is wrong
        return None


def name_view(
    services: Services,
    ref: TableRef,
    view: dict[str, str] | None,
    as_of: str,
    only: dict[str, str],
    find: str,
) -> Any:
    """The columns' filters and the order as chips; nothing where the table cannot be read, which the rows say."""
    if not view or not (view.get("where") or view.get("sort")):
        return None
    at = end_of(as_of.strip())
    try:
        shown = read_view(*_read_texts(view), services.inventory.relation(ref, at).columns)
    except InventoryError:
        return None
    return column_chips(ref, shown, as_of.strip() if at else "", only, find)


def _read_texts(view: dict[str, str] | None) -> tuple[str, str]:
    view = view or {}
    return str(view.get("where") or ""), str(view.get("sort") or "")


def show_rows(
    services: Services,
    arguments: dict[str, str],
    as_of: str,
    only: dict[str, str] | None = None,
    view: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The grid of a table now or as it was, what is to say about that, and the exports.

    only: column → value. view: the columns' filters and the order, as an address has them.
    """
    ref, only = read_ref(arguments), only or {}
    at, typed = end_of(as_of.strip()), as_of
    as_of = as_of.strip() if at else ""
    try:
        relation = services.inventory.relation(ref, at)
        reading = services.inventory.reading(ref, only, at)
        scopes = services.inventory.scopes(ref, at)
    except InventoryError as error:
        return {"grid": error_alert(error), "note": "", "exports": exports(ref, "", {}), "unread": None}
    shown = read_view(*_read_texts(view), relation.columns)
    whole = None if only else relation.rows
    notes = [left_out(shown.notes), unread_line(ref, scopes, as_of, datetime.now(UTC))]
    return {
        "grid": rows_grid(ref, relation.columns, relation.keys, as_of, only, reading, shown, whole),
        "note": rows_note(ref, as_of, only) if at or not typed else explain_no_time(typed),
        "exports": exports(ref, as_of, only),
        "unread": [one for one in notes if one is not None] or None,
    }
