"""The Charts tab of a table's page: the charts that it opens with, and the builder of one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from layouts.components.builder import builder
from layouts.components.chart_panel import chart_panel, number_table, table_place
from layouts.components.drawing import GROWING, OTHER, Grouped, draw_groups
from layouts.components.feedback import empty_state, error_words, note
from layouts.components.markup import Fragments, Part, render, write_part
from layouts.components.menu import entry, link_entry
from layouts.components.page import icon, panel
from layouts.inventory import addresses, ids
from services.models import routes
from services.models.chart_words import name_measure, name_period
from services.models.core import InventoryError, Source, WriteMode
from services.models.inventory import ChartChoice, ChartData, PinnedChart, Profiles, TableDetail, TableRef
from services.models.number_steps import say_step

MEASURES = ("count", "sum", "avg")
KINDS = {
    "bar": "Bars",
    "column": "Columns",
    "line": "Line",
    "area": "Area",
    "pie": "Ring",
    "treemap": "Treemap",
    "histogram": "Histogram",
    "filled": "With and without",
}
# how those are drawn that group in a way of their own
DRAWN_AS = {"histogram": "column", "filled": "pie"}
TITLES = {"_first_seen_at": "first seen", "_changed_at": "changed"}
TRUTHS = {"true": "yes", "false": "no"}
FILLED = {"(filled)": "with", "(empty)": "without"}


@dataclass(frozen=True)
class Shown:
    """A chart of the tab's gallery: its numbers, or why there are none. pinned: where somebody pinned it."""

    choice: ChartChoice
    data: ChartData | None
    problem: InventoryError | None = None
    pinned: PinnedChart | None = None


def format_choice(choice: ChartChoice) -> str:
    """A choice as a button of the page carries it: what is usual is left out."""
    usual = asdict(ChartChoice())
    return json.dumps({name: value for name, value in asdict(choice).items() if value != usual[name]})


def gallery_tab(shown: Any) -> list[Any]:
    """The charts that the table opens with. shown: made by `gallery`."""
    return [html.Div(shown, id=ids.CHART_GALLERY), dcc.Store(id=ids.CHART_PRESSED)]


def builder_tab(table: TableDetail, choice: ChartChoice, shown: Any, as_of: str = "") -> list[Any]:
    """The builder with its chart. shown: the chart, or why there is none."""
    names = [
        column.name
        for column in table.columns
        if not column.name.startswith("_") or column.name == "_first_seen_at"
    ]
    return [
        html.Div(
            [
                dcc.Link(
                    [icon("bi-grid"), html.Span("All charts of the table")],
                    href=addresses.table(table.ref, "charts", asof=as_of),
                    className="btn btn-outline-secondary btn-sm",
                ),
                dbc.Button(
                    [icon("bi-pin-angle"), html.Span("Pin to this page")],
                    id=ids.CHART_PIN_BUILT,
                    color="outline-secondary",
                    size="sm",
                    n_clicks=0,
                ),
                html.Span(id=ids.CHART_PIN_RESULT, role="status"),
            ],
            className="gallery-head",
        ),
        builder(
            ids.CHART_FIELDS,
            {name: getattr(choice, name) for name in ids.CHART_FIELDS},
            columns={name: TITLES.get(name, name) for name in names},
            numbers=[
                column.name
                for column in table.columns
                if column.kind == "number" and not column.name.startswith("_")
            ],
            measures=MEASURES,
            kinds=KINDS,
        ),
        html.Div(shown, id=ids.CHART_BODY, className="overview-grid"),
    ]


