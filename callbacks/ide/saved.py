"""Saved queries and history: the drawer's lists, and saving, renaming, duplicating and deleting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dash
from dash import ALL, Input, Output, State, no_update

from callbacks.conflicts import read_kept_versions, read_taken_versions
from callbacks.ide.page import describe_opened, make_nonce, read_source
from callbacks.outputs import update
from callbacks.presses import find_pressed
from layouts.components import ids as component_ids
from layouts.ide import dialogs, drawer, ids
from services import Services
from services.models.core import InventoryError, Query, VersionConflict

DIALOG = {
    "is_open": Output(ids.SAVE_DIALOG, "is_open", allow_duplicate=True),
    "title": Output(ids.SAVE_DIALOG_TITLE, "children"),
    "note": Output(ids.SAVE_NOTE, "children"),
    "name": Output(ids.SAVE_NAME, "value"),
    "description": Output(ids.SAVE_DESCRIPTION, "value"),
    "folder": Output(ids.SAVE_FOLDER, "value"),
    "error": Output(ids.SAVE_ERROR, "children", allow_duplicate=True),
    "version": Output(ids.SAVE_VERSION, "data"),
    "saved": Output(ids.SAVED, "data", allow_duplicate=True),
}
CONFIRMED = {name: DIALOG[name] for name in ("is_open", "error", "saved")}
TAKEN = {
    "is_open": Output(ids.SAVE_DIALOG, "is_open", allow_duplicate=True),
    "error": Output(ids.SAVE_ERROR, "children", allow_duplicate=True),
    "open": Output(ids.OPEN, "data", allow_duplicate=True),
    "saved": Output(ids.SAVED, "data", allow_duplicate=True),
}
ASKED_TO_DELETE = {
    "is_open": Output(ids.DELETE_DIALOG, "is_open", allow_duplicate=True),
    "body": Output(ids.DELETE_BODY, "children", allow_duplicate=True),
    "refused": Output(ids.DELETE_CONFIRM, "disabled"),
    "query": Output(ids.DELETE_REQUEST, "data"),
}
DELETED = {
    "is_open": Output(ids.DELETE_DIALOG, "is_open", allow_duplicate=True),
    "body": Output(ids.DELETE_BODY, "children", allow_duplicate=True),
    "saved": Output(ids.SAVED, "data", allow_duplicate=True),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the callbacks of the drawer and its dialogs."""
    _register_lists(app, services)
    _register_saving(app, services)
    _register_deleting(app, services)


