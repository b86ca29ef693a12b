"""What stands below the editor: the result of the tab in front, its quick chart, and Interpret."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, html, no_update

from layouts.components import ids as part_ids
from layouts.components import results
from layouts.components.builder import read_chosen
from layouts.components.drawing import GROWING, Grouped, draw_groups
from layouts.components.exports import FORMATS
from layouts.components.figures import MARKS
from layouts.components.markup import write_part
from layouts.components.points import draw_points
from layouts.ide import ids, quick_chart
from layouts.ide.page import move_line
from services import Services
from services.errors import rebuild_error
from services.models.chart_words import name_measure
from services.models.core import InventoryError
from services.models.coverage import Reading
from services.models.wording import format_duration
from services.query_service import QueryState, QueryStatus
from services.query_service.charts import Chart, Choice
from services.query_service.export import format_csv

TITLES = {QueryStatus.CANCELLED: "Cancelled"}


def register(app: dash.Dash, services: Services) -> None:
    """Register the results' callbacks."""

    @app.callback(
        output={
            "said": Output(ids.RESULTS, "children"),
            # the rows are as sure and as old as what stands above them says
            "sure": {name: Output(part_ids.RESULT_ROWS, name) for name in MARKS},
        },
        inputs=[Input(ids.SHOWN, "data")],
        prevent_initial_call=True,
    )
    def _show(shown: dict[str, Any] | None) -> dict[str, Any]:
        said = show_result(services, shown or {})
        return {"said": said, "sure": {name: getattr(said, name, None) for name in MARKS}}

    app.clientside_callback(
        ClientsideFunction("ide", "rendered"),
        Output(ids.SINK, "data", allow_duplicate=True),
        Input(ids.RESULTS, "children"),
        prevent_initial_call=True,
    )
    # Dash calls a callback for every input that arrives with a result: these two ask the browser first, so that the
    # server is not asked twice for nothing while the grid is drawn
    app.clientside_callback(
        ClientsideFunction("ide", "view"),
        Output(ids.CHART_REQUEST, "data"),
        Input(part_ids.RESULT_VIEW, "value"),
    )
    app.clientside_callback(
        ClientsideFunction("ide", "interpret"),
        Output(ids.INTERPRET_REQUEST, "data"),
        Input(part_ids.INTERPRET, "n_clicks"),
    )
    app.clientside_callback(
        ClientsideFunction("ide", "exportAs"),
        Output(ids.SINK, "data", allow_duplicate=True),
        *[Input(part_ids.export(name), "n_clicks") for name in (*FORMATS, "copy")],
        *[Input(part_ids.export_shown(name), "n_clicks") for name in FORMATS],
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("ide", "interpreted"),
        Output(ids.SINK, "data", allow_duplicate=True),
        Input(ids.PENDING_CHAT_PROMPT, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ids.PENDING_CHAT_PROMPT, "data", allow_duplicate=True),
        Input(ids.INTERPRET_REQUEST, "data"),
        State(ids.SHOWN, "data"),
        prevent_initial_call=True,
    )
    def _interpret(asked: int | None, shown: dict[str, Any] | None) -> Any:
        if not asked or not shown or not shown.get("id"):
            return no_update
        return write_interpretation(services, shown["id"])

    @app.callback(
        Output(part_ids.RESULT_CHART, "children"),
        Input(ids.CHART_REQUEST, "data"),
        State(ids.SHOWN, "data"),
        prevent_initial_call=True,
    )
    def _suggest(asked: int | None, shown: dict[str, Any] | None) -> Any:
        if not asked or not shown or not shown.get("id"):
            return no_update
        return suggest_chart(services, shown["id"])

    @app.callback(
        Output(ids.CHART_FIGURE, "children"),
        inputs={name: Input(id, "value") for name, id in ids.CHART_FIELDS.items()},
        state={"shown": State(ids.SHOWN, "data")},
        prevent_initial_call=True,
    )
    def _draw(shown: dict[str, Any], **fields: str | None) -> Any:
        chosen = read_chosen(fields)
        if not shown or not shown.get("id") or not chosen["by"]:
            return no_update
        choice = Choice(
            chosen["kind"], chosen["by"], chosen["of"], chosen["measure"], chosen["split"], chosen["filter"]
        )
        try:
            drawn = services.queries.results.chart(shown["id"], choice)
            return draw_graph(drawn, find_reading(services, shown["id"]))
        except InventoryError as error:
            return results.no_chart(error.full_message)


