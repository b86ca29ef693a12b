"""The form of a schedule, new or edited: every field says what is wrong with it where it stands.

Its buttons that fill fields (times, regions, key columns) carry what they fill in `data-` attributes, and
assets/schedules/form.js does it.
"""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.page import Children, icon
from services.models.core import INVENTORY_SCHEMA

MODAL = "schedules_form"
TITLE = "schedules_form_title"
STATE = "schedules_form_state"
SETTLED = "schedules_form_settled"
QUERY = "schedules_form_query"
QUERY_NOTE = "schedules_form_query_note"
PARAMETERS = "schedules_form_parameters"
PARAMETER = "schedules_form_parameter"
PARAMETER_ERROR = "schedules_form_parameter_error"
COUNT = "schedules_form_count"
CRON = "schedules_form_cron"
TIMEZONE = "schedules_form_timezone"
NEXT = "schedules_form_next"
SCHEMA = "schedules_form_schema"
TABLE = "schedules_form_table"
TABLE_NOTE = "schedules_form_table_note"
ADOPT = "schedules_form_adopt"
ADOPT_BOX = "schedules_form_adopt_box"
MODE = "schedules_form_mode"
KEYS = "schedules_form_keys"
IGNORED = "schedules_form_ignored"
PREVIEW = "schedules_form_preview"
PREVIEW_CANCEL = "schedules_form_preview_cancel"
PREVIEW_ID = "schedules_form_preview_id"
PREVIEW_TICK = "schedules_form_preview_tick"
PREVIEW_RESULT = "schedules_form_preview_result"
COLUMNS = "schedules_form_columns"
EMPTY = "schedules_form_empty"
RETENTION = "schedules_form_retention"
MESSAGE = "schedules_form_message"
PROBLEMS = "schedules_form_problems"
SAVE = "schedules_form_save"
RESET = "schedules_form_reset"
ZONES = "schedules_form_zones"

# field of the service's form → the id of its control
CONTROLS = {
    "query_id": QUERY,
    "cron_expression": CRON,
    "timezone": TIMEZONE,
    "target_schema": SCHEMA,
    "target_table": TABLE,
    "key_columns": KEYS,
    "ignored_columns": IGNORED,
    "retention_days": RETENTION,
}
# fields whose controls have no `invalid`
OTHERS = ("write_mode", "adopt")

PRESETS = (
    ("Hourly", "0 * * * *"),
    ("Every 6 hours", "0 */6 * * *"),
    ("Daily 06:00", "0 6 * * *"),
    ("Weekdays 06:00", "0 6 * * 1-5"),
    ("Weekly, Monday 06:00", "0 6 * * 1"),
    ("Monthly, the 1st 06:00", "0 6 1 * *"),
)


def error_id(field: str) -> str:
    """The id of the line under a control that says what is wrong with it."""
    return f"schedules_form_error_{field}"


def form() -> html.Dialog:
    """The dialog, closed and empty."""
    return html.Dialog(
        [
            html.Div(
                [
                    html.H2("New schedule", id=TITLE),
                    html.Button(
                        icon("bi-x-lg"), type="button", className="icon-button", title="Close (Esc)",
                        **{"data-form": "close", "aria-label": "Close the form"},
                    ),
                ],
                className="form-head",
            ),
            html.Div(
                [
                    *[dcc.Store(id=id) for id in (STATE, SETTLED, PREVIEW_ID, COLUMNS)],
                    dcc.Interval(id=PREVIEW_TICK, interval=400, disabled=True),
                    # filled by the browser, which knows the zones: hundreds of components would slow the page down
                    html.Datalist(id=ZONES),
                    html.Div(id=MESSAGE, role="alert"),
                    _what(),
                    _when(),
                    _where(),
                    _rows(),
                    _rest(),
                ],
                className="form-body",
            ),
            html.Div(
                [
                    html.Button("Start over", id=RESET, type="button", className="btn btn-link"),
                    html.Span(id=PROBLEMS, className="form-problems me-auto", role="status"),
                    html.Button(
                        "Cancel", type="button", className="btn btn-outline-secondary", **{"data-form": "close"}
                    ),
                    dbc.Button("Save schedule", id=SAVE, color="primary"),
                ],
                className="form-foot",
            ),
        ],
        id=MODAL,
        className="schedules-form",
        **{"aria-labelledby": TITLE},
    )  # fmt: skip


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
            html.Div(id=error_id(field), className="field-error", **{"aria-live": "polite"}),
            html.Div(help, className="form-text") if help else None,
        ],
        className="form-field",
    )


