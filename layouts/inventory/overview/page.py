"""The overview: what puts it in doubt, figures, the week, and the charts in their places.

The figures, the week and what needs attention come first, as HTML; a chart comes when its place is in view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from dash import dcc, html

from layouts.components.chart_panel import chart_panel, number_table, table_place
from layouts.components.feedback import note, relative_time
from layouts.components.figures import cover, mark
from layouts.components.markup import Part, render
from layouts.components.page import Children
from layouts.inventory import addresses, ids
from layouts.inventory.overview import ages, bars, charts, treemap
from layouts.inventory.overview.attention import attention
from layouts.inventory.overview.empty import empty_page
from layouts.inventory.overview.figures import figures
from layouts.inventory.overview.next_steps import next_steps
from layouts.inventory.overview.week import week
from services.models.inventory import DIMENSIONS, DayChanges, Freshness, Overview, Share, TableSummary
from services.models.numbers import Numbers
from services.models.wording import format_count

# of the numbers behind the ages: since when rows of scopes that were not read are as they are
STALE_COLUMN = 10
# a warning above the page from this share of tables that missed a run
STALE_SHARE = 0.5


@dataclass(frozen=True)
class Drawing:
    """How a chart is drawn. place: style sheets know it as `.place-…`. words: beside the title.

    leads: where its numbers lead, by the row and the column of the table behind it, as its marks do.
    """

    draw: Callable[[Overview], html.Div]
    place: str
    words: Callable[[Overview], Children]
    leads: Callable[[Overview, Any, int], str]


def subtitle(shown: Overview) -> Any:
    """Where the numbers come from and how new the newest is."""
    scheduled = sum(1 for table in shown.tables if table.schedule_id is not None)
    newest = max((t.updated_at for t in shown.loaded if t.updated_at), default=None)
    if newest is None:
        return "What we run, where, and what changed."
    scopes = f" in {format_count(shown.scopes_total, 'scope')} (a region, project or account each)"
    source = f"Data from {format_count(scheduled, 'schedule')}{scopes if shown.scopes_total else ''}, newest"
    words = [
        f"{source if scheduled else 'No schedule keeps it up to date; newest'} ",
        relative_time(newest, shown.at),
        ". Days are UTC days.",
    ]
    return html.Span(words, **mark(shown.reading))


def body(shown: Overview, engineer: bool) -> list[Any]:
    """What stands above the figures: what puts them in doubt, or what to do where there are none."""
    return banners(shown, engineer) if shown.loaded else [empty_page(shown, engineer)]


def first(shown: Overview, engineer: bool) -> list[Part]:
    """The figures, the week, and what to do next."""
    if not shown.loaded:
        return []
    parts = [
        Part(key="skip", html=render(_skip_links(shown))),
        Part(key="numbers", html=render(figures(shown))),
    ]
    if news := week(shown):
        parts.append(Part(key="week", html=render(news)))
    if steps := next_steps(shown, engineer):
        parts.append(Part(key="steps", html=render(steps)))
    return parts


def _skip_links(shown: Overview) -> html.Nav:
    """The ways past what comes first, for the keyboard."""
    places = {
        ids.WEEK: "This week",
        ids.ATTENTION: "Needs attention",
        ids.CHARTS: "Charts",
        ids.TABLES: "Tables",
    }
    if shown.filter.region:
        del places[ids.WEEK]
    return html.Nav(
        [html.A(f"Skip to {name}", href=f"#{id}", className="skip-link") for id, name in places.items()],
        **{"aria-label": "Parts of this page"},
    )


def grid(shown: Overview, titles: Mapping[str, str], of: str) -> list[Part]:
    """The charts' places, and what needs attention among them. titles: of the charts to draw, by their names.

    of: what they are to be drawn of, as they are asked for. style sheets decide how many stand side by side.
    """
    if not shown.loaded:
        return []
    parts = []
    for name in titles:
        parts.append(Part(key=name, className=f"place-{_find_place(shown, name)}", of=of))
        if name == LAST_WIDE:
            listed = render(attention(shown))
            parts.append(Part(key="attention", className="place-attention", html=listed))
    return parts


def _find_place(shown: Overview, name: str) -> str:
    place = DRAWINGS[name].place
    # of a region there are only two small ones
    return "half" if place == "small" and shown.filter.region else place


def draw_chart(shown: Overview, name: str, title: str) -> html.Section:
    """A chart in its panel."""
    drawing = DRAWINGS[name]
    return chart_panel(
        title,
        drawing.draw(shown),
        name=title,
        csv=addresses.chart_csv(name, shown.filter),
        # its numbers may be hundreds of rows: they come when they are asked for
        table=table_place(title),
        note=drawing.words(shown),
        # the figures above say how old all of it is
        reading=shown.reading,
        brief=True,
    )


def draw_table(shown: Overview, name: str, numbers: Numbers) -> html.Table:
    """The table behind a chart, whose numbers lead where its marks do."""
    return number_table(numbers, partial(DRAWINGS[name].leads, shown))


def banners(shown: Overview, engineer: bool) -> list[Any]:
    """What puts all numbers in doubt, said first."""
    late = [table for table in shown.loaded if table.freshness is Freshness.LATE]
    if len(late) < 2 or len(late) < STALE_SHARE * len(shown.loaded):
        return []
    open_them = dcc.Link(
        "Open the schedules", href="/schedules", className="btn btn-outline-secondary btn-sm"
    )
    warning = note(
        f"{len(late)} of {len(shown.loaded)} tables missed a run",
        "What you see is older than the schedules promise."
        " The scheduler may be down, or credentials may have expired.",
        "warning",
        action=open_them if engineer else None,
    )
    return [cover(warning, shown.reading)]


def _period(shown: Overview) -> Children:
    period = f"last {len(shown.days)} days" if len(shown.days) > 1 else "first day"
    strip = html.Span(
        " · strip: scopes read",
        className="wide-only",
        title="Green: every scope was read that day. Amber: some were not.",
    )
    return [f"by provider, {period}", strip if any(day.scopes_total for day in shown.changes) else None]


def _kinds(shown: Overview) -> Children:
    return "in this region" if shown.filter.region else "added, changed, removed"


def _dots(shown: Overview) -> Children:
    return "each dot is a table" if len(shown.loaded) <= ages.MOST_DOTS else "each dot: the tables of one age"


def _level_leads(shown: Overview, day: date, column: int) -> str:
    # the day itself is the strip below, of all providers
    provider = ["", *shown.levels][column] or shown.filter.provider
    return addresses.changes(provider=provider, region=shown.filter.region, day=day)


def _change_leads(shown: Overview, day: DayChanges, column: int) -> str:
    kinds = ("added", "removed", "changed")
    return charts.change_address(shown, day, kinds[column - 1]) if 1 <= column <= len(kinds) else ""


def _table_leads(shown: Overview, table: TableSummary, column: int) -> str:
    return "" if column else addresses.table_in(table.ref, shown.filter.region)


def _age_leads(_shown: Overview, table: TableSummary, column: int) -> str:
    if column == STALE_COLUMN and table.stale_rows:
        return addresses.table(table.ref, "coverage")
    return "" if column else ages.table_address(table)


def _draw_shares(dimension: str, shown: Overview) -> html.Div:
    return bars.draw_bars(shown, bars.share_bars(shown, dimension))


def _share_leads(dimension: str, _shown: Overview, part: tuple[Share, str], column: int) -> str:
    # the number: the value may be unknown, and many rows have it
    return bars.share_address(dimension, *part) if column == 2 else ""


# the charts of services/inventory_service/charts.py by their names
DRAWINGS = {
    "over-time": Drawing(charts.over_time, "time", _period, _level_leads),
    "where": Drawing(treemap.where, "where", lambda _: "provider → service → table", _table_leads),
    "changes": Drawing(charts.changes_by_day, "changes", _kinds, _change_leads),
    "types": Drawing(
        lambda shown: bars.draw_bars(shown, bars.type_bars(shown)),
        "small",
        lambda _: "largest tables",
        _table_leads,
    ),
    **{
        dimension: Drawing(
            partial(_draw_shares, dimension),
            "small",
            lambda _: "top values",
            partial(_share_leads, dimension),
        )
        for dimension in DIMENSIONS
    },
    "freshness": Drawing(ages.ages, "small", _dots, _age_leads),
}
# after it stands what needs attention
LAST_WIDE = "changes"
