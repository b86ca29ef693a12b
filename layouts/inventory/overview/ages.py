"""The overview's chart of how old each table's data is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from dash import html

from layouts.components.charts import shorten_provider
from layouts.components.marks import drawing, group, legend, mark, percent, place_marks
from layouts.inventory import addresses
from layouts.inventory.overview.charts import MOST_BANDS
from services.models.inventory import Freshness, InventoryFilter, Overview, TableSummary
from services.models.wording import format_age, format_count

# above this many tables those of about one age share a dot
MOST_DOTS = 150
HOUR = 3600
# where dots of one age stand, around their line
BESIDE = (0.0, 0.22, -0.22, 0.4, -0.4)
# where the axis begins, in hours
YOUNGEST = 1 / 60
TICKS = (
    (1 / 60, "1 min"),
    (1 / 6, "10 min"),
    (1, "1 h"),
    (6, "6 h"),
    (24, "1 d"),
    (72, "3 d"),
    (168, "7 d"),
    (720, "30 d"),
)
# beside the states of tables: single scopes that are older than their table
STALE = "stale"
FRESHNESS_WORDS: dict[str, str] = {
    Freshness.FRESH: "as scheduled",
    Freshness.LATE: "missed a run",
    Freshness.UNMANAGED: "no schedule",
    STALE: "scopes not read",
}
FRESHNESS_TONES: dict[str, str] = {
    Freshness.FRESH: "success",
    Freshness.LATE: "warning",
    Freshness.PAUSED: "neutral",
    Freshness.UNMANAGED: "neutral",
    STALE: "warning",
}
# a table that was never loaded has no age
STATES = (Freshness.FRESH, Freshness.LATE, Freshness.PAUSED, Freshness.UNMANAGED)


class Dot(NamedTuple):
    """A table, or those of a provider that are of about one age, in hours. address: where the dot leads.

    state: of its data; STALE: it stands for scopes that are older than their table.
    """

    provider: str
    hours: float
    words: str
    address: str
    state: str
    tables: int = 1


@dataclass(frozen=True)
class Line:
    """A provider's dots, or those of all that have no line of their own."""

    name: str
    dots: Sequence[Dot]


def list_lines(shown: Overview) -> list[Line]:
    """The providers with data, each with its dots. A dot is a table, or many of one age."""
    loaded = [table for table in shown.tables if table.updated_at is not None]
    known = [name for name in shown.levels if any(table.provider == name for table in loaded)]
    dots: list[Dot] = []
    for state in STATES:
        of_state = [table for table in loaded if table.freshness is state]
        dots += _make_dots(of_state, shown.at, state, single=len(loaded) <= MOST_DOTS)
    dots += _make_stale_dots(loaded, shown.at)
    of: dict[str, list[Dot]] = defaultdict(list)
    for dot in dots:
        of[dot.provider].append(dot)
    lines = [Line(shorten_provider(name), of[name]) for name in known[:MOST_BANDS]]
    others = [dot for name in known[MOST_BANDS:] for dot in of[name]]
    return [*lines, Line(f"{len(known) - MOST_BANDS} others", others)] if len(known) > MOST_BANDS else lines


def ages(shown: Overview) -> html.Div:
    """How old each table's data is, one line a provider; amber missed a run."""
    lines = list_lines(shown)
    dots = [dot for line in lines for dot in line.dots]
    oldest = max((dot.hours for dot in dots), default=1.0)
    states = [state for state in (*STATES, STALE) if any(dot.state == state for dot in dots)]
    ticks = [(hours, words) for hours, words in TICKS if hours <= find_last_tick(oldest)]
    scale = html.Div(
        [html.Span(words, style={"left": percent(place_age(hours, oldest))}) for hours, words in ticks],
        className="ages-scale",
        **{"aria-hidden": "true"},
    )
    grid = [
        html.Span(className="ages-tick", style={"left": percent(place_age(hours, oldest))})
        for hours, _ in ticks
    ]
    drawn = [_draw_line(line, grid, oldest) for line in lines]
    return drawing(
        _describe_ages(shown, dots, states),
        [
            legend(
                (FRESHNESS_WORDS.get(state, state), f"var(--{FRESHNESS_TONES[state]})") for state in states
            ),
            place_marks(drawn, "down", "ages"),
            scale,
        ],
        "ages-drawing",
    )


