"""Whom schedules tell: the destinations to choose from, and the dialog that sets them for several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, no_update

from callbacks.outputs import update
from callbacks.presses import find_pressed
from callbacks.schedules.actions import parse_id
from layouts.schedules import form_parts, ids, notify
from services import Services
from services.models.core import Notifications
from services.schedule_service.notifications import TypedNotifications, describe_gone

OPTIONS, NOTE = "destinations", "listed"
# the dialog's controls; what stands in them is PARTS of layouts/schedules/notify.py
BULK_VALUES = {part: Output(ids.notify(notify.BULK, part), "value") for part in notify.PARTS}
BULK_ASKED = {
    "is_open": Output(ids.BULK_NOTIFY, "is_open"),
    "title": Output(ids.BULK_NOTIFY_TITLE, "children"),
    "options": Output(ids.notify(notify.BULK, OPTIONS), "options"),
    "note": Output(ids.notify(notify.BULK, NOTE), "children"),
    "values": BULK_VALUES,
}
BULK_CHECKED = {
    "problems": {part: Output(ids.notify_error(notify.BULK, part), "children") for part in notify.PARTS},
    "said": Output(ids.notify(notify.BULK, "said"), "children"),
    "checked": Output(ids.BULK_NOTIFY_CHECKED, "data"),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the callbacks of notifications, but for what the form checks and saves."""

    @app.callback(
        Input(ids.FORM_STATE, "data"),
        Input(ids.notify_again(ALL), "n_clicks"),
        State(ids.notify(notify.FORM, "destinations"), "value"),
        State(ids.FORM_NOTIFY_FOR, "data"),
        output={
            "options": Output(ids.notify(notify.FORM, OPTIONS), "options", allow_duplicate=True),
            "note": Output(ids.notify(notify.FORM, NOTE), "children"),
            "listed": Output(ids.FORM_NOTIFY_FOR, "data"),
        },
        prevent_initial_call=True,
    )
    def _list(
        state: dict[str, Any] | None, _clicks: list[int | None], _chosen: list[str] | None, listed: Any
    ) -> Any:
        again, mine = was_asked_again(notify.FORM), name_form(state)
        if not mine or (mine == listed and not again):
            return no_update
        return {**list_destinations(services, (state or {}).get("destinations"), again=again), "listed": mine}

    @app.callback(Input(ids.BULK_NOTIFY_ASKED, "data"), output=BULK_ASKED, prevent_initial_call=True)
    def _ask(asked: dict[str, Any] | None) -> Any:
        return open_dialog(services, asked) if asked else no_update

    @app.callback(
        Input(ids.notify_again(ALL), "n_clicks"),
        State(ids.BULK_NOTIFY_ASKED, "data"),
        output={
            "options": Output(ids.notify(notify.BULK, OPTIONS), "options", allow_duplicate=True),
            "note": Output(ids.notify(notify.BULK, NOTE), "children", allow_duplicate=True),
        },
        prevent_initial_call=True,
    )
    def _look_again(_clicks: list[int | None], asked: dict[str, Any] | None) -> Any:
        if not asked or not was_asked_again(notify.BULK):
            return no_update
        begun = open_dialog(services, asked, again=True)
        return {name: begun[name] for name in ("options", "note")}

    @app.callback(
        output=BULK_CHECKED,
        inputs={
            "clicks": Input(ids.BULK_NOTIFY_SAVE, "n_clicks"),
            "typed": {part: Input(ids.notify(notify.BULK, part), "value") for part in notify.PARTS},
        },
        state={"asked": State(ids.BULK_NOTIFY_ASKED, "data")},
        prevent_initial_call=True,
    )
    def _check(clicks: int | None, typed: dict[str, Any], asked: dict[str, Any] | None) -> Any:
        pressed = find_pressed() == ids.BULK_NOTIFY_SAVE
        return check_dialog(services, typed, asked or {}, clicks if pressed else None)

    app.clientside_callback(
        ClientsideFunction("schedules_bulk", "notified"),
        Output(ids.BULK_NOTIFY, "is_open", allow_duplicate=True),
        Input(ids.BULK_NOTIFY_CHECKED, "data"),
        prevent_initial_call=True,
    )


