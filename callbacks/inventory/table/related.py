"""What a resource has to do with others: looked for while its page is read already."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dash
from dash import Input, Output, State

from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert
from layouts.inventory import addresses, ids
from layouts.inventory.resource_related import related
from layouts.inventory.table.page import read_ref
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register the panel's callback."""

    @app.callback(
        Output(ids.RESOURCE_RELATED, "children"),
        Input(ids.RESOURCE_PLACE, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
    )
    def _show_related(place: dict[str, str], arguments: dict[str, str]) -> Any:
        with addresses.carrying(arguments or {}):
            return show_related(services, place)


def show_related(services: Services, place: dict[str, str]) -> Any:
    """The resources that this one names and that name it. place: schema, table, key and scope."""
    ref, key, scope = read_ref(place), str(place.get("key") or ""), str(place.get("scope") or "{}")
    try:
        found = services.inventory.remember(
            ("related", ref, key, scope), lambda: services.inventory.find_related(ref, key, scope)
        )
    except InventoryError as error:
        return error_alert(error)
    return related(found, datetime.now(UTC))
