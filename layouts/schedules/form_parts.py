"""What callbacks fill into a schedule's form: the parameters' fields, counts, next times, previews, problems."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import dash_bootstrap_components as dbc
from dash import html

from layouts.components.feedback import note
from layouts.components.figures import mark, number
from layouts.components.page import Children, icon
from layouts.schedules import ids
from services.models.core import InventoryError, TableKind
from services.models.coverage import COUNTED, apart
from services.models.wording import format_count, format_duration, format_exact_time


def parameter_fields(
    groups: Mapping[str, Mapping[str, Sequence[str]]],
    remembered: Mapping[str, Sequence[str]],
    typed: Mapping[str, str],
) -> list[html.Div]:
    """One field a parameter: name → groups of values to offer, values used before, and what is typed already."""
    return [
        _parameter(name, offered, remembered.get(name, ()), typed.get(name, ""))
        for name, offered in groups.items()
    ]


def _parameter(
    name: str, offered: Mapping[str, Sequence[str]], remembered: Sequence[str], typed: str
) -> html.Div:
    id = ids.form_parameter(name)
    buttons = [
        html.Button(
            [group, number(len(values), COUNTED, "pill-count")],
            type="button",
            className="pill",
            title=", ".join(values),
            **{"data-form": "values", "data-name": name, "data-value": "\n".join(values)},
        )
        for group, values in offered.items()
    ]
    buttons += [
        html.Button(
            value,
            type="button",
            className="pill remembered",
            title="Used before",
            **{"data-form": "values", "data-name": name, "data-value": value},
        )
        for value in remembered
    ]
    if buttons:
        buttons.append(
            html.Button(
                "Clear", type="button", className="pill quiet", **{"data-form": "clear", "data-name": name}
            )
        )
    return html.Div(
        [
            html.Label(
                ["Values of ", html.Code(f":{name}")],
                className="form-label",
                # as Dash writes such an id into the page
                htmlFor=json.dumps(id, sort_keys=True, separators=(",", ":")),
            ),
            html.Div(buttons, className="pills", role="group", **{"aria-label": f"Usual values of {name}"})
            if buttons
            else None,
            dbc.Textarea(
                id=id,
                value=typed,
                rows=2,
                className="mono",
                spellcheck=False,
                placeholder="one or more values, separated by commas or lines",
            ),
            html.Div(id=ids.form_parameter_error(name), className="field-error", **{"aria-live": "polite"}),
        ],
        className="form-field parameter-field",
    )


def query_note(
    warnings: Sequence[str],
    feeds: Sequence[str],
    resource: str = "",
    keepers: Sequence[str] = (),
    kind: TableKind = TableKind.INVENTORY,
) -> list[Children]:
    """What is worth knowing of the chosen query. keepers: the tables that keep its resource already."""
    parts: list[Children] = [note("Every run would fail", warning, "warning") for warning in warnings]
    if feeds:
        tables = ", ".join(feeds)
        parts.append(
            html.P(f"Other schedules of this query keep {tables} up to date.", className="form-text")
        )
    if keepers:
        words = f"{resource} is already kept in {', '.join(keepers)}. What both hold counts once."
        parts.append(note("Already in the inventory", words, "info"))
    if kind is TableKind.COUNTS:
        parts.append(
            html.P(
                "Each of its rows sums up others: they are counts, and no total counts them.",
                className="form-text",
            )
        )
    return parts


def count_line(scopes: int | None, parameters: bool, note_text: str = "") -> list[Children]:
    """How many combinations will be read, and what an edit takes away."""
    parts: list[Children] = []
    if scopes is not None and parameters:
        words = " to read in each run, one for each combination: a region, project or account."
        parts.append(html.Div([html.Strong(number(format_count(scopes, "scope"), COUNTED)), words]))
    if note_text:
        parts.append(note("A run will remove rows", note_text, "warning"))
    return parts


def next_times(words: str, times: Sequence[datetime], timezone: str, clock_changes: str = "") -> Children:
    """The cron in words, and when it fires next, in its zone. clock_changes: what they do to these times."""
    if not words and not times:
        return None
    listed = [
        html.Li(
            html.Time(
                format_exact_time(time),
                title=format_exact_time(time.astimezone(UTC)),
                dateTime=time.isoformat(),
            )
        )
        for time in times
    ]
    return [
        html.Div([icon("bi-clock"), " ", html.Strong(words or "At these times"), f" · {timezone}"]),
        html.Ol(listed, className="next-times", **{"aria-label": "Next five times"}),
        note("The clocks change", clock_changes, "info") if clock_changes else None,
    ]


def preview_result(
    scope: str,
    rows: int,
    complete: bool,
    columns: Sequence[tuple[str, int, int, str]],
    keys: Sequence[Sequence[str]],
) -> html.Div:
    """What a preview found. columns: name, distinct values, nulls, a sample. keys: suggestions, the best first."""
    if not rows:
        return html.Div(note("The preview is empty", f"{scope} has no rows to suggest a key from.", "info"))
    more = "" if complete else ", and there are more"
    suggestions: list[Children] = [
        html.Button(
            ", ".join(key),
            type="button",
            className="pill mono",
            title=f"Unique in all {rows:,} rows",
            **{"data-form": "keys", "data-value": "\n".join(key)},
        )
        for key in keys
    ]
    return html.Div(
        [
            html.P(
                [html.Strong(format_count(rows, "row")), f" of {scope}{more}. "]
                + (
                    ["Unique in all of them: ", html.Span(suggestions, className="pills inline")]
                    if keys
                    else ["No column or pair of columns is unique. Without a key, the whole row is the key."]
                ),
                className="preview-line",
            ),
            html.Div(
                html.Table(
                    [
                        html.Thead(
                            html.Tr(
                                [
                                    html.Th("Column", scope="col"),
                                    html.Th("Different values", scope="col"),
                                    html.Th("Empty", scope="col", className="number"),
                                    html.Th("Such as", scope="col"),
                                    html.Th(html.Span("Use as", className="visually-hidden"), scope="col"),
                                ]
                            )
                        ),
                        html.Tbody([_preview_row(*column, rows) for column in columns]),
                    ],
                    className="table preview-table",
                ),
                className="table-scroll",
            ),
        ],
        className="preview-result",
        **mark(apart("of the preview that has just run")),
    )


def _preview_row(name: str, distinct: int, nulls: int, sample: str, rows: int) -> html.Tr:
    unique = distinct == rows
    return html.Tr(
        [
            html.Td(name, className="mono"),
            html.Td(
                [
                    f"{distinct:,} of {rows:,}",
                    html.Span(" unique", className="tone-success") if unique else None,
                ]
            ),
            html.Td(f"{nulls:,}" if nulls else "–", className="number"),
            html.Td(sample, className="mono preview-sample", title=sample),
            html.Td(
                [
                    html.Button(
                        words,
                        type="button",
                        className="btn btn-link btn-sm",
                        **{"data-form": action, "data-value": name, "aria-label": f"{words} {name}"},
                    )
                    for words, action in (("Key", "key"), ("Ignore", "ignore"))
                ],
                className="preview-actions",
            ),
        ]
    )


def preview_running(elapsed: float) -> html.Div:
    """A preview under way."""
    return html.Div(
        [dbc.Spinner(size="sm", color="primary"), f" Running the query … {format_duration(elapsed)}"],
        className="preview-running",
        **mark(apart("of the preview that runs")),
    )


def problem(error: InventoryError | None) -> Children:
    """What stands under a control."""
    if error is None:
        return None
    return [html.Span(error.message), " ", html.Span(error.hint, className="field-hint")]