def gallery(
    table: TableDetail,
    charts: Sequence[Shown],
    profiles: Profiles,
    engineer: bool,
    as_of: str = "",
) -> list[Any]:
    """The pinned charts, then the suggested ones; each can be pinned or removed, edited and opened in the editor."""
    first = next((one.choice for one in charts if one.problem is None), ChartChoice(by=_find_first(table)))
    words = "The first charts are pinned, the others suggested" if _any_pinned(charts) else "Suggested"
    head = html.Div(
        [
            html.Span(f"{words} by what the columns hold.", className="text-muted-2"),
            dcc.Link(
                [icon("bi-sliders"), html.Span("Build a chart")],
                href=edit_address(table.ref, first, as_of),
                className="btn btn-outline-secondary btn-sm",
            ),
        ],
        className="gallery-head",
    )
    problem = (
        note(
            "Nothing could be suggested",
            f"{profiles.problem} It is tried again in an hour, and after the next run"
            " that changes the table.",
            "warning",
        )
        if profiles.problem
        else None
    )
    if not charts and not problem:
        why = (
            "The table has no rows."
            if not profiles.rows
            else "No column divides its rows: each has one value, or another in every row."
        )
        return [head if profiles.rows else None, empty_state("bi-bar-chart", "Nothing to draw", why)]
    parts = [
        Part(
            # what is pinned or removed leaves the others as they stand
            key=f"pinned {one.pinned.id}" if one.pinned else format_choice(one.choice),
            className="place-half",
            html=render(_shown_chart(table, one, engineer, as_of)),
        )
        for one in charts
    ]
    return [head, problem, Fragments(parts=parts, className="overview-grid chart-gallery")]


def _any_pinned(charts: Sequence[Shown]) -> bool:
    return any(one.pinned for one in charts)


def _find_first(table: TableDetail) -> str:
    return next((column.name for column in table.columns if not column.name.startswith("_")), "")


def edit_address(ref: TableRef, choice: ChartChoice, as_of: str = "") -> str:
    """Where the chart is in the builder."""
    return addresses.table(ref, "charts", **{**asdict(choice), "asof": as_of})


def _shown_chart(table: TableDetail, one: Shown, engineer: bool, as_of: str) -> Component:
    more = [link_entry("Edit", edit_address(table.ref, one.choice, as_of))]
    if one.pinned is None:
        more.append(entry("Pin to this page", **{"data-pin-chart": format_choice(one.choice)}))
    elif one.pinned.removable:
        more.append(_unpin_button(one.pinned, "menu-entry"))
    mark = (
        html.Span(icon("bi-pin-angle-fill"), className="pin-mark", title=f"Pinned by {one.pinned.pinned_by}")
        if one.pinned
        else None
    )
    if one.data is None or not one.data.groups:
        said = (
            error_words(one.problem)
            if one.problem
            else html.P("No row has these values.", className="text-muted-2")
        )
        remove = (
            _unpin_button(one.pinned, "btn btn-outline-secondary btn-sm")
            if one.pinned and one.pinned.removable
            else None
        )
        return panel([mark, title_of(table, one.choice)], [said, remove], className="chart-problem")
    in_ide = find_in_ide(one.data, "") if engineer else ""
    return draw_chart(table, one.data, in_ide, as_of, mark=mark, more=more)


def _unpin_button(pinned: PinnedChart, className: str) -> html.Button:
    return html.Button(
        "Remove from this page",
        type="button",
        className=className,
        **{"data-unpin-chart": str(pinned.id)},
    )


def find_in_ide(data: ChartData, otherwise: str) -> str:
    """Where the editor has the statement that makes the chart. otherwise: where there is none."""
    if not data.sql:
        return otherwise
    return "/ide?" + urlencode({"source": str(Source.INVENTORY), "sql": data.sql})


def title_of(table: TableDetail, choice: ChartChoice, groups: Sequence[str] = ()) -> str:
    """What the chart shows, as one would read it aloud: `Instances by state and region`. groups: tell the period."""
    noun = (table.summary.resource or "rows").replace("_", " ").capitalize()
    by = TITLES.get(choice.by, choice.by).replace("_", " ").strip()
    kinds = {column.name: column.kind for column in table.columns}
    if choice.kind == "filled":
        return f"{noun} with and without {by}"
    if choice.kind == "histogram":
        return f"{noun} by {by}, in equal steps"
    measured = noun if choice.measure == "count" else name_measure(choice.measure, choice.of)
    if kinds.get(choice.by) in ("time", "text") and (period := name_period(groups)):
        return f"{measured} per {period}, by {by}" + (f" and {choice.split}" if choice.split else "")
    split = f" and {choice.split.replace('_', ' ')}" if choice.split else ""
    return f"{measured} by {by}{split}" + (": yes or no" if kinds.get(choice.by) == "boolean" else "")