def show_result(services: Services, shown: dict[str, Any]) -> Any:
    """What to show for the store SHOWN: nothing yet, an error before the start, or a query's end."""
    if shown.get("error"):
        return show_failure(shown["error"], shown.get("line"))
    if not shown.get("id"):
        return results.nothing_yet()
    try:
        state = services.queries.runner.poll(shown["id"])
    except InventoryError as error:
        return results.failure_message(error)
    return show_end(services, state, shown.get("line"))


def show_failure(error: Mapping[str, Any], line: int | None) -> Any:
    """An error as it is kept; line: where it is in the editor's text, which may hold other statements before it."""
    rows = line - error["line"] if line and error.get("line") else 0
    shown = rebuild_error({**error, "message": move_line(error["message"], rows)})
    # where the words send people, a link leads them
    elsewhere = "Providers page" in shown.full_message
    return results.failure_message(shown, line, results.providers_link() if elsewhere else None)


def show_end(services: Services, state: QueryState, line: int | None) -> Any:
    """A query's end, by its status."""
    if not state.status.final:
        return None
    if state.status is QueryStatus.CANCELLED:
        message = f"It was stopped after {format_duration(state.elapsed)}; its process has ended."
        hint = (state.error or {}).get("message", "")
        return results.stop_message(
            "Cancelled", message if hint.startswith("It was cancelled") or not hint else f"{hint} {message}"
        )
    if state.status is not QueryStatus.SUCCEEDED:
        return show_failure(state.error or {"title": "The query failed", "message": ""}, line)
    return results.result_head(
        rows=state.rows,
        elapsed=state.elapsed,
        finished_at=find_end(state),
        complete=state.complete,
        warnings=state.warnings,
        row_limit=state.row_limit,
        chat=True,
    )


def write_interpretation(services: Services, id: str) -> dict[str, Any]:
    """The prompt of Interpret results: the statement and the first rows as a Markdown table."""
    text = f"Interpret these results: {services.queries.results.describe(id)}"
    return {"text": text, "mode": "results", "nonce": time.time()}


def suggest_chart(services: Services, id: str) -> Any:
    """The builder and the chart that the result's columns suggest."""
    chart = services.queries.results.chart(id)
    if chart.choice is None:
        return results.no_chart(chart.note)
    choice = chart.choice
    chosen = {
        "by": choice.x,
        "measure": choice.aggregate if choice.y else "count",
        "of": choice.y,
        "split": choice.group,
        "kind": choice.kind,
    }
    return [
        quick_chart.fields(chosen, chart.columns, chart.numbers),
        html.Div(
            draw_graph(chart, find_reading(services, id)), id=ids.CHART_FIGURE, className="chart-figure"
        ),
    ]


def find_reading(services: Services, id: str) -> Reading:
    """How sure and how old a query's result is."""
    state = services.queries.runner.poll(id)
    return results.read_result(state.complete, find_end(state))


def find_end(state: QueryState) -> datetime:
    """When a query ended."""
    return datetime.fromtimestamp(state.finished_at or time.time(), UTC)


def draw_graph(chart: Chart, reading: Reading) -> Any:
    """The chart with its numbers and its note. reading: of the result."""
    if chart.choice is None or not chart.series:
        return results.no_chart(chart.note or "There is nothing to draw.")
    choice, numbers = chart.choice, chart.behind
    counts = choice.kind == "histogram" or not choice.y or choice.aggregate == "count"
    measure = (
        choice.y
        if choice.kind == "scatter"
        else name_measure("count" if counts else choice.aggregate, choice.y)
    )
    title = f"{measure} by {choice.x}" + (
        f" and {choice.group}" if choice.group and choice.kind != "histogram" else ""
    )
    csv = format_csv(numbers.head, numbers.rows)
    if choice.kind not in ("bar", "histogram"):
        points = draw_points(
            ids.QUICK_CHART, chart.series, title, x=choice.x, y=measure, lines=choice.kind == "line"
        )
        return quick_chart.chart(title, points, numbers, csv, chart.note, reading, growing=False)
    kind = "bar" if choice.kind == "bar" else "column"
    groups = ["–" if group is None else str(group) for group in chart.groups]
    added = counts or choice.aggregate == "sum"
    drawn = draw_groups(Grouped(kind, groups, chart.aligned, counting=counts, added=added))
    return write_part(
        quick_chart.chart(title, drawn, numbers, csv, chart.note, reading, growing=kind in GROWING)
    )
