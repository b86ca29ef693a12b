"""The form of a schedule: opening it, choosing its query, checking it as it is typed, saving."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, no_update

# pydantic reads these of `typing` from Python 3.12 on
from typing_extensions import TypedDict

from callbacks.conflicts import read_kept_versions, read_taken_versions
from callbacks.outputs import update
from callbacks.presses import find_pressed
from callbacks.schedules import notifications
from layouts.components import ids as component_ids
from layouts.components.conflict import conflict
from layouts.components.feedback import error_alert, note
from layouts.schedules import form, form_parts, ids, notify
from services import Services
from services.models.core import InventoryError, Query, Scope, Source, VersionConflict
from services.models.wording import format_count
from services.schedule_service.form import PARAMETER, Checked, ScheduleForm

FormState = dict[str, Any]


class TypedValues(TypedDict):
    """What stands in the controls that FIELDS names; a control that was not touched yet may be None."""

    query_id: int | str | None
    cron_expression: str | None
    timezone: str | None
    target_schema: str | None
    target_table: str | None
    write_mode: str | None
    key_columns: str | None
    ignored_columns: str | None
    unordered_columns: str | None
    ordered_columns: str | None
    allow_empty: bool | list[str] | None
    adds_only: bool | list[str] | None
    retention_days: int | str | None
    table_kind: str | None
    owner: str | None
    description: str | None
    notify_emails: str | None
    notify_destinations: list[str] | None
    notify_failure: bool | list[str] | None
    notify_minutes: int | str | None
    adopt: bool | list[str] | None


class Typed(TypedDict):
    """What TYPED names: the controls, the fields of the query's parameters with their ids, the form's state."""

    values: TypedValues
    listed: list[str | None]
    parameters: list[dict[str, str]]
    state: FormState | None
    columns: dict[str, Any] | None


# what a conflict is about
CONFLICT = "schedule"

# a field of the service's form → the id of its control
FIELDS = {
    "query_id": ids.FORM_QUERY,
    "cron_expression": ids.FORM_CRON,
    "timezone": ids.FORM_TIMEZONE,
    "target_schema": ids.FORM_SCHEMA,
    "target_table": ids.FORM_TABLE,
    "write_mode": ids.FORM_MODE,
    "key_columns": ids.FORM_KEYS,
    "ignored_columns": ids.FORM_IGNORED,
    "unordered_columns": ids.FORM_UNORDERED,
    "ordered_columns": ids.FORM_ORDERED,
    "allow_empty": ids.FORM_EMPTY,
    "adds_only": ids.FORM_ADDS_ONLY,
    "retention_days": ids.FORM_RETENTION,
    "table_kind": ids.FORM_KIND,
    "owner": ids.FORM_OWNER,
    "description": ids.FORM_DESCRIPTION,
    "notify_emails": ids.notify(notify.FORM, "emails"),
    "notify_destinations": ids.notify(notify.FORM, "destinations"),
    "notify_failure": ids.notify(notify.FORM, "failure"),
    "notify_minutes": ids.notify(notify.FORM, "minutes"),
    "adopt": ids.FORM_ADOPT,
}
# the fields that have a line for what is wrong with them
TOLD = (*form.CONTROLS, *form.OTHERS)
DEFAULTS = ScheduleForm(cron_expression="0 6 * * *")

# all that is in the form, as `read` takes it
TYPED = {
    "values": {name: State(id, "value") for name, id in FIELDS.items()},
    "listed": State(ids.form_parameter(ALL), "value"),
    "parameters": State(ids.form_parameter(ALL), "id"),
    "state": State(ids.FORM_STATE, "data"),
    "columns": State(ids.FORM_COLUMNS, "data"),
}
OPENED = {
    "values": {name: Output(id, "value") for name, id in FIELDS.items()},
    "queries": Output(ids.FORM_QUERY, "options"),
    "destinations": Output(ids.notify(notify.FORM, "destinations"), "options"),
    "title": Output(ids.FORM_TITLE, "children"),
    "save": Output(ids.FORM_SAVE, "children"),
    "state": Output(ids.FORM_STATE, "data"),
    "columns": Output(ids.FORM_COLUMNS, "data"),
    "preview_id": Output(ids.FORM_PREVIEW_ID, "data"),
    "preview": Output(ids.FORM_PREVIEW_SHOWN, "data"),
    "message": Output(ids.FORM_MESSAGE, "children"),
}
CHOSEN = {
    "fields": Output(ids.FORM_PARAMETERS, "children"),
    "note": Output(ids.FORM_QUERY_NOTE, "children"),
    "state": Output(ids.FORM_STATE, "data", allow_duplicate=True),
    "preview_id": Output(ids.FORM_PREVIEW_ID, "data", allow_duplicate=True),
    "preview": Output(ids.FORM_PREVIEW_SHOWN, "data", allow_duplicate=True),
}
CHECKED = {
    "problems": {name: Output(ids.form_error(name), "children") for name in TOLD},
    "invalid": {name: Output(id, "invalid") for name, id in form.CONTROLS.items()},
    "parameter_problems": Output(ids.form_parameter_error(ALL), "children"),
    "parameter_invalid": Output(ids.form_parameter(ALL), "invalid"),
    "count": Output(ids.FORM_COUNT, "children"),
    "next": Output(ids.FORM_NEXT, "children"),
    "notifications": Output(ids.notify(notify.FORM, "said"), "children"),
    "table_note": Output(ids.FORM_TABLE_NOTE, "children"),
    "no_adopting": Output(ids.FORM_ADOPT_BOX, "hidden"),
    "to_correct": Output(ids.FORM_PROBLEMS, "children"),
}
SAVED = {
    "view": Output(ids.VIEW, "data", allow_duplicate=True),
    "changed": Output(ids.CHANGED, "data", allow_duplicate=True),
    "state": Output(ids.FORM_STATE, "data", allow_duplicate=True),
    "message": Output(ids.FORM_MESSAGE, "children", allow_duplicate=True),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the form's callbacks."""
    _register_browser(app)

    @app.callback(
        Input(ids.VIEW, "data"),
        Input(ids.FORM_RESET, "n_clicks"),
        Input(component_ids.conflict_take(CONFLICT, ALL), "n_clicks"),
        State(ids.FORM_STATE, "data"),
        output=OPENED,
    )
    def _open(
        view: dict[str, Any], resets: int | None, _taken: list[int | None], state: FormState | None
    ) -> Any:
        # who takes the newer version begins again, with that
        reset = find_pressed() == ids.FORM_RESET or read_taken_versions() is not None
        return open_form(services, view, state, resets or 0, reset=reset)

    @app.callback(
        Input(ids.FORM_QUERY, "value"),
        # a form that was opened anew begins with its own values
        Input(ids.FORM_STATE, "data"),
        State(ids.form_parameter(ALL), "value"),
        State(ids.form_parameter(ALL), "id"),
        output=CHOSEN,
        prevent_initial_call=True,
    )
    def _choose_query(
        query: Any, state: FormState | None, listed: list[str | None], parameters: list[dict[str, str]]
    ) -> Any:
        return choose_query(services, query, state, _map_by_name(parameters, listed))

    @app.callback(
        output=CHECKED,
        inputs={"_settled": Input(ids.FORM_SETTLED, "data")},
        state={"typed": TYPED},
        prevent_initial_call=True,
    )
    def _check(_settled: Any, typed: Typed) -> Any:
        state = typed["state"] or {}
        if not state.get("key"):
            return no_update
        asked = read(typed)
        names = [one["name"] for one in typed["parameters"]]
        return write_field_messages(
            services.schedules.check(asked), asked, names, attempted=bool(state.get("attempted"))
        )

    @app.callback(
        output=SAVED,
        inputs={
            "clicks": Input(ids.FORM_SAVE, "n_clicks"),
            "_kept": Input(component_ids.conflict_keep(CONFLICT, ALL), "n_clicks"),
        },
        state={"view": State(ids.VIEW, "data"), "typed": TYPED},
        # a job on Databricks takes seconds to be made
        running=[
            (Output(ids.FORM_SAVE, "disabled"), True, False),
            (Output(ids.FORM_SAVING, "hidden"), False, True),
        ],
        prevent_initial_call=True,
    )
    def _save(clicks: int | None, _kept: Any, view: dict[str, Any], typed: Typed) -> Any:
        kept = read_kept_versions()
        if kept is None and find_pressed() != ids.FORM_SAVE:
            return no_update
        asked = read(typed) if kept is None else replace(read(typed), version=kept[0])
        return save(services, view, asked, typed["state"] or {}, clicks or 1)


