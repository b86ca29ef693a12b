"""The overview's chart of how old each table's data is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from layouts.components.charts import shorten_provider, surface
from layouts.components.drawing import GAP, figure
from layouts.components.tokens import TEXT_XS, token
from layouts.inventory import addresses
from layouts.inventory.overview.charts import MOST_BANDS
from services.models.inventory import Freshness, InventoryFilter, Overview, TableSummary
from services.models.wording import format_age, format_count

# above this many tables those of about one age share a dot
MOST_DOTS = 150
HOUR = 3600
# where dots of one age stand, around their line
BESIDE = (0.0, 0.11, -0.11, 0.22, -0.22)
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
    """A table, or those of a provider that are of about one age, in hours. address: where the dot leads."""

    provider: str
    hours: float
    words: str
    address: str
    tables: int = 1


def ages(shown: Overview, dark: bool) -> dict[str, Any]:
    """How old each table's data is, one line a provider; amber missed a run. A dot is a table, or many of one age."""
    loaded = [table for table in shown.tables if table.updated_at is not None]
    known = [name for name in shown.levels if any(table.provider == name for table in loaded)]
    lines = [shorten_provider(name) for name in known[:MOST_BANDS]]
    if len(known) > MOST_BANDS:
        lines.append(f"{len(known) - MOST_BANDS} others")
    lowest = len(lines) - 1
    place = {name: max(lowest - i, 0) for i, name in enumerate(known)}
    seen: dict[int, int] = defaultdict(int)
    traces = []
    for state in STATES:
        of_state = [table for table in loaded if table.freshness is state]
        dots = _dots(of_state, shown.at, single=len(loaded) <= MOST_DOTS)
        if dots:
            traces.append(_trace(state, dots, [_height(place[dot.provider], seen) for dot in dots], dark))
    stale = _stale_dots(loaded, shown.at)
    if stale:
        heights = [_height(place[dot.provider], seen) for dot in stale]
        traces.append(_trace(STALE, stale, heights, dark))
    ages_shown = [
        *(_age_hours(table.updated_at, shown.at) for table in loaded),
        *(dot.hours for dot in stale),
    ]
    oldest = max(ages_shown, default=1)
    return figure(
        dark,
        traces,
        hovermode="closest",
        margin={"l": 4, "r": 8, "t": 26, "b": 4},
        xaxis=_age_axis(oldest),
        yaxis={
            "tickvals": list(range(lowest, -1, -1)),
            "ticktext": lines,
            **GAP,
            "range": [-0.6, len(lines) - 0.4],
            "fixedrange": True,
            "zeroline": False,
            "tickfont": {"size": TEXT_XS},
        },
    )


def _height(line: int, seen: dict[int, int]) -> float:
    """Where the next dot of a line stands: beside the others, of which many may be of one age."""
    height = line + BESIDE[seen[line] % len(BESIDE)]
    seen[line] += 1
    return height


def _stale_dots(tables: Sequence[TableSummary], now: datetime) -> list[Dot]:
    """The rows of scopes that the newest run could not read, older than the rest of their table; the oldest first."""
    kept = [table for table in tables if table.stale_rows and table.oldest_at]
    kept.sort(key=lambda table: table.oldest_at or now)
    return [
        Dot(
            table.provider,
            _age_hours(table.oldest_at, now),
            f"{table.ref.label}<br>{format_count(table.stale_rows, 'row')} from"
            f" {format_age(table.oldest_at or now, now)}",
            addresses.table(table.ref, "coverage"),
        )
        for table in kept[:MOST_DOTS]
    ]


def _trace(state: str, dots: Sequence[Dot], heights: list[float], dark: bool) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": FRESHNESS_WORDS.get(state, state),
        "x": [round(dot.hours, 3) for dot in dots],
        "y": heights,
        "marker": {
            "size": [10 + min(12.0, 4 * math.log10(dot.tables)) for dot in dots],
            "color": token(FRESHNESS_TONES[state], dark),
            "line": {"width": 1, "color": surface(dark)},
        },
        "text": [dot.words for dot in dots],
        "hovertemplate": "%{text}<extra></extra>",
        "customdata": [dot.address for dot in dots],
    }


def _age_axis(oldest: float) -> dict[str, Any]:
    """An axis of ages up to the oldest, in hours."""
    last = next((hours for hours, _ in TICKS if hours > oldest), TICKS[-1][0])
    return {
        "type": "log",
        "tickvals": [hours for hours, _ in TICKS],
        "ticktext": [words for _, words in TICKS],
        "range": [math.log10(YOUNGEST * 0.8), math.log10(max(last, oldest) * 1.3)],
        "fixedrange": True,
        "zeroline": False,
    }


def _dots(tables: Sequence[TableSummary], now: datetime, *, single: bool) -> list[Dot]:
    """single: each table has a dot of its own."""
    if single:
        return [
            Dot(
                table.provider,
                _age_hours(table.updated_at, now),
                f"{table.ref.label}<br>{format_age(table.updated_at or now, now)}",
                table_address(table),
            )
            for table in tables
        ]
    groups: dict[tuple[str, float], list[TableSummary]] = defaultdict(list)
    for table in tables:
        # ages within a third of one another
        groups[table.provider, round(math.log(_age_hours(table.updated_at, now), 1.33))].append(table)
    return [_group(provider, members, now) for (provider, _), members in groups.items()]


def _group(provider: str, members: Sequence[TableSummary], now: datetime) -> Dot:
    hours = sum(_age_hours(table.updated_at, now) for table in members) / len(members)
    when = format_age(now - timedelta(hours=hours), now)
    if len(members) == 1:
        return Dot(provider, hours, f"{members[0].ref.label}<br>{when}", table_address(members[0]))
    name = f"{len(members)} tables of {shorten_provider(provider)}"
    address = addresses.overview(InventoryFilter(provider), sort="-updated")
    return Dot(provider, hours, f"{name}<br>{when}", address, len(members))


def table_address(table: TableSummary) -> str:
    """Where the age of a table leads: to what keeps it up to date."""
    return addresses.table(table.ref, "source")


def _age_hours(moment: datetime | None, now: datetime) -> float:
    return max((now - (moment or now)).total_seconds() / HOUR, YOUNGEST)