def _register_lists(app: dash.Dash, services: Services) -> None:
    @app.callback(
        Output(ids.SAVED_LIST, "children"),
        Input(ids.SAVED_SEARCH, "value"),
        Input(ids.SAVED, "data"),
        Input(ids.STARRED, "data"),
        Input(ids.DRAWER_TABS, "data"),
    )
    def _list_saved(search: str | None, _saved: Any, _starred: Any, tab: str) -> Any:
        return list_saved(services, search or "") if tab == "Saved" else no_update

    @app.callback(
        Output(ids.STARRED, "data"),
        Input(ids.of_query(ids.SAVED_STAR, ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _star(_clicks: Any) -> Any:
        pressed = find_pressed()
        if not isinstance(pressed, dict):
            return no_update
        id = pressed["id"]
        return {"query": id, "starred": services.queries.saved.turn_favourite(id), "nonce": make_nonce()}

    @app.callback(
        Output(ids.HISTORY_LIST, "children"),
        Input(ids.HISTORY_SEARCH, "value"),
        Input(ids.HISTORY_TICK, "data"),
        Input(ids.DRAWER_TABS, "data"),
    )
    def _list_history(search: str | None, _tick: Any, tab: str) -> Any:
        if tab != "History":
            return no_update
        entries = services.db.history.get_history(search or "", limit=100)
        return drawer.history_list(entries, bool(search), services.queries.history_days)

    @app.callback(
        Output(ids.OPEN, "data", allow_duplicate=True),
        Input(ids.of_query(ids.SAVED_LOAD, ALL), "n_clicks"),
        Input(ids.of_entry(ids.HISTORY_OPEN, ALL), "n_clicks"),
        Input(ids.of_entry(ids.HISTORY_RUN, ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _open(*_clicks: Any) -> Any:
        pressed = find_pressed()
        if not isinstance(pressed, dict):
            return no_update
        return describe_entry(services, pressed["type"], pressed["id"])


def list_saved(services: Services, search: str) -> Any:
    """The drawer's list of the saved queries that have these words."""
    queries = services.db.queries
    return drawer.saved_list(
        queries.get_queries(search), queries.list_tables_by_query(), bool(search), queries.list_favourites()
    )


def describe_entry(services: Services, kind: str, id: int) -> dict[str, Any]:
    """A saved query or an entry of the history, for assets/ide/tabs.js."""
    if kind == ids.SAVED_LOAD:
        return {**describe_opened(services.queries.saved.get(id)), "nonce": make_nonce()}
    entry = services.db.history.get_history_entry(id)
    if entry is None:
        raise InventoryError("This entry is no longer kept.", title="Not found")
    return {
        "sql": entry.query_text,
        "provider": entry.provider,
        "source": entry.source,
        "parameters": dict(entry.parameters),
        "run": kind == ids.HISTORY_RUN,
        "nonce": make_nonce(),
    }


def _register_saving(app: dash.Dash, services: Services) -> None:
    @app.callback(Input(ids.SAVE_REQUEST, "data"), output=DIALOG, prevent_initial_call=True)
    def _ask(request: dict[str, Any] | None) -> Any:
        # for a query without a name the browser has opened the dialog itself: it may be filled in already
        return no_update if (request or {}).get("opened") else answer_request(services, request or {})

    @app.callback(
        Output(ids.SAVE_FOLDERS, "children"), Input(ids.SAVE_DIALOG, "is_open"), prevent_initial_call=True
    )
    def _offer_folders(opened: bool) -> Any:
        return dialogs.folder_choices(services.db.queries.list_folders()) if opened else no_update

    @app.callback(
        Input(ids.SAVE_CONFIRM, "n_clicks"),
        Input(ids.SAVE_NAME, "n_submit"),
        Input(component_ids.conflict_keep(ids.SAVE_DIALOG, ALL), "n_clicks"),
        State(ids.SAVE_NAME, "value"),
        State(ids.SAVE_DESCRIPTION, "value"),
        State(ids.SAVE_FOLDER, "value"),
        State(ids.SAVE_REQUEST, "data"),
        State(ids.SAVE_VERSION, "data"),
        output=CONFIRMED,
        running=[(Output(ids.SAVE_CONFIRM, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _confirm(
        _clicks: Any,
        _submits: Any,
        _kept: Any,
        name: str | None,
        description: str | None,
        folder: str | None,
        request: dict[str, Any] | None,
        version: int | None,
    ) -> Any:
        if find_pressed() is None:
            return no_update
        kept = read_kept_versions()
        base = version if kept is None else kept[0]
        try:
            saved = save(services, request or {}, name or "", description or "", base, folder or "")
        except InventoryError as error:
            return update(CONFIRMED, is_open=True, error=dialogs.save_error(error))
        return {"is_open": False, "error": None, "saved": saved}

    @app.callback(
        Input(component_ids.conflict_take(ids.SAVE_DIALOG, ALL), "n_clicks"),
        State(ids.SAVE_REQUEST, "data"),
        output=TAKEN,
        prevent_initial_call=True,
    )
    def _take(_taken: Any, request: dict[str, Any] | None) -> Any:
        return take(services, request or {}) if read_taken_versions() is not None else no_update

    @app.callback(
        Output(ids.SAVE_REQUEST, "data", allow_duplicate=True),
        Input(ids.of_query(ids.SAVED_RENAME, ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _rename(_clicks: Any) -> Any:
        pressed = find_pressed()
        return {"rename": pressed["id"], "nonce": make_nonce()} if isinstance(pressed, dict) else no_update

    @app.callback(
        Output(ids.SAVED, "data", allow_duplicate=True),
        Input(ids.of_query(ids.SAVED_DUPLICATE, ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _duplicate(_clicks: Any) -> Any:
        pressed = find_pressed()
        return duplicate_query(services, pressed["id"]) if isinstance(pressed, dict) else no_update


def answer_request(services: Services, request: dict[str, Any]) -> dict[str, Any]:
    """What follows a request to save or to rename: the dialog, or the page's news that it is saved.

    Returns what DIALOG names.
    """
    saved = services.queries.saved
    if request.get("rename"):
        query = saved.get(request["rename"])
        return _show_dialog("Rename query", None, query.name, query.description, query.version, query.folder)
    text = _make_query(request, str(request.get("title") or ""))
    try:
        answer = saved.save_or_ask(text, anew=bool(request.get("as")))
    except VersionConflict as error:
        query = saved.get(text.id or 0)
        shown = _show_dialog("Save query", None, query.name, query.description, text.version, query.folder)
        return {**shown, "error": dialogs.save_error(error)}
    if isinstance(answer, Query):
        return update(DIALOG, is_open=False, saved=_describe_saved(request, answer))
    note = dialogs.feeds_note(answer.feeds) if answer.feeds else None
    return _show_dialog("Save query", note, answer.name, answer.description, answer.version, answer.folder)


def _make_query(request: dict[str, Any], name: str, description: str = "", folder: str = "") -> Query:
    """The editor's text as a query, with the version that the tab began from."""
    return Query(
        name,
        request.get("sql") or "",
        description,
        request.get("provider") or "",
        source=read_source(request.get("source")),
        id=request.get("query_id") or None,
        version=request.get("query_version"),
        folder=folder,
    )


def _show_dialog(
    title: str, note: Any, name: str, description: str, version: int | None = None, folder: str = ""
) -> dict[str, Any]:
    return update(
        DIALOG,
        is_open=True,
        title=title,
        note=note,
        name=name,
        description=description,
        folder=folder,
        error=None,
        version=version,
    )


def save(
    services: Services,
    request: dict[str, Any],
    name: str,
    description: str,
    version: int | None = None,
    folder: str = "",
) -> dict[str, Any]:
    """Save or rename as the dialog says; returns what the page has to know.

    version: that the change began from, None of a new query. Raises InvalidInput, NotFound, VersionConflict.
    """
    saved = services.queries.saved
    if request.get("rename"):
        query = saved.rename(request["rename"], name, description, version, folder)
        return {
            "renamed": True,
            "query_id": query.id,
            "version": query.version,
            "former": version,
            "title": query.name,
            "message": "Renamed.",
            "nonce": make_nonce(),
        }
    text = replace(_make_query(request, name, description, folder), version=version)
    if request.get("as"):
        text = replace(text, id=None)
    return _describe_saved(request, saved.save(text, _name_request(request)))


def _name_request(request: dict[str, Any]) -> str:
    """Where a new query comes from: the tab's first save, in whichever window; else the dialog that was opened."""
    return str(request.get("dialog" if request.get("as") else "tab") or "")[:100]


def take(services: Services, request: dict[str, Any]) -> dict[str, Any]:
    """Leave what was to be saved: the newer version comes into the tab, whose own text the page keeps in another."""
    query = services.queries.saved.get(request.get("rename") or request.get("query_id") or 0)
    closed = update(TAKEN, is_open=False, error=None)
    if request.get("rename"):
        return {**closed, "saved": {"message": f"The name is “{query.name}”.", "nonce": make_nonce()}}
    return {
        **closed,
        "open": {**describe_opened(query), "instead": request.get("tab"), "nonce": make_nonce()},
    }


def _describe_saved(request: dict[str, Any], query: Query) -> dict[str, Any]:
    """What was saved, for assets/ide/page.js."""
    return {
        "tab": request.get("tab"),
        "query_id": query.id,
        "version": query.version,
        "title": query.name,
        "sql": query.query_text,
        "source": query.source,
        "then": request.get("then", ""),
        "message": f"Saved “{query.name}”.",
        "nonce": make_nonce(),
    }


def duplicate_query(services: Services, id: int) -> dict[str, Any]:
    """Save a copy under another name."""
    return {"message": f"Saved “{services.queries.saved.duplicate(id).name}”.", "nonce": make_nonce()}


def _register_deleting(app: dash.Dash, services: Services) -> None:
    @app.callback(
        Input(ids.of_query(ids.SAVED_DELETE, ALL), "n_clicks"),
        output=ASKED_TO_DELETE,
        prevent_initial_call=True,
    )
    def _ask(_clicks: Any) -> Any:
        pressed = find_pressed()
        if not isinstance(pressed, dict):
            return no_update
        asked = services.queries.saved.ask_to_delete(pressed["id"])
        body = dialogs.delete_question(asked.query.name, asked.feeds)
        return {"is_open": True, "body": body, "refused": not asked.possible, "query": asked.query.id}

    @app.callback(
        Input(ids.DELETE_CONFIRM, "n_clicks"),
        State(ids.DELETE_REQUEST, "data"),
        output=DELETED,
        running=[(Output(ids.DELETE_CONFIRM, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _confirm(clicks: int | None, id: int | None) -> Any:
        if not clicks or id is None:
            return no_update
        try:
            services.queries.saved.delete(id)
        except InventoryError as error:
            return update(DELETED, is_open=True, body=dialogs.save_error(error))
        return update(
            DELETED, is_open=False, saved={"deleted": id, "message": "Deleted.", "nonce": make_nonce()}
        )