def _register_browser(app: dash.Dash) -> None:
    """What happens in the browser alone: see assets/schedules/form.js."""
    app.clientside_callback(
        ClientsideFunction("schedules_form", "begun"),
        Input(ids.FORM_STATE, "data"),
        prevent_initial_call=True,
    )
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
        *[Input(id, "value") for id in FIELDS.values()],
        Input(ids.form_parameter(ALL), "value"),
        Input(ids.FORM_COLUMNS, "data"),
        Input(ids.FORM_STATE, "data"),
        prevent_initial_call=True,
    )


def open_form(
    services: Services, view: Mapping[str, Any], state: FormState | None, resets: int = 0, *, reset: bool
) -> Any:
    """The values that the form begins with. What was typed into the same form, and not saved, stays.

    resets: how often the form was started over; assets/schedules/form.js waits for an answer that knows of the last.
    """
    without = view.get("without") or ""
    key = (
        f"edit:{view['edit']}:{without}"
        if view.get("edit")
        else (f"new:{view['new']}" if view.get("new") else None)
    )
    if key is None or (state and state.get("key") == key and not reset):
        return no_update
    queries = list_query_options([one for one in services.db.get_queries() if one.source == Source.LIVE])
    message: Any = None
    title, label = "New schedule", "Save schedule"
    begun = DEFAULTS
    destinations: dict[str, str] = {}
    if view.get("edit"):
        title, label = "Edit the schedule", "Save changes"
        try:
            schedule = services.schedules.get(int(view["edit"]))
            begun = ScheduleForm.from_schedule(schedule)
            destinations = dict(schedule.notifications.destinations)
            if without:
                begun, message = leave_out(begun, without)
            title = f"Edit the schedule of {schedule.target_table}"
        except InventoryError as error:
            message = error_alert(error)
    elif str(view["new"]).isdigit():
        begun = ScheduleForm(query_id=str(view["new"]), cron_expression=DEFAULTS.cron_expression)
    if not queries:
        message = note(
            "There is no saved query yet", "Write one in the IDE and save it: a schedule runs a saved query."
        )
    return {
        "values": {
            **{name: getattr(begun, name) for name in FIELDS if hasattr(begun, name)},
            **notifications.list_values(begun.notify),
            "table_kind": begun.table_kind or form.AS_QUERY,
            "query_id": str(begun.query_id) if begun.query_id else "",
            "adopt": False,
        },
        "queries": queries,
        "destinations": notify.list_options(destinations),
        "title": title,
        "save": label,
        "state": {
            "key": key,
            "resets": resets,
            "id": begun.schedule_id,
            "version": begun.version,
            "attempted": False,
            "parameters": dict(begun.parameters),
            "query": None,
            "suggested": "",
            "columns": list(begun.columns),
            "destinations": destinations,
        },
        "columns": None,
        "preview_id": None,
        "preview": None,
        "message": message,
    }


