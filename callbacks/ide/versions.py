"""The versions of a saved query: looking at them, opening one, and restoring one."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, no_update

from callbacks.ide.page import make_nonce
from callbacks.outputs import update
from callbacks.presses import find_pressed
from layouts.components.feedback import error_alert
from layouts.ide import dialogs, ids
from layouts.ide.versions import version_list
from services import Services
from services.models.core import InventoryError
from services.query_service.saved import QueryVersions

# of a query's id
LARGEST_ID = 2**31
SHOWN = {
    "is_open": Output(ids.VERSIONS, "is_open"),
    "title": Output(ids.VERSIONS_TITLE, "children"),
    "body": Output(ids.VERSIONS_BODY, "children"),
    "error": Output(ids.VERSIONS_ERROR, "children"),
    "nothing": Output(ids.VERSION_RESTORE, "disabled"),
    "none_to_open": Output(ids.VERSION_OPEN, "disabled"),
    "shown": Output(ids.VERSIONS_SHOWN, "data"),
}
RESTORED = {
    "is_open": Output(ids.VERSIONS, "is_open", allow_duplicate=True),
    "body": Output(ids.VERSIONS_BODY, "children", allow_duplicate=True),
    "error": Output(ids.VERSIONS_ERROR, "children", allow_duplicate=True),
    "shown": Output(ids.VERSIONS_SHOWN, "data", allow_duplicate=True),
    "saved": Output(ids.SAVED, "data", allow_duplicate=True),
}
OPENED = {
    "is_open": Output(ids.VERSIONS, "is_open", allow_duplicate=True),
    "open": Output(ids.OPEN, "data", allow_duplicate=True),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the dialog's callbacks."""

    @app.callback(
        Input(ids.of_query(ids.SAVED_VERSIONS, ALL), "n_clicks"),
        Input(ids.version_show(ALL), "n_clicks"),
        State(ids.VERSIONS_SHOWN, "data"),
        output=SHOWN,
        prevent_initial_call=True,
    )
    def _show(_asked: list[int | None], _chosen: list[int | None], shown: dict[str, Any] | None) -> Any:
        pressed = find_pressed()
        if not isinstance(pressed, dict):
            return no_update
        if pressed["type"] == ids.SAVED_VERSIONS:
            return show_versions(services, pressed["id"])
        return show_versions(services, read_shown(shown)["query"], pressed["version"])

    @app.callback(
        Input(ids.VERSION_RESTORE, "n_clicks"),
        State(ids.VERSIONS_SHOWN, "data"),
        output=RESTORED,
        running=[(Output(ids.VERSION_RESTORE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _restore(clicks: int | None, shown: dict[str, Any] | None) -> Any:
        return restore(services, read_shown(shown)) if clicks else no_update

    @app.callback(
        Input(ids.VERSION_OPEN, "n_clicks"),
        State(ids.VERSIONS_SHOWN, "data"),
        output=OPENED,
        prevent_initial_call=True,
    )
    def _open(clicks: int | None, shown: dict[str, Any] | None) -> Any:
        return open_version(services, read_shown(shown)) if clicks else no_update


def read_shown(shown: Any) -> dict[str, int]:
    """query, version and newest of what the dialog shows; 0, which none has, for what is no number."""
    given = shown if isinstance(shown, dict) else {}
    found = {name: given.get(name) for name in ("query", "version", "newest")}
    return {
        name: value if isinstance(value, int) and 0 <= value < LARGEST_ID else 0
        for name, value in found.items()
    }


def show_versions(services: Services, query: Any, version: Any = None) -> dict[str, Any]:
    """The dialog with the query's versions; version: the one to look at, else the newest former one."""
    known = services.queries.saved.list_versions(query)
    return {
        "is_open": True,
        "title": f"Versions of “{known.query.name}”",
        "error": None,
        "nothing": not known.former,
        "none_to_open": not known.former,
        **_draw(known, version),
    }


def _draw(known: QueryVersions, version: Any) -> dict[str, Any]:
    former = known.former
    chosen = next((one for one in former if one.version == version), former[0] if former else None)
    feeds = dialogs.feeds_note(known.feeds) if known.feeds and former else None
    shown = {
        "query": known.query.id,
        "version": chosen.version if chosen else None,
        "newest": known.query.version,
    }
    return {"body": version_list(known.query, former, shown["version"], feeds), "shown": shown}


def restore(services: Services, shown: dict[str, int]) -> dict[str, Any]:
    """Save the version that is shown as the newest. Where another was saved meanwhile, the dialog shows that first."""
    saved = services.queries.saved
    try:
        query = saved.restore(shown["query"], shown["version"], shown["newest"])
    except InventoryError as error:
        try:
            drawn = _draw(saved.list_versions(shown["query"]), shown["version"])
        except InventoryError:
            # it was deleted
            return update(RESTORED, error=error_alert(error))
        return update(RESTORED, error=error_alert(error), **drawn)
    news = {
        "restored": True,
        "query_id": query.id,
        "version": query.version,
        "title": query.name,
        "sql": query.query_text,
        "source": query.source,
        "message": f"Restored version {shown['version']} of “{query.name}”.",
        "nonce": make_nonce(),
    }
    return update(RESTORED, is_open=False, error=None, saved=news)


def open_version(services: Services, shown: dict[str, int]) -> dict[str, Any]:
    """A former version as a text of its own, in a new tab."""
    former = services.queries.saved.list_versions(shown["query"]).former
    chosen = next((one for one in former if one.version == shown["version"]), None)
    if chosen is None:
        raise InventoryError("This version is no longer kept.", title="Not found", hint="Reload the list.")
    opened = {
        "sql": chosen.query_text,
        "title": f"{chosen.name} (version {chosen.version})",
        "provider": chosen.provider,
        "source": chosen.source,
        "nonce": make_nonce(),
    }
    return {"is_open": False, "open": opened}