def chart(table: TableDetail, data: ChartData, in_ide: str = "", as_of: str = "") -> Any:
    """The chosen chart across the page, or why there is nothing to draw. in_ide, as_of: as for `draw_chart`."""
    if not data.groups and data.choice.filter:
        return empty_state("bi-funnel", "No row has these words", "Change the filter, or empty it.")
    if not data.groups:
        return empty_state(
            "bi-bar-chart", "Nothing to draw", "The table has no rows, or no column to group by."
        )
    return write_part(draw_chart(table, data, in_ide, as_of), "place-wide")


def draw_chart(
    table: TableDetail,
    data: ChartData,
    in_ide: str = "",
    as_of: str = "",
    *,
    mark: Any = None,
    more: Sequence[Component] = (),
) -> html.Section:
    """A chart with its numbers and its statement.

    in_ide: the address of the query behind it. as_of: a past moment, if any. mark: before its title. more: entries of
    its menu.
    """
    ref, choice = table.ref, data.choice
    narrowed = f"only rows with “{choice.filter}”" if choice.filter else ""
    title = title_of(table, choice, data.groups)
    csv = addresses.table_data(
        ref,
        routes.TABLE_CHART,
        by=choice.by,
        measure=choice.measure,
        of=choice.of,
        split=choice.split,
        kind=choice.kind,
        filter=choice.filter,
        asof=as_of,
    )
    words = " · ".join(part for part in (data.note, narrowed, append_note(table)) if part)
    name = f"{ref.label} {title}"
    splits = list(data.series)

    def leads(group: str, column: int) -> str:
        return rows_address(ref, choice, as_of, group, splits[column - 1]) if column else ""

    behind: list[Any] = [number_table(data.numbers, leads)]
    if data.sql:
        behind.append(html.Pre(data.sql, className="copy-text", title="The statement that makes the chart"))
    return chart_panel(
        [mark, title] if mark else title,
        draw_numbers(ref, data, as_of, _find_kind(table, choice.by)),
        name=name,
        csv=csv,
        table=table_place(name, behind),
        note=words,
        reading=table.reading,
        in_ide=in_ide,
        more=more,
        className="growing" if DRAWN_AS.get(choice.kind, choice.kind) in GROWING else "",
    )


def _find_kind(table: TableDetail, name: str) -> str:
    return next((column.kind for column in table.columns if column.name == name), "text")


def rows_address(ref: TableRef, choice: ChartChoice, as_of: str, group: str, split: str | None) -> str:
    """Where a number of the chart leads, as a mark and in the table behind it: to the rows that it counts."""
    # what is summed up as other has no value of its own
    shade = {choice.split: split} if choice.split and split is not None and split != OTHER else {}
    return addresses.rows(ref, {choice.by: group, **shade}, choice.filter, as_of)


def draw_numbers(ref: TableRef, data: ChartData, as_of: str = "", kind: str = "text") -> html.Div:
    """The drawing of a table's chart; every mark leads to the rows behind it. kind: of the column it groups by."""
    choice = data.choice

    def label(group: str) -> str:
        if choice.kind == "filled":
            return FILLED.get(group, group)
        if choice.kind == "histogram":
            return say_step(group)
        return TRUTHS.get(group, group) if kind == "boolean" else group

    return draw_groups(
        Grouped(
            DRAWN_AS.get(choice.kind, choice.kind),
            data.groups,
            data.series,
            partial(rows_address, ref, choice, as_of),
            counting=choice.measure == "count",
            # averages of parts do not add up to the average of the whole
            added=not (choice.measure == "avg" and choice.split),
            label=label,
        )
    )


def append_note(table: TableDetail) -> str:
    """What the rows of an append table are."""
    return "rows of the newest run" if table.summary.write_mode is WriteMode.APPEND else ""
