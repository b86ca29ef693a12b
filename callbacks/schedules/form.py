"""The form of a schedule: opening it, checking it as it is typed, previews, saving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, no_update

from layouts.components.feedback import error_alert, note
from layouts.schedules import form, ids
from layouts.schedules import form_parts as parts
from services import Services
from services.models.core import InventoryError, Query
from services.schedule_service.form import PARAMETER, Checked, ScheduleForm
from services.schedule_service.service import Preview

# the controls of the form in the order in which callbacks take them
FIELDS = (
    ids.FORM_QUERY, ids.FORM_CRON, ids.FORM_TIMEZONE, ids.FORM_SCHEMA, ids.FORM_TABLE, ids.FORM_MODE, ids.FORM_KEYS,
    ids.FORM_IGNORED, ids.FORM_EMPTY,
    ids.FORM_RETENTION, ids.FORM_ADOPT,
)  # fmt: skip
PARAMETER_VALUES = {"type": ids.FORM_PARAMETER, "name": ALL}
PARAMETER_ERRORS = {"type": ids.FORM_PARAMETER_ERROR, "name": ALL}
NAMES = (*form.CONTROLS, *form.OTHERS)
DEFAULTS = ScheduleForm(cron_expression="0 6 * * *")

State_ = dict[str, Any]


def register(app: dash.Dash, services: Services) -> None:
    """Register the form's callbacks."""
    values = [State(id, "value") for id in FIELDS]
    parameters = [State(PARAMETER_VALUES, "value"), State(PARAMETER_VALUES, "id")]
    everything = [*values, *parameters, State(ids.FORM_STATE, "data"), State(ids.FORM_COLUMNS, "data")]

    @app.callback(
        *[Output(id, "value") for id in FIELDS],
        Output(ids.FORM_QUERY, "options"),
        Output(ids.FORM_TITLE, "children"),
        Output(ids.FORM_SAVE, "children"),
        Output(ids.FORM_STATE, "data"),
        Output(ids.FORM_COLUMNS, "data"),
        Output(ids.FORM_PREVIEW_RESULT, "children"),
        Output(ids.FORM_MESSAGE, "children"),
        Input(ids.VIEW, "data"),
        Input(ids.FORM_RESET, "n_clicks"),
        State(ids.FORM_STATE, "data"),
    )
    def _open(view: dict[str, Any], resets: int | None, state: State_ | None) -> tuple[Any, ...]:
        return open_form(services, view, state, resets or 0, reset=dash.ctx.triggered_id == ids.FORM_RESET)

    app.clientside_callback(
        ClientsideFunction("schedules_form", "begun"),
        Input(ids.FORM_STATE, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ids.FORM_PARAMETERS, "children"),
        Output(ids.FORM_QUERY_NOTE, "children"),
        Output(ids.FORM_STATE, "data", allow_duplicate=True),
        Output(ids.FORM_PREVIEW_ID, "data", allow_duplicate=True),
        Output(ids.FORM_PREVIEW_RESULT, "children", allow_duplicate=True),
        Input(ids.FORM_QUERY, "value"),
        # a form that was opened anew begins with its own values
        Input(ids.FORM_STATE, "data"),
        *parameters,
        prevent_initial_call=True,
    )
    def _choose_query(
        query: Any, state: State_ | None, listed: list[str], ids: list[dict[str, str]]
    ) -> tuple[Any, ...]:
        chosen = choose_query(services, query, state, _typed(listed, ids))
        if chosen[0] is no_update:
            return *chosen, no_update, no_update
        # a preview says nothing of another query; one under way ends by its lease
        return *chosen, None, None

    # the browser knows whether a name was typed while the query was looked up
    app.clientside_callback(
        ClientsideFunction("schedules_form", "suggest"),
        Output(ids.FORM_TABLE, "value", allow_duplicate=True),
        Input(ids.FORM_STATE, "data"),
        prevent_initial_call=True,
    )

    app.clientside_callback(
        ClientsideFunction("schedules_form", "settle"),
        Output(ids.FORM_SETTLED, "data"),
        *[Input(id, "value") for id in FIELDS],
        Input(PARAMETER_VALUES, "value"),
        Input(ids.FORM_COLUMNS, "data"),
        Input(ids.FORM_STATE, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        *_check_outputs(),
        Input(ids.FORM_SETTLED, "data"),
        *everything,
        prevent_initial_call=True,
    )
    def _check(_settled: Any, *typed: Any) -> tuple[Any, ...]:
        *_, ids, state, _columns = typed
        if not (state or {}).get("key"):
            return _nothing(ids)
        asked = read(*typed)
        return told(
            services.schedules.check(asked), asked, ids, attempted=bool((state or {}).get("attempted"))
        )

    @app.callback(
        Output(ids.VIEW, "data", allow_duplicate=True),
        Output(ids.CHANGED, "data", allow_duplicate=True),
        Output(ids.FORM_STATE, "data", allow_duplicate=True),
        Output(ids.FORM_MESSAGE, "children", allow_duplicate=True),
        Input(ids.FORM_SAVE, "n_clicks"),
        State(ids.VIEW, "data"),
        *everything,
        running=[(Output(ids.FORM_SAVE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _save(clicks: int | None, view: dict[str, Any], *typed: Any) -> tuple[Any, ...]:
        if not clicks:
            return (no_update,) * 4
        return save(services, view, read(*typed), typed[-2] or {}, clicks)

    _register_preview(app, services, everything)


def _register_preview(app: dash.Dash, services: Services, everything: Sequence[State]) -> None:
    @app.callback(
        Output(ids.FORM_PREVIEW_ID, "data"),
        Output(ids.FORM_PREVIEW_TICK, "disabled"),
        Output(ids.FORM_PREVIEW_RESULT, "children", allow_duplicate=True),
        Output(ids.FORM_PREVIEW, "disabled"),
        Output(ids.FORM_PREVIEW_CANCEL, "hidden"),
        Input(ids.FORM_PREVIEW, "n_clicks"),
        *everything,
        running=[(Output(ids.FORM_PREVIEW, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _start(clicks: int | None, *typed: Any) -> tuple[Any, ...]:
        if not clicks:
            return (no_update,) * 5
        try:
            preview = services.schedules.start_preview(read(*typed))
        except InventoryError as error:
            return None, True, error_alert(error), False, True
        return preview.id, False, parts.preview_running(0.0), True, False

    @app.callback(
        Output(ids.FORM_PREVIEW_RESULT, "children", allow_duplicate=True),
        Output(ids.FORM_PREVIEW_TICK, "disabled", allow_duplicate=True),
        Output(ids.FORM_PREVIEW, "disabled", allow_duplicate=True),
        Output(ids.FORM_PREVIEW_CANCEL, "hidden", allow_duplicate=True),
        Output(ids.FORM_COLUMNS, "data", allow_duplicate=True),
        Input(ids.FORM_PREVIEW_TICK, "n_intervals"),
        State(ids.FORM_PREVIEW_ID, "data"),
        State(ids.FORM_QUERY, "value"),
        prevent_initial_call=True,
    )
    def _poll(_ticks: int | None, id: str | None, query: Any) -> tuple[Any, ...]:
        return poll_preview(services, id, query)

    @app.callback(
        Output(ids.FORM_PREVIEW_CANCEL, "title"),
        Input(ids.FORM_PREVIEW_CANCEL, "n_clicks"),
        State(ids.FORM_PREVIEW_ID, "data"),
        prevent_initial_call=True,
    )
    def _cancel(clicks: int | None, id: str | None) -> Any:
        if clicks and id:
            services.schedules.cancel_preview(id)
        return no_update


def open_form(
    services: Services, view: Mapping[str, Any], state: State_ | None, resets: int = 0, *, reset: bool
) -> tuple[Any, ...]:
    """The values that the form begins with. What was typed into the same form, and not saved, stays.

    resets: how often the form was started over; assets/schedules_form.js waits for an answer that knows of the last.
    """
    key = f"edit:{view['edit']}" if view.get("edit") else (f"new:{view['new']}" if view.get("new") else None)
    nothing = (no_update,) * (len(FIELDS) + 7)
    if key is None or (state and state.get("key") == key and not reset):
        return nothing
    options = query_options(services.db.get_queries())
    message: Any = None
    title, label = "New schedule", "Save schedule"
    begun = DEFAULTS
    if view.get("edit"):
        title, label = "Edit the schedule", "Save changes"
        try:
            schedule = services.schedules.get(int(view["edit"]))
            begun = ScheduleForm.of(schedule)
            title = f"Edit the schedule of {schedule.target_table}"
        except InventoryError as error:
            message = error_alert(error)
    elif str(view["new"]).isdigit():
        begun = ScheduleForm(query_id=str(view["new"]), cron_expression=DEFAULTS.cron_expression)
    if not options:
        message = note(
            "There is no saved query yet", "Write one in the IDE and save it: a schedule runs a saved query."
        )
    chosen = str(begun.query_id) if begun.query_id else ""
    known = {
        "key": key,
        "resets": resets,
        "id": begun.schedule_id,
        "attempted": False,
        "parameters": dict(begun.parameters),
        "query": None,
        "suggested": "",
        "columns": list(begun.columns),
    }
    fields = (
        chosen, begun.cron_expression, begun.timezone, begun.target_schema, begun.target_table, begun.write_mode,
        begun.key_columns, begun.ignored_columns, begun.allow_empty, begun.retention_days, False,
    )  # fmt: skip
    return (*fields, options, title, label, known, None, None, message)


def query_options(queries: Sequence[Query]) -> list[dict[str, str]]:
    """The saved queries to choose from, with the provider where it is known."""
    return [
        {
            "label": f"{query.name} ({query.provider})" if query.provider else query.name,
            "value": str(query.id),
        }
        for query in queries
    ]


def choose_query(
    services: Services, query: Any, state: State_ | None, typed: Mapping[str, str]
) -> tuple[Any, ...]:
    """The parameters' fields, what is worth knowing of the query, and the state with a name for the table.

    Values that were typed for a parameter stay where the new query has it as well.
    """
    if not state or not state.get("key") or (state.get("query") == query and query):
        return (no_update,) * 3
    if not str(query or "").isdigit():
        return [], [], no_update
    id = state.get("id")
    try:
        facts = services.schedules.facts(int(query), id)
    except InventoryError as error:
        return [], error_alert(error), {**state, "query": query}
    # the form's own values on opening, later those that are typed
    values = {**state.get("parameters", {}), **(typed if state.get("query") else {})}
    fields = parts.parameter_fields(facts.parameters, facts.remembered, values)
    suggested = facts.table if id is None else ""
    known = {**state, "query": query, "parameters": values, "suggested": suggested}
    return fields, parts.query_note(facts.warnings, facts.feeds), known


def read(
    query: Any, cron: str, timezone: str, schema: str, table: str, mode: str, keys: str, ignored: str, empty: bool,
    retention: str, adopt: bool, listed: list[str], ids: list[dict[str, str]], state: State_ | None,
    columns: Mapping[str, Any] | None,
) -> ScheduleForm:  # fmt: skip
    """The form as typed."""
    known = columns or {}
    return ScheduleForm(
        query_id=query, parameters=_typed(listed, ids), cron_expression=cron or "", timezone=(timezone or "").strip(),
        target_schema=(schema or "").strip(), target_table=(table or "").strip(), write_mode=mode or "",
        key_columns=keys or "", ignored_columns=ignored or "", allow_empty=bool(empty),
        retention_days=str(retention or ""), adopt=bool(adopt), schedule_id=(state or {}).get("id"),
        # a preview of another query says nothing of this one
        columns=tuple(known.get("names", ())) if str(known.get("query")) == str(query) else (),
    )  # fmt: skip


def _typed(listed: Sequence[str], ids: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {id["name"]: value or "" for id, value in zip(ids, listed, strict=True)}


def _check_outputs() -> list[Output]:
    return [
        *[Output(ids.form_error(name), "children") for name in NAMES],
        *[Output(id, "invalid") for id in form.CONTROLS.values()],
        Output(PARAMETER_ERRORS, "children"),
        Output(PARAMETER_VALUES, "invalid"),
        Output(ids.FORM_COUNT, "children"),
        Output(ids.FORM_NEXT, "children"),
        Output(ids.FORM_TABLE_NOTE, "children"),
        Output(ids.FORM_ADOPT_BOX, "hidden"),
        Output(ids.FORM_PROBLEMS, "children"),
    ]


def _nothing(ids: Sequence[Any]) -> tuple[Any, ...]:
    none = [no_update] * len(ids)
    return (*[no_update] * (len(NAMES) + len(form.CONTROLS)), none, none, *[no_update] * 5)


def told(
    checked: Checked, asked: ScheduleForm, ids: Sequence[Mapping[str, str]], *, attempted: bool
) -> tuple[Any, ...]:
    """What stands under each control. A field that is still empty is not blamed before the first try to save."""

    def shown(field: str, value: Any) -> InventoryError | None:
        return checked.problems.get(field) if attempted or str(value or "").strip() else None

    problems = {name: shown(name, getattr(asked, name)) for name in form.CONTROLS}
    others = {name: checked.problems.get(name) for name in form.OTHERS}
    if not attempted and not asked.query_id:
        others["adopt"] = None
    mine = [shown(f"{PARAMETER}{id['name']}", asked.parameters.get(id["name"])) for id in ids]
    move = checked.notes.get("target_table", "")
    return (
        *[parts.problem(problems.get(name) or others.get(name)) for name in NAMES],
        *[problems[name] is not None for name in form.CONTROLS],
        [parts.problem(one) for one in mine],
        [one is not None for one in mine],
        parts.count_line(checked.scopes, bool(ids), checked.notes.get("parameters", "")),
        parts.next_times(checked.words, checked.next_times, asked.timezone),
        note("The old table stays", move, "info") if move else None,
        not checked.adoptable,
        _to_correct(len(checked.problems)) if attempted else "",
    )


def _to_correct(count: int) -> str:
    return f"{count} field{'s' if count != 1 else ''} to correct" if count else ""


def save(
    services: Services, view: Mapping[str, Any], asked: ScheduleForm, state: State_, clicks: int
) -> tuple[Any, ...]:
    """Save the form; on a problem it stays open, with the problem told where it is."""
    try:
        saved = (
            services.schedules.create(asked)
            if asked.schedule_id is None
            else services.schedules.update(asked)
        )
    except InventoryError as error:
        field = getattr(error, "field", "")
        # what stands at its field need not be said twice
        known = field in NAMES or any(field in (name, f"{PARAMETER}{name}") for name in asked.parameters)
        message = None if known else error_alert(error)
        return no_update, no_update, {**state, "attempted": clicks}, message
    closed = {**view, "new": "", "edit": None}
    if saved.job_error:
        # the panel tells why there is no job, with a retry
        closed |= {"schedule": saved.id, "run": None}
    return closed, f"saved {clicks} {saved.id}", {}, None


def poll_preview(services: Services, id: str | None, query: Any) -> tuple[Any, ...]:
    """What the preview has come to: (result, ticking is over, start disabled, cancel hidden, known columns)."""
    if not id:
        return no_update, True, False, True, no_update
    try:
        preview = services.schedules.preview(id)
    except InventoryError as error:
        return error_alert(error), True, False, True, no_update
    if preview.running:
        return parts.preview_running(preview.elapsed), False, True, False, no_update
    return shown_preview(preview), True, False, True, _columns(preview, query)


def shown_preview(preview: Preview) -> Any:
    """A preview that has ended, as the form shows it."""
    if preview.error is not None:
        return error_alert(preview.error)
    columns = [(one.name, one.distinct, one.nulls, one.sample) for one in preview.columns]
    return parts.preview_result(preview.scope, preview.rows, preview.complete, columns, preview.keys)


def _columns(preview: Preview, query: Any) -> Any:
    if preview.error is not None or not preview.columns:
        return no_update
    return {"query": query, "names": [column.name for column in preview.columns]}
