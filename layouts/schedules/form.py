"""The form of a schedule, new or edited: every field says what is wrong with it where it stands.

Its buttons that fill fields (times, regions, key columns) carry what they fill in `data-` attributes, and
assets/schedules/form.js does it.
"""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.page import Children, icon
from layouts.schedules import ids, notify
from services.models.core import INVENTORY_SCHEMA, TableKind, WriteMode
from services.models.wording import describe_table_kind, describe_write_mode

STORES = (
    ids.FORM_STATE,
    ids.FORM_SETTLED,
    ids.FORM_PREVIEW_ID,
    ids.FORM_PREVIEW_SHOWN,
    ids.FORM_COLUMNS,
    ids.FORM_NOTIFY_FOR,
)
# field of the service's form → the id of its control
CONTROLS = {
    "query_id": ids.FORM_QUERY,
    "cron_expression": ids.FORM_CRON,
    "timezone": ids.FORM_TIMEZONE,
    "target_schema": ids.FORM_SCHEMA,
    "target_table": ids.FORM_TABLE,
    "key_columns": ids.FORM_KEYS,
    "ignored_columns": ids.FORM_IGNORED,
    "unordered_columns": ids.FORM_UNORDERED,
    "ordered_columns": ids.FORM_ORDERED,
    "retention_days": ids.FORM_RETENTION,
    "owner": ids.FORM_OWNER,
    "description": ids.FORM_DESCRIPTION,
    "notify_emails": ids.notify(notify.FORM, "emails"),
    "notify_minutes": ids.notify(notify.FORM, "minutes"),
}
# Bootstrap's select cannot hold "", so "*" stands for what the query says
AS_QUERY = "*"
# fields whose controls have no `invalid`
OTHERS = ("write_mode", "adopt", "table_kind", "notify_destinations", "notify_failure")

PRESETS = (
    ("Hourly", "0 * * * *"),
    ("Every 6 hours", "0 */6 * * *"),
    ("Daily 06:00", "0 6 * * *"),
    ("Weekdays 06:00", "0 6 * * 1-5"),
    ("Weekly, Monday 06:00", "0 6 * * 1"),
    ("Monthly, the 1st 06:00", "0 6 1 * *"),
)


def form() -> html.Dialog:
    """The dialog, closed and empty."""
    return html.Dialog(
        [
            html.Div(
                [
                    html.H2("New schedule", id=ids.FORM_TITLE),
                    html.Button(
                        icon("bi-x-lg"),
                        type="button",
                        className="icon-button",
                        title="Close (Esc)",
                        **{"data-form": "close", "aria-label": "Close the form"},
                    ),
                ],
                className="form-head",
            ),
            html.Div(
                [
                    *[dcc.Store(id=id) for id in STORES],
                    dcc.Interval(id=ids.FORM_PREVIEW_TICK, interval=400, disabled=True),
                    # filled by the browser, which knows the zones: hundreds of components would slow the page down
                    html.Datalist(id=ids.FORM_ZONES),
                    html.Div(id=ids.FORM_MESSAGE, role="alert"),
                    _what(),
                    _when(),
                    _where(),
                    _rows(),
                    _rest(),
                    _who(),
                    _section("Notifications", *notify.controls(notify.FORM)),
                ],
                className="form-body",
            ),
            html.Div(
                [
                    html.Button("Start over", id=ids.FORM_RESET, type="button", className="btn btn-link"),
                    html.Span(id=ids.FORM_PROBLEMS, className="form-problems me-auto", role="status"),
                    html.Button(
                        "Cancel",
                        type="button",
                        className="btn btn-outline-secondary",
                        **{"data-form": "close"},
                    ),
                    html.Span(
                        [dbc.Spinner(size="sm"), html.Span("Saving the schedule and its job …")],
                        id=ids.FORM_SAVING,
                        className="form-saving",
                        role="status",
                        hidden=True,
                    ),
                    dbc.Button("Save schedule", id=ids.FORM_SAVE, color="primary"),
                ],
                className="form-foot",
            ),
        ],
        id=ids.FORM,
        className="schedules-form",
        **{"aria-labelledby": ids.FORM_TITLE},
    )


