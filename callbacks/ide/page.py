"""The IDE's toolbar, the check while typing, parameters, and what a link opens."""

from __future__ import annotations

import re
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, dcc, no_update

from callbacks.outputs import update
from layouts.components.feedback import error_alert, note
from layouts.ide import ids, page, plan
from layouts.inventory import addresses
from layouts.shell import ids as shell_ids
from services import Services
from services.models.core import InventoryError, Query, Source
from services.models.watches import WatchKind, WatchTarget
from services.query_service.checking import Check

LONGEST_LINK = 20_000
CHECKED = {
    "lines": Output(ids.CHECK, "children"),
    "fields": Output(ids.PARAMETERS, "children"),
    "shown": Output(ids.PARAMETERS_SHOWN, "data"),
}
EXPLAINED = {
    "is_open": Output(ids.PLAN_DIALOG, "is_open"),
    "body": Output(ids.PLAN_BODY, "children"),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the page's callbacks."""
    _register_buttons(app)

    @app.callback(Output(ids.PROVIDER, "options"), Input(ids.PAGE, "id"))
    def _offer_providers(_id: str) -> list[dict[str, str]]:
        return page.provider_options([(one.name, one.configured) for one in services.metadata.providers()])

    @app.callback(Output(ids.OPEN, "data"), Input(ids.URL_REQUEST, "data"))
    def _open_link(request: dict[str, Any] | None) -> Any:
        return open_link(services, request or {}) or no_update

    @app.callback(
        Input(ids.EDITOR_CONTENT, "data"),
        State(ids.PARAMETERS_SHOWN, "data"),
        output=CHECKED,
        prevent_initial_call=True,
    )
    def _check(content: dict[str, Any] | None, shown: list[Any] | None) -> dict[str, Any]:
        return check(services, content or {}, shown)

    @app.callback(
        Output(shell_ids.NOTICES, "children", allow_duplicate=True),
        Input(ids.WATCH_REQUEST, "data"),
        prevent_initial_call=True,
    )
    def _watch(request: dict[str, Any] | None) -> Any:
        return watch(services, request) if request else no_update

    @app.callback(Input(ids.PLAN_REQUEST, "data"), output=EXPLAINED, prevent_initial_call=True)
    def _explain(request: dict[str, Any] | None) -> Any:
        return {"is_open": True, "body": explain(services, request)} if request else no_update


def watch(services: Services, request: dict[str, Any]) -> Any:
    """Watch a statement over the inventory; what is said of it. Raises what keeps it from being watched."""
    target = WatchTarget(WatchKind.QUERY, text=str(request.get("sql") or ""))
    services.watches.watch(target)
    told = note(
        "The statement is watched",
        [
            "It is run after the runs that change its tables, and you are told how its result differs: ",
            dcc.Link("your watches", href=addresses.WATCHES),
            ".",
        ],
    )
    told.dismissable = True
    return told


def explain(services: Services, request: dict[str, Any]) -> Any:
    """The plan of a statement over the inventory, or what keeps Postgres from making one."""
    values = {name: str(value) for name, value in (request.get("parameters") or {}).items()}
    try:
        found = services.queries.explain(str(request.get("sql") or ""), values)
    except InventoryError as error:
        return error_alert(error)
    steps = [plan.Step(one.depth, one.words, one.rows, one.cost) for one in found.steps]
    return plan.plan(found.summary, steps, found.cut)


def _register_buttons(app: dash.Dash) -> None:
    """Each button calls its function of assets/ide/page.js."""
    for button, function in (
        (ids.RUN, "run"),
        (ids.CANCEL, "cancel"),
        (ids.SAVE, "save"),
        (ids.SAVE_AS, "saveAs"),
        (ids.FORMAT, "format"),
        (ids.CLEAR, "clear"),
        (ids.SCHEDULE, "schedule"),
    ):
        app.clientside_callback(
            ClientsideFunction("ide", function),
            Output(ids.SINK, "data", allow_duplicate=True),
            Input(button, "n_clicks"),
            prevent_initial_call=True,
        )
    app.clientside_callback(
        ClientsideFunction("ide", "explain"),
        Output(ids.PENDING_CHAT_PROMPT, "data", allow_duplicate=True),
        Input(ids.EXPLAIN, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("ide", "plan"),
        Output(ids.PLAN_REQUEST, "data"),
        Input(ids.PLAN, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("ide", "watch"),
        Output(ids.WATCH_REQUEST, "data"),
        Input(ids.WATCH, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("ide", "keys"),
        Output(ids.KEYS, "is_open"),
        Input(ids.HELP, "n_clicks"),
        prevent_initial_call=True,
    )
    for store, function in ((ids.OPEN, "open"), (ids.SAVED, "saved")):
        app.clientside_callback(
            ClientsideFunction("ide", function),
            Output(ids.SINK, "data", allow_duplicate=True),
            Input(store, "data"),
            prevent_initial_call=True,
        )


def open_link(services: Services, request: dict[str, Any]) -> dict[str, Any] | None:
    """What `/ide?query=12`, `?sql=…` or `?new=query` opens, for assets/ide/tabs.js; None without. It never runs."""
    if request.get("query"):
        number = str(request["query"])
        query = services.db.get_query(int(number)) if re.fullmatch("[0-9]{1,9}", number) else None
        if query is None:
            raise InventoryError(
                f"The link asks for saved query {number[:20]}.",
                title="There is no such query",
                hint="It may have been deleted: look in Saved.",
            )
        return describe_opened(query)
    if request.get("new"):
        return {"sql": ""}
    if request.get("sql"):
        sql = str(request["sql"])
        if len(sql) > LONGEST_LINK:
            # a part of a statement may mean something else
            raise InventoryError(
                f"Its text has {len(sql):,} characters; a link may carry {LONGEST_LINK:,}.",
                title="The link is too long",
                hint="Save the query, and send the link of that.",
            )
        source = request.get("source") or Source.LIVE
        if source not in list(Source):
            raise InventoryError(
                f"The link is for “{str(source)[:40]}”.",
                title="The link cannot be read",
                hint="A text is for source=live or source=inventory.",
            )
        return {"sql": sql, "source": source}
    return None


def describe_opened(query: Query) -> dict[str, Any]:
    """A saved query as assets/ide/tabs.js opens it."""
    return {
        "query_id": query.id,
        "query_version": query.version,
        "title": query.name,
        "sql": query.query_text,
        "provider": query.provider,
        "source": query.source,
    }


def read_source(given: Any) -> Source:
    """What a statement is for, as a page says it: the live cloud where it says nothing else."""
    return Source.INVENTORY if given == Source.INVENTORY else Source.LIVE


def make_nonce() -> float:
    """Makes the same answer a new one, so that the page acts on it again."""
    import time

    return time.time()


def check(services: Services, content: dict[str, Any], shown: list[Any] | None) -> dict[str, Any]:
    """The check's lines, the parameter fields, and what these show; fields that are right stay untouched."""
    found: Check = services.queries.check(str(content.get("sql") or ""), read_source(content.get("source")))
    problems = [
        {
            "tone": "danger" if one.refused else "warning",
            "message": page.move_line(one.message, int(content.get("row") or 0)),
            "fixes": one.fixes,
        }
        for one in found.findings
    ]
    lines = page.check_line(problems, int(content.get("start") or 0))
    fields = [
        content.get("tab"),
        list(found.parameters),
        {name: list(v) for name, v in found.choices.items()},
    ]
    if fields == shown or (any(one.refused for one in found.findings) and shown and shown[0] == fields[0]):
        # while a statement cannot be read, its fields stay as they are
        return update(CHECKED, lines=lines)
    known = services.db.history.list_remembered_values(found.parameters, found.providers)
    values = {name: str(value) for name, value in (content.get("parameters") or {}).items()}
    return {
        "lines": lines,
        "fields": page.parameter_fields(found.parameters, values, found.choices, known),
        "shown": fields,
    }