def leave_out(begun: ScheduleForm, scope: str) -> tuple[ScheduleForm, Any]:
    """The form without a scope's value, and what is said about it. scope: its key, as an address carries it."""
    try:
        values = json.loads(scope)
        left_out = Scope({str(name): str(value) for name, value in values.items()})
    except (ValueError, AttributeError):
        return begun, note(
            "The address names no scope", "The form is of the schedule as it is saved.", "warning"
        )
    try:
        return begun.without(left_out), note(
            "Taken out, not saved yet",
            f"{left_out.label} is no longer among the values below. Once it is saved, the next run that succeeds"
            " removes its rows from the table.",
        )
    except InventoryError as error:
        return begun, error_alert(error)


def list_query_options(queries: Sequence[Query]) -> list[dict[str, str]]:
    """The saved queries to choose from, with the provider where it is known."""
    return [
        {
            "label": f"{query.name} ({query.provider})" if query.provider else query.name,
            "value": str(query.id),
        }
        for query in queries
    ]


def choose_query(services: Services, query: Any, state: FormState | None, typed: Mapping[str, str]) -> Any:
    """The parameters' fields, what is worth knowing of the query, and the state with a name for the table.

    Values that were typed for a parameter stay where the new query has it as well. A preview says nothing of another
    query: it goes, and one under way ends by its lease.
    """
    if not state or not state.get("key") or (state.get("query") == query and query):
        return no_update
    if not str(query or "").isdigit():
        return update(CHOSEN, fields=[], note=[], preview_id=None, preview=None)
    id = state.get("id")
    try:
        facts = services.schedules.find_query_facts(int(query), id)
    except InventoryError as error:
        known = {**state, "query": query}
        return {"fields": [], "note": error_alert(error), "state": known, "preview_id": None, "preview": None}
    # the form's own values on opening, later those that are typed
    values = {**state.get("parameters", {}), **(typed if state.get("query") else {})}
    suggested = facts.table if id is None else ""
    return {
        "fields": form_parts.parameter_fields(facts.parameters, facts.remembered, values),
        "note": form_parts.query_note(facts.warnings, facts.feeds, facts.resource, facts.keepers, facts.kind),
        "state": {**state, "query": query, "parameters": values, "suggested": suggested},
        "preview_id": None,
        "preview": None,
    }


