"""The overview's smaller charts: how resources divide, and how old each table's data is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from layouts.components.charts import drawn, faded, mix, provider_colour, provider_label, surface
from layouts.components.feedback import relative_words
from layouts.inventory import addresses
from layouts.inventory.overview.charts import GAP, MOST_BANDS, UNKNOWN, figure, short
from services.models.inventory import Freshness, InventoryFilter, Overview, Share, TableSummary

MOST_BARS = 8
# above this many tables those of about one age share a dot
MOST_DOTS = 150
HOUR = 3600
# where dots of one age stand, around their line
BESIDE = (0.0, 0.11, -0.11, 0.22, -0.22)
# where the axis begins, in hours
YOUNGEST = 1 / 60
FRESHNESS_WORDS = {
    Freshness.FRESH: "as scheduled",
    Freshness.LATE: "missed a run",
    Freshness.UNMANAGED: "no schedule",
}
FRESHNESS_COLOURS = {
    Freshness.FRESH: "#16a34a",
    Freshness.LATE: "#dc8a0b",
    Freshness.PAUSED: "#94a3b8",
    Freshness.UNMANAGED: "#94a3b8",
}


def share_bars(shown: Overview, dimension: str, dark: bool) -> dict[str, Any]:
    """The largest values of a dimension, each bar divided by provider; what is not known is said, at the bottom."""
    values = list(shown.shares.get(dimension, ()))
    known = [share for share in values if share.value][: MOST_BARS - 1]
    unknown = [share for share in values if not share.value]
    return bars(
        shown, [*known, *unknown], dark, lambda share, provider: _address(dimension, share, provider), UNKNOWN
    )


def _address(dimension: str, share: Share, provider: str) -> str:
    """What is behind a provider's part of a bar: its resources, or the table that has most of the state."""
    if dimension == "state":
        # the tab's first chart is by state, whatever the column is called
        return addresses.table(share.tables[provider], "charts") if provider in share.tables else ""
    return addresses.resources(**{dimension: share.value}, provider=provider)


def type_bars(shown: Overview, dark: bool) -> dict[str, Any]:
    """The tables with the most rows, by what they hold."""
    largest = sorted((t for t in shown.tables if t.rows), key=lambda t: -(t.rows or 0))[:MOST_BARS]
    types = [f"{t.service}.{t.resource}" if t.resource else t.ref.name for t in largest]
    shares = [
        # two clouds may call their types the same
        Share(
            f"{t.provider} {t.resource}" if types.count(type) > 1 else type,
            {t.provider: t.rows or 0},
            {t.provider: t.ref},
        )
        for t, type in zip(largest, types, strict=True)
    ]
    return bars(shown, shares, dark, lambda share, provider: addresses.table(share.tables[provider]))


def bars(
    shown: Overview,
    shares: Sequence[Share],
    dark: bool,
    address: Callable[[Share, str], str],
    unknown: str = "",
) -> dict[str, Any]:
    """Horizontal bars, the first on top, with their totals written at the end."""
    ordered = list(reversed(shares))
    places = list(range(len(ordered)))
    names = [share.value or unknown for share in ordered]
    totals = [share.total for share in ordered]
    # in the order of the other charts; what a filter hides there may still be in a share
    named = dict.fromkeys([*shown.levels, *(name for share in ordered for name in share.rows)])
    providers = [name for name in named if any(name in share.rows for share in ordered)]
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "y": places,
            "x": [share.rows.get(provider, 0) for share in ordered],
            "name": provider_label(provider),
            "text": [
                f"{drawn(name)}<br>{provider_label(provider)}: {share.rows.get(provider, 0):,}"
                for name, share in zip(names, ordered, strict=True)
            ],
            "textposition": "none",
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {
                "color": [
                    mix(
                        provider_colour(provider),
                        surface(dark),
                        0.85 if share.value else 0.4,
                    )
                    for share in ordered
                ]
            },
            "customdata": [address(share, provider) if provider in share.rows else "" for share in ordered],
        }
        for provider in providers
    ]
    traces.append(
        {
            "type": "scatter",
            "mode": "text",
            "y": places,
            "x": totals,
            "text": [f" {total:,}" for total in totals],
            "textposition": "middle right",
            "textfont": {"size": 11.5},
            "cliponaxis": False,
            "hoverinfo": "skip",
        }
    )
    widest = max(totals, default=1)
    return figure(
        dark,
        traces,
        barmode="stack",
        bargap=0.32,
        showlegend=False,
        margin={"l": 4, "r": 8, "t": 2, "b": 2},
        xaxis={"visible": False, "range": [0, widest * 1.22], "fixedrange": True},
        yaxis={
            "tickvals": places,
            "ticktext": [short(name) for name in names],
            "showgrid": False,
            "zeroline": False,
            "range": [len(ordered) - MOST_BARS - 0.5, len(ordered) - 0.5],
            "fixedrange": True,
            **GAP,
            "tickfont": {"size": 11.5},
        },
    )