def was_asked_again(place: str) -> bool:
    """The button that looks again was pressed at this place."""
    pressed = find_pressed()
    return isinstance(pressed, dict) and pressed.get("place") == place


def name_form(state: Mapping[str, Any] | None) -> str:
    """Which form is shown, with how often it was started over; empty where there is none."""
    return f"{state['key']} {state.get('resets', 0)}" if state and state.get("key") else ""


def list_values(typed: TypedNotifications) -> dict[str, Any]:
    """A field of the form → what stands in its control."""
    return {
        "notify_emails": typed.emails,
        "notify_destinations": list(typed.destinations),
        "notify_failure": typed.on_failure,
        "notify_minutes": typed.minutes,
    }


def read_values(typed: Mapping[str, Any], prefix: str = "") -> TypedNotifications:
    """What stands in the controls, as the service takes it. prefix: of the names of the parts."""
    values = {part: typed.get(f"{prefix}{part}") for part in notify.PARTS}
    chosen = values["destinations"]
    return TypedNotifications(
        str(values["emails"] or ""),
        tuple(str(one) for one in chosen) if isinstance(chosen, list | tuple) else (),
        bool(values["failure"]),
        str(values["minutes"] or ""),
    )


def list_destinations(services: Services, chosen: Any, *, again: bool = False) -> dict[str, Any]:
    """The options of the form and what is to be known of them. chosen: id → name, of the schedule as it is saved."""
    choices = services.schedules.read_notification_choices(fresh=again)
    kept = {str(id): str(name) for id, name in chosen.items()} if isinstance(chosen, dict) else {}
    return {"options": notify.list_options(kept, choices), "note": notify.list_note(notify.FORM, choices)}


def open_dialog(services: Services, asked: Mapping[str, Any], *, again: bool = False) -> dict[str, Any]:
    """The dialog for the chosen schedules, which begins with what all of them have, where they have the same.

    again: ask the workspace anew.
    """
    chosen = {parse_id(one) for one in asked.get("ids") or []}
    those = [one for one in services.schedules.list_schedules() if one.id in chosen]
    has_one = len({repr(one.notifications.as_record()) for one in those}) == 1
    begun = those[0].notifications if has_one else Notifications()
    choices = services.schedules.read_notification_choices(fresh=again)
    values = list_values(TypedNotifications.from_notifications(begun))
    return {
        "is_open": True,
        "title": notify.title([one.target_table for one in those]),
        "options": notify.list_options(begun.destinations, choices),
        "note": notify.list_note(notify.BULK, choices),
        "values": {part: values[f"notify_{part}"] for part in notify.PARTS},
    }


def check_dialog(
    services: Services, typed: Mapping[str, Any], asked: Mapping[str, Any], pressed: int | None
) -> dict[str, Any]:
    """What is said of the dialog as typed. pressed: the press of its button, after which
    assets/schedules/bulk.js begins.

    Each schedule is checked again by itself, where one that tells a destination that is gone keeps its name.
    """
    checked = services.schedules.check_notifications(
        read_values(typed), [parse_id(one) for one in asked.get("ids") or []]
    )
    problems = {part: form_parts.problem(checked.problems.get(f"notify_{part}")) for part in notify.PARTS}
    words = checked.said if checked.problems else f"{checked.said} This replaces what they have."
    gone = describe_gone(checked.gone) if checked.gone else ""
    answer = update(BULK_CHECKED, problems=problems, said=notify.said(words, gone))
    if pressed is not None and not checked.problems:
        answer["checked"] = {"ids": asked.get("ids") or [], "notify": dict(typed), "at": pressed}
    return answer