def read(typed: Typed) -> ScheduleForm:
    """The form as typed. typed: what TYPED names."""
    values, state, known = typed["values"], typed["state"] or {}, typed["columns"] or {}
    query = values["query_id"]
    return ScheduleForm(
        query_id=query,
        parameters=_map_by_name(typed["parameters"], typed["listed"]),
        cron_expression=values["cron_expression"] or "",
        timezone=(values["timezone"] or "").strip(),
        target_schema=(values["target_schema"] or "").strip(),
        target_table=(values["target_table"] or "").strip(),
        write_mode=values["write_mode"] or "",
        key_columns=values["key_columns"] or "",
        ignored_columns=values["ignored_columns"] or "",
        unordered_columns=values["unordered_columns"] or "",
        ordered_columns=values["ordered_columns"] or "",
        allow_empty=bool(values["allow_empty"]),
        adds_only=bool(values["adds_only"]),
        retention_days=str(values["retention_days"] or ""),
        table_kind="" if values["table_kind"] in (None, form.AS_QUERY) else values["table_kind"],
        owner=values["owner"] or "",
        description=values["description"] or "",
        notify=notifications.read_values(values, "notify_"),
        adopt=bool(values["adopt"]),
        schedule_id=state.get("id"),
        version=state.get("version"),
        # a preview of another query says nothing of this one
        columns=tuple(known.get("names", ())) if str(known.get("query")) == str(query) else (),
    )


def _map_by_name(parameters: Sequence[Mapping[str, str]], listed: Sequence[str | None]) -> dict[str, str]:
    """Parameter → what is typed for it. parameters: the ids of the fields."""
    return {one["name"]: value or "" for one, value in zip(parameters, listed, strict=True)}


def write_field_messages(
    checked: Checked, asked: ScheduleForm, parameters: Sequence[str], *, attempted: bool
) -> dict[str, Any]:
    """What stands under each control. A field that is still empty is not blamed before the first try to save.

    parameters: those that have a field.
    """

    def find_shown(field: str, value: Any) -> InventoryError | None:
        return checked.problems.get(field) if attempted or str(value or "").strip() else None

    typed = {**vars(asked), **notifications.list_values(asked.notify)}
    problems = {name: find_shown(name, typed[name]) for name in form.CONTROLS}
    others = {name: checked.problems.get(name) for name in form.OTHERS}
    if not attempted and not asked.query_id:
        others["adopt"] = None
    mine = [find_shown(f"{PARAMETER}{name}", asked.parameters.get(name)) for name in parameters]
    move = checked.notes.get("target_table", "")
    return {
        "problems": {name: form_parts.problem(one) for name, one in {**problems, **others}.items()},
        "invalid": {name: one is not None for name, one in problems.items()},
        "parameter_problems": [form_parts.problem(one) for one in mine],
        "parameter_invalid": [one is not None for one in mine],
        "count": form_parts.count_line(checked.scopes, bool(parameters), checked.notes.get("parameters", "")),
        "next": form_parts.next_times(
            checked.words, checked.next_times, asked.timezone, checked.notes.get("cron_expression", "")
        ),
        "notifications": notify.said(
            checked.notes.get("notifications", ""), checked.notes.get("notify_gone", "")
        ),
        "table_note": note("The old table stays", move, "info") if move else None,
        "no_adopting": not checked.adoptable,
        "to_correct": _count_to_correct(len(checked.problems)) if attempted else "",
    }


def _count_to_correct(count: int) -> str:
    return f"{format_count(count, 'field')} to correct" if count else ""


def save(
    services: Services, view: Mapping[str, Any], asked: ScheduleForm, state: FormState, clicks: int
) -> dict[str, Any]:
    """Save the form; on a problem it stays open, with the problem told where it is, or with the newer version."""
    try:
        saved = (
            services.schedules.create(asked)
            if asked.schedule_id is None
            else services.schedules.update(asked)
        )
    except VersionConflict as error:
        return update(SAVED, message=conflict(CONFLICT, error))
    except InventoryError as error:
        field = getattr(error, "field", "")
        # what stands at its field need not be said twice
        known = field in TOLD or any(field in (name, f"{PARAMETER}{name}") for name in asked.parameters)
        message = None if known else error_alert(error)
        return update(SAVED, state={**state, "attempted": clicks}, message=message)
    closed = {**view, "new": "", "edit": None, "without": ""}
    if saved.job_error:
        # the panel tells why there is no job, with a retry
        closed |= {"schedule": saved.id, "run": None}
    return {"view": closed, "changed": f"saved {clicks} {saved.id}", "state": {}, "message": None}
