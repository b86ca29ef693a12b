"""What stands below the editor: a result with its caption and tools, an error, or what to do first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components import ids as part_ids
from layouts.components.choosing import Option, segments
from layouts.components.exports import export_menu
from layouts.components.feedback import empty_state, note, relative_time
from layouts.components.figures import cover
from layouts.components.grid import fillable_grid, grid_total
from layouts.components.menu import entry
from layouts.components.page import Children, hidden_label, icon
from services.models.core import InventoryError
from services.models.coverage import Moments, NotApplicable, Reading
from services.models.wording import format_count, format_duration


def nothing_yet() -> html.Div:
    return empty_state(
        "bi-terminal",
        "Results appear here",
        [
            "Press Run or ",
            html.Kbd("Ctrl"),
            "+",
            html.Kbd("Enter"),
            " to run the statement under the cursor.",
        ],
        html.Button(
            "Start from a saved query",
            type="button",
            className="btn btn-outline-secondary btn-sm",
            **{"data-opens-pane": "Saved"},
        ),
    )


def failure_message(error: InventoryError, line: int | None = None, action: Children = None) -> html.Div:
    """Title, sentence, what to do, raw text behind "Details"; line: of the editor, to which its words lead."""
    words: list[Any] = [error.full_message]
    if line:
        link = html.Button(
            f"Line {line}",
            type="button",
            className="btn btn-link",
            title="Go to the line, which is marked in the editor",
            **{"data-editor-line": str(line)},
        )
        words = [link, ": ", error.full_message.removeprefix(f"Line {line}: ")]
    said = note(error.title, words, "danger", details=error.details, action=action)
    return html.Div(said, className="result-message result-error")


def providers_link() -> dcc.Link:
    """The way to the page on which credentials are mended."""
    return dcc.Link("Open Providers", href="/providers", className="btn btn-outline-secondary btn-sm")


def stop_message(title: str, message: str) -> html.Div:
    return html.Div(note(title, message, "info"), className="result-message")


def result_rows() -> html.Div:
    """The grid of the results, below what says of them; assets/ide/run.js fills it."""
    return html.Div(
        fillable_grid(
            part_ids.RESULT_GRID,
            label="Result",
            empty="Query returned no rows.",
            search_input=part_ids.RESULT_SEARCH,
        ),
        id=part_ids.RESULT_ROWS,
        className="result-grid",
    )


def result_head(
    *,
    rows: int,
    elapsed: float,
    finished_at: datetime,
    complete: bool,
    warnings: Sequence[str],
    row_limit: int,
    chat: bool,
) -> html.Div:
    """A result's caption, its tools and what has to be said about it; its rows are in `result_rows`."""
    reading = read_result(complete, finished_at)
    if not rows:
        return cover(
            [
                _warnings(warnings),
                empty_state(
                    "bi-inbox",
                    "Query returned no rows.",
                    f"It ran for {format_duration(elapsed)} without an error.",
                ),
            ],
            reading,
            "result-message",
        )
    caption = html.Div(
        [
            html.Strong(format_count(rows, "row"), className="result-rows"),
            html.Span(f" · {format_duration(elapsed)} · ", className="text-muted-2"),
            relative_time(finished_at),
            html.Span(f" · {format_count(len(warnings), 'warning')}", className="tone-warning")
            if warnings
            else None,
            grid_total(part_ids.RESULT_GRID, "result-filtered"),
        ],
        className="result-caption",
    )
    cut = None
    if not complete:
        reached = rows >= row_limit
        cut = note(
            f"Only the first {rows:,} rows are here" if reached else "The answer may be incomplete",
            f"The row limit is {row_limit:,}. Raise it in the toolbar, or narrow the query, and run again."
            if reached
            else "A page or row limit may have cut it. The warnings say more.",
            "warning",
        )
    return cover(
        [
            html.Div([caption, _tools(chat)], className="result-head"),
            cut,
            _warnings(warnings),
            html.Div(_drawing(), id=part_ids.RESULT_CHART, className="result-chart"),
        ],
        reading,
        "result",
    )


def read_result(complete: bool, finished_at: datetime) -> Reading:
    """How sure and how old a query's answer is."""
    sure = "the whole answer" if complete else "a part of the answer: the warnings say what may be missing"
    return Reading(NotApplicable(sure), Moments(finished_at, finished_at))


def _warnings(warnings: Sequence[str]) -> html.Details | None:
    if not warnings:
        return None
    return html.Details(
        [
            html.Summary([icon("bi-exclamation-triangle"), f" {format_count(len(warnings), 'warning')}"]),
            html.Ul([html.Li(warning) for warning in warnings]),
        ],
        className="result-warnings",
        open=len(warnings) <= 2,
    )


def _tools(chat: bool) -> html.Div:
    return html.Div(
        [
            hidden_label(
                "Filter rows",
                dbc.Input(id=part_ids.RESULT_SEARCH, type="search", placeholder="Filter rows", size="sm"),
            ),
            # whoever works on a chart runs the query again and again
            segments(
                part_ids.RESULT_VIEW,
                [Option("table", "Table"), Option("chart", "Chart")],
                "table",
                persistence=True,
                persistence_type="session",
            ),
            html.Button(
                [icon("bi-chat-square-text"), html.Span("Interpret", className="label")],
                id=part_ids.INTERPRET,
                type="button",
                className="btn btn-sm btn-outline-secondary",
                title="Send the first 20 rows to the assistant",
            )
            if chat
            else None,
            export_menu(
                part_ids.RESULT_GRID,
                lambda format, words: entry(words, id=part_ids.export(format)),
                shown=lambda format, words: entry(words, id=part_ids.export_shown(format)),
                more=[entry("Copy rows (up to 1,000)", "apart", id=part_ids.export("copy"))],
            ),
            html.Div(
                [
                    html.Div(
                        html.Div(
                            className="progress-bar",
                            role="progressbar",
                            **{"aria-valuemin": "0", "aria-valuemax": "100", "aria-label": "Export"},
                        ),
                        className="progress",
                    ),
                    html.Span(className="export-words"),
                ],
                id=part_ids.EXPORT_PROGRESS,
                className="export-progress",
                hidden=True,
            ),
        ],
        className="result-tools",
    )


def _drawing() -> html.Div:
    return html.Div(
        [html.Div(className="ide-spinner", **{"aria-hidden": "true"}), "Drawing the chart"],
        className="chart-waiting",
        role="status",
    )


def no_chart(words: str) -> Any:
    return empty_state("bi-bar-chart", "No chart", words)