def _section(title: str, *children: Any) -> html.Fieldset:
    return html.Fieldset([html.Legend(title), *children], className="form-section")


def _field(
    label: str, control: Any, field: str, help: Children = None, target: str | None = None
) -> html.Div:
    """A control under its label, with its help and the line for its problem."""
    return html.Div(
        [
            html.Label(label, htmlFor=target or CONTROLS.get(field), className="form-label"),
            control,
            html.Div(id=ids.form_error(field), className="field-error", **{"aria-live": "polite"}),
            html.Div(help, className="form-text") if help else None,
        ],
        className="form-field",
    )


def _code_input(id: str, placeholder: str, value: str = "") -> dbc.Input:
    return dbc.Input(id=id, value=value, placeholder=placeholder, className="mono", autocomplete="off")


def _what() -> html.Fieldset:
    return _section(
        "What it reads",
        _field(
            "Query", dbc.Select(id=ids.FORM_QUERY, options=[], placeholder="Choose a saved query"), "query_id"
        ),
        html.Div(id=ids.FORM_QUERY_NOTE),
        html.Div(id=ids.FORM_PARAMETERS),
        html.Div(id=ids.FORM_COUNT, className="form-count", **{"aria-live": "polite"}),
    )


def _when() -> html.Fieldset:
    presets = [
        html.Button(words, type="button", className="pill", **{"data-form": "cron", "data-value": cron})
        for words, cron in PRESETS
    ]
    return _section(
        "When it runs",
        html.Div(presets, className="pills", role="group", **{"aria-label": "Usual times"}),
        html.Div(
            [
                _field(
                    "Cron expression",
                    _code_input(ids.FORM_CRON, "0 6 * * 1-5"),
                    "cron_expression",
                    "Minute, hour, day of month, month, day of week",
                ),
                _field(
                    "Time zone",
                    dbc.Input(id=ids.FORM_TIMEZONE, list=ids.FORM_ZONES, value="UTC", autocomplete="off"),
                    "timezone",
                ),
            ],
            className="form-pair",
        ),
        html.Div(id=ids.FORM_NEXT, className="form-next", **{"aria-live": "polite"}),
    )


def _where() -> html.Fieldset:
    return _section(
        "Where it writes",
        html.Div(
            [
                _field(
                    "Table",
                    _code_input(ids.FORM_TABLE, "aws_ec2_instances"),
                    "target_table",
                    "The first run creates it. One table belongs to one schedule.",
                ),
                _field(
                    "Schema",
                    _code_input(ids.FORM_SCHEMA, INVENTORY_SCHEMA, INVENTORY_SCHEMA),
                    "target_schema",
                ),
            ],
            className="form-pair",
        ),
        html.Div(id=ids.FORM_TABLE_NOTE),
        html.Div(
            [
                dbc.Checkbox(id=ids.FORM_ADOPT, label="Take over this table with its rows", value=False),
                html.Div(id=ids.form_error("adopt"), className="field-error", **{"aria-live": "polite"}),
            ],
            id=ids.FORM_ADOPT_BOX,
            hidden=True,
        ),
        html.Div(
            [
                html.Span("How rows are written", className="form-label", id=ids.FORM_MODE_LABEL),
                dbc.RadioItems(
                    id=ids.FORM_MODE,
                    value=WriteMode.REPLACE.value,
                    options=[
                        {"label": f"{mode.capitalize()}: {describe_write_mode(mode)}", "value": mode.value}
                        for mode in WriteMode
                    ],
                ),
                html.Div(id=ids.form_error("write_mode"), className="field-error", **{"aria-live": "polite"}),
            ],
            className="form-field",
            role="group",
            **{"aria-labelledby": ids.FORM_MODE_LABEL},
        ),
        _kind(),
    )