def _describe_ages(shown: Overview, dots: Sequence[Dot], states: Sequence[str]) -> str:
    """`17 tables as scheduled, 1 table missed a run; the oldest data is 3 d old`."""
    if not dots:
        return "No table has been loaded"
    counted = [
        f"{format_count(sum(dot.tables for dot in dots if dot.state == state), 'table')} "
        + FRESHNESS_WORDS.get(state, state)
        for state in states
    ]
    oldest = max(dot.hours for dot in dots)
    return (
        f"{', '.join(counted)}; the oldest is of {format_age(shown.at - timedelta(hours=oldest), shown.at)}"
    )


def find_last_tick(oldest: float) -> float:
    """The end of the axis, in hours: the first tick beyond the oldest."""
    return next((hours for hours, _ in TICKS if hours > oldest), TICKS[-1][0])


def place_age(hours: float, oldest: float) -> float:
    """Where an age stands from left to right, 0 to 1, on a logarithmic axis that holds the oldest; both in hours."""
    low, high = math.log10(YOUNGEST * 0.8), math.log10(max(find_last_tick(oldest), oldest) * 1.3)
    return (math.log10(hours) - low) / (high - low)


def _draw_line(line: Line, grid: Sequence[Any], oldest: float) -> html.Div:
    marks = [
        mark(
            f"{dot.words}, {FRESHNESS_WORDS.get(dot.state, dot.state)}",
            dot.address,
            f"dot tone-{FRESHNESS_TONES[dot.state]}",
            left=percent(place_age(dot.hours, oldest)),
            top=percent(0.5 + BESIDE[place % len(BESIDE)]),
            **{"--size": f"{10 + min(12.0, 4 * math.log10(dot.tables)):.0f}px"},
        )
        for place, dot in enumerate(line.dots)
    ]
    track = html.Div([*grid, *marks], className="ages-track")
    return group([html.Span(line.name, className="bar-label", title=line.name), track], "ages-line")


def _make_stale_dots(tables: Sequence[TableSummary], now: datetime) -> list[Dot]:
    """The rows of scopes that the newest run could not read, older than the rest of their table; the oldest first."""
    kept = [table for table in tables if table.stale_rows and table.oldest_at]
    kept.sort(key=lambda table: table.oldest_at or now)
    return [
        Dot(
            table.provider,
            _age_hours(table.oldest_at, now),
            f"{table.ref.label}: {format_count(table.stale_rows, 'row')} from"
            f" {format_age(table.oldest_at or now, now)}",
            addresses.table(table.ref, "coverage"),
            STALE,
        )
        for table in kept[:MOST_DOTS]
    ]


def _make_dots(tables: Sequence[TableSummary], now: datetime, state: str, *, single: bool) -> list[Dot]:
    """single: each table has a dot of its own."""
    if single:
        return [
            Dot(
                table.provider,
                _age_hours(table.updated_at, now),
                f"{table.ref.label}: {format_age(table.updated_at or now, now)}",
                table_address(table),
                state,
            )
            for table in tables
        ]
    groups: dict[tuple[str, float], list[TableSummary]] = defaultdict(list)
    for table in tables:
        # ages within a third of one another
        groups[table.provider, round(math.log(_age_hours(table.updated_at, now), 1.33))].append(table)
    return [_join_dots(provider, members, now, state) for (provider, _), members in groups.items()]


def _join_dots(provider: str, members: Sequence[TableSummary], now: datetime, state: str) -> Dot:
    hours = sum(_age_hours(table.updated_at, now) for table in members) / len(members)
    when = format_age(now - timedelta(hours=hours), now)
    if len(members) == 1:
        return Dot(provider, hours, f"{members[0].ref.label}: {when}", table_address(members[0]), state)
    name = f"{len(members)} tables of {shorten_provider(provider)}"
    address = addresses.overview(InventoryFilter(provider), sort="-updated")
    return Dot(provider, hours, f"{name}: {when}", address, state, len(members))


def table_address(table: TableSummary) -> str:
    """Where the age of a table leads: to what keeps it up to date."""
    return addresses.table(table.ref, "source")


def _age_hours(moment: datetime | None, now: datetime) -> float:
    return max((now - (moment or now)).total_seconds() / HOUR, YOUNGEST)
