"""Whom a schedule tells of failed and of long runs: the same controls in the form and for several schedules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from layouts.components.feedback import note
from layouts.components.page import Children, icon
from layouts.schedules import ids
from services.models.core import LOCAL_JOB, ListedSchedule, NotificationChoices
from services.models.wording import describe_notifications, format_count

FORM, BULK = "form", "bulk"
# the controls, each with the property that holds what is chosen
PARTS = ("emails", "destinations", "failure", "minutes")


def controls(place: str) -> list[Any]:
    """Whom, and of what; under them what will be sent. place: FORM or BULK."""
    people = ids.notify(place, "emails")
    minutes = ids.notify(place, "minutes")
    label = ids.notify(place, "label")
    return [
        html.Div(
            [
                html.Label("People", htmlFor=people, className="form-label"),
                dbc.Input(
                    id=people, placeholder="anna@example.com, payments@example.com", autocomplete="off"
                ),
                _problem(place, "emails"),
                html.Div("E-mail addresses, separated by commas.", className="form-text"),
            ],
            className="form-field",
        ),
        html.Div(
            [
                html.Span("Notification destinations", id=label, className="form-label"),
                dbc.Checklist(
                    id=ids.notify(place, "destinations"),
                    options=[],
                    value=[],
                    className="notify-destinations",
                ),
                _problem(place, "destinations"),
                html.Div(id=ids.notify(place, "listed"), **{"aria-live": "polite"}),
            ],
            className="form-field",
            role="group",
            **{"aria-labelledby": label},
        ),
        html.Div(
            [
                dbc.Checkbox(
                    id=ids.notify(place, "failure"),
                    label="When a run fails, or stays partial",
                    value=True,
                ),
                _problem(place, "failure"),
                html.Div(
                    [
                        html.Label("When a run takes longer than", htmlFor=minutes),
                        dbc.Input(id=minutes, inputmode="numeric", placeholder="never", autocomplete="off"),
                        html.Span("minutes"),
                    ],
                    className="notify-minutes",
                ),
                _problem(place, "minutes"),
            ],
            className="form-field notify-events",
        ),
        html.Div(id=ids.notify(place, "said"), className="notify-said", **{"aria-live": "polite"}),
    ]


def _problem(place: str, part: str) -> html.Div:
    return html.Div(id=ids.notify_error(place, part), className="field-error", **{"aria-live": "polite"})


def list_options(
    chosen: Mapping[str, str], choices: NotificationChoices | None = None
) -> list[dict[str, str]]:
    """The destinations to choose from. chosen: those of the schedule, which stay until they are taken out.

    choices: None while they are still looked for.
    """
    there = (choices.destinations if choices is not None else None) or {}
    known = choices is not None and choices.destinations is not None
    options = [
        {"label": f"{name} (gone from the workspace)" if known else name, "value": id}
        for id, name in chosen.items()
        if id not in there
    ]
    return options + [{"label": name, "value": id} for id, name in there.items()]


def list_note(place: str, choices: NotificationChoices) -> Children:
    """What is to be known of the destinations that can be chosen, and of what is sent in any case."""
    parts: list[Children] = []
    if not choices.sent:
        parts.append(
            note(
                "Nothing is sent from here",
                "Notifications are sent by a schedule's Databricks job, and this app runs without Databricks. What is"
                " set is kept with the schedule.",
            )
        )
    elif choices.destinations is None:
        again = html.Button(
            "Look again",
            id=ids.notify_again(place),
            type="button",
            className="btn btn-outline-secondary btn-sm",
        )
        words = f"{choices.unknown} What is chosen stays."
        parts.append(note("The workspace's destinations are not known", words, "warning", action=again))
    elif not choices.destinations:
        parts.append(
            html.Div(
                "The workspace has none. An administrator adds them in its settings: a Slack or Teams channel,"
                " PagerDuty, a webhook.",
                className="form-text",
            )
        )
    if choices.timeout_minutes is None:
        parts.append(
            html.Div("After how many minutes a run is ended is not known at present.", className="form-text")
        )
    if choices.always.tell_somebody:
        always = describe_notifications(choices.always)
        parts.append(html.Div(f"In any case the jobs' template tells {always}.", className="form-text"))
    return parts


def looking() -> html.Div:
    """Until the workspace has answered."""
    return html.Div("Looking for the workspace's destinations …", className="form-text")


def said(words: str, gone: str = "") -> Children:
    """What will be sent, to whom and when. gone: what is to be known of destinations that are no more."""
    return [
        html.P([icon("bi-bell"), " ", words], className="given") if words else None,
        note("A destination is gone", gone, "warning") if gone else None,
    ]


def bell(schedule: ListedSchedule) -> html.Span | None:
    """In the list: that somebody is told, and who on hover."""
    told = schedule.notifications
    if not told.tell_somebody:
        return None
    words = f"Tells {describe_notifications(told)}"
    count = len(told.emails) + len(told.destinations)
    return html.Span(
        [icon("bi-bell"), html.Span(f"tells {count:,}", className="visually-hidden")],
        className="notify-bell",
        title=words,
    )


def fact(schedule: ListedSchedule) -> str:
    """In the panel: who is told of what."""
    words = describe_notifications(schedule.notifications)
    local = (schedule.job_id or "").startswith(LOCAL_JOB) and schedule.notifications.tell_somebody
    return f"{words}. Only a job on Databricks sends them: from here nothing is." if local else words


def dialog() -> dbc.Modal:
    """Whom several schedules tell; assets/schedules/bulk.js says which."""
    return dbc.Modal(
        [
            dbc.ModalHeader(
                dbc.ModalTitle("Set notifications", id=ids.BULK_NOTIFY_TITLE, tag="h2"), close_button=True
            ),
            dbc.ModalBody(controls(BULK)),
            dbc.ModalFooter(
                [
                    dbc.Button("Cancel", color="secondary", outline=True, className="confirm-cancel"),
                    dbc.Button("Set notifications", id=ids.BULK_NOTIFY_SAVE, color="primary"),
                ]
            ),
        ],
        id=ids.BULK_NOTIFY,
        is_open=False,
        centered=True,
        class_name="notify-dialog",
        labelledby=ids.BULK_NOTIFY_TITLE,
    )


def title(named: Sequence[str]) -> str:
    """Of the dialog."""
    return f"Set the notifications of {named[0] if len(named) == 1 else format_count(len(named), 'schedule')}"