def _kind() -> html.Div:
    return _field(
        "What its rows are",
        dbc.Select(
            id=ids.FORM_KIND,
            value=AS_QUERY,
            options=[
                {"label": describe_table_kind(kind).capitalize(), "value": kind or AS_QUERY}
                for kind in ("", *TableKind)
            ],
        ),
        "table_kind",
        "A resource that several tables hold counts once. Findings and counts are shown, and are no inventory.",
        ids.FORM_KIND,
    )


def _rows() -> html.Fieldset:
    return _section(
        "Key, and what counts as a change",
        html.Div(
            [
                html.Button(
                    [icon("bi-stars"), html.Span("Suggest from a preview")],
                    id=ids.FORM_PREVIEW,
                    type="button",
                    className="btn btn-outline-secondary",
                ),
                html.Button(
                    "Cancel the preview",
                    id=ids.FORM_PREVIEW_CANCEL,
                    type="button",
                    className="btn btn-outline-secondary",
                    hidden=True,
                ),
                html.Span(
                    "Runs the query once, for the first value of each parameter.", className="form-text"
                ),
            ],
            className="form-preview-bar",
        ),
        html.Div(id=ids.FORM_PREVIEW_RESULT, **{"aria-live": "polite"}),
        html.Div(
            [
                _field(
                    "Key",
                    _code_input(ids.FORM_KEYS, "instance_id"),
                    "key_columns",
                    "The columns that tell one resource from another. Empty means the whole row: a change then counts"
                    " as one removed and one added.",
                ),
                _field(
                    "Ignored columns",
                    _code_input(ids.FORM_IGNORED, "last_seen"),
                    "ignored_columns",
                    "A row is unchanged where only these differ.",
                ),
            ],
            className="form-pair",
        ),
        html.Div(
            [
                _field(
                    "Lists without order",
                    _code_input(ids.FORM_UNORDERED, "policy_document"),
                    "unordered_columns",
                    "JSON columns in which another order of a list is no change. Tags and lists of ids need not be"
                    " named.",
                ),
                _field(
                    "Lists with order",
                    _code_input(ids.FORM_ORDERED, "nameserver_ids"),
                    "ordered_columns",
                    "JSON columns in which another order is a change, of tags and lists of ids too.",
                ),
            ],
            className="form-pair",
        ),
    )


def _rest() -> html.Fieldset:
    return _section(
        "Safety and history",
        dbc.Checkbox(
            id=ids.FORM_EMPTY,
            label="When a region, project or account answers empty, remove its rows. Otherwise they are kept. Where all"
            " answer empty at once, they are kept for a day.",
            value=False,
        ),
        dbc.Checkbox(
            id=ids.FORM_ADDS_ONLY,
            label="Accept lists that StackQL cannot read to their end: they add and change rows, and remove none. Their"
            " coverage says so, and the run is not partial for it.",
            value=False,
        ),
        _field(
            "Days to keep changes",
            dbc.Input(
                id=ids.FORM_RETENTION,
                inputmode="numeric",
                placeholder="for ever",
                autocomplete="off",
                className="short",
            ),
            "retention_days",
            "Runs remove older changes, and in append mode older rows. Empty keeps everything.",
        ),
    )


def _who() -> html.Fieldset:
    return _section(
        "Whose it is",
        html.Div(
            [
                _field(
                    "Owner",
                    dbc.Input(id=ids.FORM_OWNER, placeholder="payments-oncall", autocomplete="off"),
                    "owner",
                    "A person or a team. Empty means who created it.",
                ),
                _field(
                    "Description",
                    dbc.Input(id=ids.FORM_DESCRIPTION, placeholder="What it is for", autocomplete="off"),
                    "description",
                ),
            ],
            className="form-pair",
        ),
    )
