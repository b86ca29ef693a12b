"""What stands below the editor: the result of the tab in front, its quick chart, and Interpret."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, dcc, html, no_update

from layouts.components import results
from layouts.components.charts import COLOURWAY, GRAPH_CONFIG, provider_colour, template
from layouts.components.feedback import relative_time
from layouts.ide import ids
from layouts.ide.page import moved_line
from layouts.shell import ids as shell_ids
from services import Services
from services.errors import from_payload
from services.models.core import InventoryError
from services.models.wording import counted
from services.query_service import QueryState, QueryStatus
from services.query_service.charts import Chart, Choice

INTERPRETED_ROWS = 20
TITLES = {QueryStatus.CANCELLED: "Cancelled"}


def register(app: dash.Dash, services: Services) -> None:
    """Register the results' callbacks."""

    @app.callback(Output(ids.RESULTS, "children"), Input(ids.SHOWN, "data"), prevent_initial_call=True)
    def _show(shown: dict[str, Any] | None) -> Any:
        return result(services, shown or {})

    app.clientside_callback(
        ClientsideFunction("ide", "rendered"),
        Output(ids.SINK, "data", allow_duplicate=True),
        Input(ids.RESULTS, "children"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("ide", "view"),
        Output(ids.SINK, "data", allow_duplicate=True),
        Input(results.VIEW, "value"),
        prevent_initial_call="initial_duplicate",
    )
    app.clientside_callback(
        ClientsideFunction("ide", "exportAs"),
        Output(ids.SINK, "data", allow_duplicate=True),
        *[Input(f"ide_export_{name}", "n_clicks") for name in (*results.EXPORTS, "copy")],
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
        Input(results.INTERPRET, "n_clicks"),
        State(ids.SHOWN, "data"),
        prevent_initial_call=True,
    )
    def _interpret(clicks: int | None, shown: dict[str, Any] | None) -> Any:
        if not clicks or not shown or not shown.get("id"):
            return no_update
        return interpretation(services, shown["id"])

    @app.callback(
        Output(results.CHART, "children"),
        Input(results.VIEW, "value"),
        State(ids.SHOWN, "data"),
        State(shell_ids.THEME, "data"),
    )
    def _suggest(view: str, shown: dict[str, Any] | None, theme: str) -> Any:
        if view != "chart" or not shown or not shown.get("id"):
            return no_update
        return suggested_chart(services, shown["id"], theme == "dark")

    @app.callback(
        Output(ids.CHART_FIGURE, "children"),
        *[Input(id, "value") for id in ids.CHART_FIELDS.values()],
        Input(shell_ids.THEME, "data"),
        State(ids.SHOWN, "data"),
        prevent_initial_call=True,
    )
    def _draw(
        kind: str, x: str, y: str, aggregate: str, group: str, theme: str, shown: dict[str, Any]
    ) -> Any:
        if not shown or not shown.get("id") or not x:
            return no_update
        choice = Choice(kind, x, chosen(y), aggregate, chosen(group))
        try:
            return graph(services.queries.results.chart(shown["id"], choice), theme == "dark")
        except InventoryError as error:
            return results.no_chart(error.full_message)


def chosen(value: str | None) -> str:
    """A picker's value; empty where it says "none"."""
    return "" if value in (None, results.NONE) else str(value)


def result(services: Services, shown: dict[str, Any]) -> Any:
    """What to show for the store SHOWN: nothing yet, an error before the start, or a query's end."""
    if shown.get("error"):
        return failed(shown["error"], shown.get("line"))
    if not shown.get("id"):
        return results.nothing_yet()
    try:
        state = services.queries.runner.poll(shown["id"])
    except InventoryError as error:
        return results.failed(error)
    return ended(services, state, shown.get("line"))


def failed(error: Mapping[str, Any], line: int | None) -> Any:
    """An error as it is kept; line: where it is in the editor's text, which may hold other statements before it."""
    rows = line - error["line"] if line and error.get("line") else 0
    return results.failed(from_payload({**error, "message": moved_line(error["message"], rows)}), line)


def ended(services: Services, state: QueryState, line: int | None) -> Any:
    """A query's end, by its status."""
    if not state.status.final:
        return None
    if state.status is QueryStatus.CANCELLED:
        message = f"It was stopped after {results.seconds(state.elapsed)}; its process has ended."
        hint = (state.error or {}).get("message", "")
        return results.stopped(
            "Cancelled", message if hint.startswith("It was cancelled") or not hint else f"{hint} {message}"
        )
    if state.status is not QueryStatus.SUCCEEDED:
        return failed(state.error or {"title": "The query failed", "message": ""}, line)
    finished = datetime.fromtimestamp(state.finished_at or time.time(), UTC)
    return results.succeeded(
        f"/ide/query/{state.id}/rows", rows=state.rows, elapsed=state.elapsed, finished=relative_time(finished),
        columns=state.columns, complete=state.complete, warnings=state.warnings, row_limit=state.row_limit, chat=True,
    )  # fmt: skip


def interpretation(services: Services, id: str) -> dict[str, Any]:
    """The prompt of Interpret Results: the statement and the first rows as a Markdown table."""
    state = services.queries.runner.poll(id)
    table = services.queries.results.interpret_rows(id, INTERPRETED_ROWS)
    shown = min(INTERPRETED_ROWS, state.rows)
    text = (
        f"Interpret these results: the first {shown} of {counted(state.rows, 'row')}.\n\n"
        f"```sql\n{state.sql.strip()}\n```\n\n{table}"
    )
    return {"text": text, "mode": "results", "nonce": time.time()}


def suggested_chart(services: Services, id: str, dark: bool) -> Any:
    """The pickers and the chart that the result's columns suggest."""
    chart = services.queries.results.chart(id)
    if chart.choice is None:
        return results.no_chart(chart.note)
    choice = chart.choice
    return [
        results.chart_pickers(
            ids.CHART_FIELDS,
            choice.kind,
            choice.x,
            choice.y,
            choice.aggregate,
            choice.group,
            chart.columns,
            chart.numbers,
        ),
        html.Div(graph(chart, dark), id=ids.CHART_FIGURE, className="chart-figure"),
    ]


def graph(chart: Chart, dark: bool) -> Any:
    """The chart as a Plotly figure, with its note."""
    import plotly.graph_objects as go

    choice = chart.choice
    if choice is None or not chart.series:
        return results.no_chart(chart.note or "There is nothing to draw.")
    figure = go.Figure()
    several = len(chart.series) > 1
    for index, (name, (x, y)) in enumerate(chart.series.items()):
        colour = provider_colour(name, index) if several else COLOURWAY[0]
        if choice.kind == "histogram":
            figure.add_histogram(x=x, name=name, marker_color=colour)
        elif choice.kind == "bar":
            figure.add_bar(x=x, y=y, name=name, marker_color=colour)
        elif choice.kind == "line":
            figure.add_scatter(x=x, y=y, name=name, mode="lines+markers", line_color=colour)
        else:
            figure.add_scatter(x=x, y=y, name=name, mode="markers", marker={"color": colour, "size": 6})
    measure = "rows" if not choice.y or choice.aggregate == "count" else f"{choice.aggregate} of {choice.y}"
    figure.update_layout(
        template=template(dark),
        barmode="stack",
        showlegend=several,
        xaxis_title=choice.x,
        yaxis_title=choice.y
        if choice.kind == "scatter"
        else "rows"
        if choice.kind == "histogram"
        else measure,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
    )
    if choice.kind == "bar":
        figure.update_xaxes(type="category")
    return [
        html.P(chart.note, className="chart-note") if chart.note else None,
        dcc.Graph(figure=figure, config=GRAPH_CONFIG, style={"height": "100%"}, responsive=True),
    ]