def ages(shown: Overview, dark: bool) -> dict[str, Any]:
    """How old each table's data is, one line a provider; amber missed a run. A dot is a table, or many of one age."""
    loaded = [table for table in shown.tables if table.updated_at is not None]
    known = [name for name in shown.levels if any(table.provider == name for table in loaded)]
    lines = [provider_label(name) for name in known[:MOST_BANDS]]
    if len(known) > MOST_BANDS:
        lines.append(f"{len(known) - MOST_BANDS} others")
    lowest = len(lines) - 1
    place = {name: max(lowest - i, 0) for i, name in enumerate(known)}
    seen: dict[int, int] = defaultdict(int)
    traces = []
    for state, colour in FRESHNESS_COLOURS.items():
        dots = _dots(
            [table for table in loaded if table.freshness is state], shown.at, single=len(loaded) <= MOST_DOTS
        )
        if not dots:
            continue
        y = []
        for provider, *_ in dots:
            # beside each other where many are of one age
            line = place[provider]
            y.append(line + BESIDE[seen[line] % len(BESIDE)])
            seen[line] += 1
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": FRESHNESS_WORDS.get(state, str(state)),
                "x": [round(hours, 3) for _, hours, *_ in dots],
                "y": y,
                "marker": {
                    "size": [10 + min(12.0, 4 * math.log10(count)) for *_, count in dots],
                    "color": faded(colour, 0.85),
                    "line": {"width": 1, "color": surface(dark)},
                },
                "text": [words for _, _, words, _, _ in dots],
                "hovertemplate": "%{text}<extra></extra>",
                "customdata": [address for _, _, _, address, _ in dots],
            }
        )
    ticks = [
        (1 / 60, "1 min"),
        (1 / 6, "10 min"),
        (1, "1 h"),
        (6, "6 h"),
        (24, "1 d"),
        (72, "3 d"),
        (168, "1 w"),
        (720, "30 d"),
    ]
    oldest = max((_age_hours(table, shown.at) for table in loaded), default=1)
    last = next((i for i, (hours, _) in enumerate(ticks) if hours > oldest), len(ticks) - 1)
    return figure(
        dark,
        traces,
        hovermode="closest",
        margin={"l": 4, "r": 8, "t": 26, "b": 4},
        xaxis={
            "type": "log",
            "tickvals": [hours for hours, _ in ticks],
            "ticktext": [words for _, words in ticks],
            "range": [math.log10(YOUNGEST * 0.8), math.log10(max(ticks[last][0], oldest) * 1.3)],
            "fixedrange": True,
            "zeroline": False,
        },
        yaxis={
            "tickvals": list(range(lowest, -1, -1)),
            "ticktext": lines,
            **GAP,
            "range": [-0.6, len(lines) - 0.4],
            "fixedrange": True,
            "zeroline": False,
            "tickfont": {"size": 11.5},
        },
    )


def _dots(
    tables: Sequence[TableSummary], now: datetime, *, single: bool
) -> list[tuple[str, float, str, str, int]]:
    """(provider, age in hours, words, address, tables) of each dot."""
    if single:
        return [
            (
                table.provider,
                _age_hours(table, now),
                f"{table.ref.label}<br>{relative_words(table.updated_at or now, now)}",
                addresses.table(table.ref, "source"),
                1,
            )
            for table in tables
        ]
    groups: dict[tuple[str, float], list[TableSummary]] = defaultdict(list)
    for table in tables:
        # ages within a third of one another
        groups[table.provider, round(math.log(_age_hours(table, now), 1.33))].append(table)
    dots = []
    for (provider, _), members in groups.items():
        hours = sum(_age_hours(table, now) for table in members) / len(members)
        when = relative_words(now - timedelta(hours=hours), now)
        one = members[0].ref if len(members) == 1 else None
        address = (
            addresses.table(one, "source")
            if one
            else addresses.overview(InventoryFilter(provider), sort="-updated")
        )
        name = one.label if one else f"{len(members)} tables of {provider_label(provider)}"
        dots.append((provider, hours, f"{name}<br>{when}", address, len(members)))
    return dots


def _age_hours(table: TableSummary, now: datetime) -> float:
    return max((now - (table.updated_at or now)).total_seconds() / HOUR, YOUNGEST)