def _code_input(id: str, placeholder: str, value: str = "") -> dbc.Input:
    return dbc.Input(id=id, value=value, placeholder=placeholder, className="mono", autocomplete="off")


def _what() -> html.Fieldset:
    return _section(
        "What it reads",
        _field("Query", dbc.Select(id=QUERY, options=[], placeholder="Choose a saved query"), "query_id"),
        html.Div(id=QUERY_NOTE),
        html.Div(id=PARAMETERS),
        html.Div(id=COUNT, className="form-count", **{"aria-live": "polite"}),
    )


def _when() -> html.Fieldset:
    presets = [
        html.Button(words, type="button", className="chip", **{"data-form": "cron", "data-value": cron})
        for words, cron in PRESETS
    ]
    return _section(
        "When it runs",
        html.Div(presets, className="chips", role="group", **{"aria-label": "Usual times"}),
        html.Div(
            [
                _field(
                    "Cron expression",
                    _code_input(CRON, "0 6 * * 1-5"),
                    "cron_expression",
                    "Minute, hour, day of month, month, day of week",
                ),
                _field(
                    "Time zone",
                    dbc.Input(id=TIMEZONE, list=ZONES, value="UTC", autocomplete="off"),
                    "timezone",
                ),
            ],
            className="form-pair",
        ),
        html.Div(id=NEXT, className="form-next", **{"aria-live": "polite"}),
    )


def _where() -> html.Fieldset:
    return _section(
        "Where it writes",
        html.Div(
            [
                _field(
                    "Table",
                    _code_input(TABLE, "aws_ec2_instances"),
                    "target_table",
                    "Made with the first run. One table belongs to one schedule.",
                ),
                _field(
                    "Schema",
                    _code_input(SCHEMA, INVENTORY_SCHEMA, INVENTORY_SCHEMA),
                    "target_schema",
                ),
            ],
            className="form-pair",
        ),
        html.Div(id=TABLE_NOTE),
        html.Div(
            [
                dbc.Checkbox(
                    id=ADOPT, label="Take this table over, with the rows that are in it", value=False
                ),
                html.Div(id=error_id("adopt"), className="field-error", **{"aria-live": "polite"}),
            ],
            id=ADOPT_BOX,
            hidden=True,
        ),
        html.Div(
            [
                html.Span("How rows are written", className="form-label", id=f"{MODE}_label"),
                dbc.RadioItems(
                    id=MODE,
                    value="replace",
                    options=[
                        {
                            "label": "Replace: keep the table as the cloud is now, and record what changed",
                            "value": "replace",
                        },
                        {"label": "Append: keep every run's rows, marked with the run", "value": "append"},
                    ],
                ),
                html.Div(id=error_id("write_mode"), className="field-error", **{"aria-live": "polite"}),
            ],
            className="form-field",
            role="group",
            **{"aria-labelledby": f"{MODE}_label"},
        ),
    )


def _rows() -> html.Fieldset:
    return _section(
        "What makes a row the same row",
        html.Div(
            [
                html.Button(
                    [icon("bi-stars"), html.Span("Suggest from a preview")], id=PREVIEW, type="button",
                    className="btn btn-outline-secondary",
                ),
                html.Button(
                    "Cancel the preview", id=PREVIEW_CANCEL, type="button", className="btn btn-outline-secondary",
                    hidden=True,
                ),
                html.Span("Runs the query once, for the first value of each parameter.", className="form-text"),
            ],
            className="form-preview-bar",
        ),
        html.Div(id=PREVIEW_RESULT, **{"aria-live": "polite"}),
        html.Div(
            [
                _field(
                    "Key columns",
                    _code_input(KEYS, "instance_id"),
                    "key_columns",
                    "Their values tell one resource from another. Empty: the whole row, so that a change is a removal"
                    " and an addition.",
                ),
                _field(
                    "Ignored columns",
                    _code_input(IGNORED, "last_seen"),
                    "ignored_columns",
                    "A row in which only these differ has not changed.",
                ),
            ],
            className="form-pair",
        ),
    )  # fmt: skip


def _rest() -> html.Fieldset:
    return _section(
        "Safety and history",
        dbc.Checkbox(
            id=EMPTY,
            label="Believe an empty answer even where there were rows; otherwise they are kept, and the scope is held",
            value=False,
        ),
        _field(
            "Keep changes for, in days",
            dbc.Input(
                id=RETENTION,
                inputmode="numeric",
                placeholder="for ever",
                autocomplete="off",
                className="short",
            ),
            "retention_days",
            "Older changes are removed; in append mode older rows too. Empty keeps everything.",
        ),
    )
