"""The overview's charts over days: how many resources there were, and what changed.

Plotly figures, written as plain dictionaries. Every mark carries the address behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from layouts.components.charts import (
    REST_COLOUR,
    fade_colour,
    find_provider_colour,
    mix_colours,
    shorten_provider,
    surface,
)
from layouts.components.drawing import figure, number_axis
from layouts.components.tokens import TEXT_XS, token
from layouts.inventory import addresses
from services.models.inventory import DayChanges, Overview
from services.models.wording import DAY_FORMAT

# more providers than these are drawn together
MOST_BANDS = 9
FEW_DAYS = 8


def day_axis(days: Sequence[date]) -> dict[str, Any]:
    """An axis of days, the same in every chart; of few days each has its name, and no half of one."""
    edges = (days[0] - timedelta(days=1), days[-1]) if days else ()
    axis = {
        "type": "date",
        "range": [datetime.combine(day, time(12)).isoformat() for day in edges] or None,
        "tickformat": DAY_FORMAT,
        "hoverformat": DAY_FORMAT,
        "tickangle": 0,
        "showgrid": False,
    }
    return {**axis, "dtick": 24 * 3600_000} if len(days) <= FEW_DAYS else axis


def over_time(shown: Overview, dark: bool) -> dict[str, Any]:
    """Resources at each day's end by provider, with a strip below that shows how much of them was confirmed."""
    days = [day.isoformat() for day in shown.days]
    single = len(days) == 1
    totals = [sum(values) for values in zip(*shown.levels.values(), strict=True)]
    traces: list[dict[str, Any]] = []
    named = list(shown.levels.items())[:MOST_BANDS]
    rest = list(shown.levels.values())[MOST_BANDS:]
    if rest:
        named.append(("", tuple(sum(values) for values in zip(*rest, strict=True))))
    for provider, values in named:
        colour = find_provider_colour(provider) if provider else REST_COLOUR
        common = {
            "x": days,
            "y": list(values),
            "name": shorten_provider(provider) if provider else f"{len(rest)} others",
            "customdata": [
                addresses.changes(
                    provider=provider or shown.filter.provider, region=shown.filter.region, day=day
                )
                for day in shown.days
            ],
            "hovertemplate": "%{y:,}",
        }
        if single:
            traces.append({**common, "type": "bar", "width": 6 * 3600_000, "marker": {"color": colour}})
        else:
            line = {"width": 1.5, "color": colour, "shape": "linear"}
            traces.append(
                {
                    **common,
                    "type": "scatter",
                    "mode": "lines",
                    "stackgroup": "all",
                    "line": line,
                    "fillcolor": fade_colour(colour, 0.5 if dark else 0.55),
                }
            )
    most = max(totals, default=0)
    strip = any(day.scopes_total for day in shown.changes)
    if strip:
        traces.append(_coverage_strip(shown, totals, dark))
    return figure(
        dark,
        traces,
        barmode="stack",
        hovermode="x unified",
        # the strip's words stand in the same box
        hoversubplots="axis",
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        xaxis={**day_axis(shown.days), "anchor": "y2" if strip else "y"},
        yaxis={"domain": [0.07 if strip else 0, 1], "rangemode": "tozero", "nticks": 5, **number_axis(most)},
        yaxis2={"domain": [0, 0.03], "visible": False, "fixedrange": True, "range": [0, 1]},
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "traceorder": "normal",
            "font": {"size": TEXT_XS},
        },
    )


def _coverage_words(day: DayChanges) -> str:
    if not day.scopes_total:
        return "nothing was read"
    return (
        f"{day.scopes_ok} of {day.scopes_total} scopes read"
        if day.scopes_ok < day.scopes_total
        else f"all {day.scopes_total} scopes read"
    )


def _coverage_strip(shown: Overview, totals: Sequence[int], dark: bool) -> dict[str, Any]:
    tones = []
    for day in shown.changes:
        if not day.scopes_total:
            tones.append(mix_colours(token("neutral", dark), surface(dark), 0.25))
        elif day.scopes_ok < day.scopes_total:
            # the more is missing, the stronger
            missing = 1 - day.scopes_ok / day.scopes_total
            tones.append(mix_colours(token("warning", dark), surface(dark), min(1.0, 0.7 + 2 * missing)))
        else:
            tones.append(mix_colours(token("success", dark), surface(dark), 0.75))
    return {
        "type": "bar",
        "x": [day.day.isoformat() for day in shown.changes],
        "y": [1] * len(shown.changes),
        "yaxis": "y2",
        "name": "all",
        "showlegend": False,
        "marker": {"color": tones},
        "text": [
            f"{total:,}, {_coverage_words(day)}" for day, total in zip(shown.changes, totals, strict=False)
        ],
        "textposition": "none",
        "hovertemplate": "%{text}",
        "customdata": [
            addresses.changes(provider=shown.filter.provider, region=shown.filter.region, day=day.day)
            for day in shown.changes
        ],
    }


def _count(day: DayChanges, kind: str, net: bool) -> int | None:
    """How many there were of a kind; None where nothing was read, for it is not known to be nought."""
    count = int(getattr(day, kind))
    # of a region it is not recorded what was read
    return count if count or net or day.scopes_total else None


def change_address(shown: Overview, day: DayChanges, kind: str) -> str:
    """Where the number of a kind of change on a day leads; the feed has no net changes to narrow to."""
    return addresses.changes(
        provider=shown.filter.provider,
        region=shown.filter.region,
        day=day.day,
        kind="" if shown.filter.region else kind,
    )


def changes_by_day(shown: Overview, dark: bool) -> dict[str, Any]:
    """What appeared above the line and what vanished below; changed resources are drawn paler on top."""
    days = [day.day.isoformat() for day in shown.changes]
    net = bool(shown.filter.region)
    kinds = ["added", "removed"] if net else ["added", "changed", "removed"]
    traces = []
    for kind in kinds:
        counts = [_count(day, kind, net) for day in shown.changes]
        traces.append(
            {
                "type": "bar",
                "x": days,
                "y": [-count if count and kind == "removed" else count for count in counts],
                "name": {"added": "grew", "removed": "shrank"}[kind] if net else kind,
                "marker": {"color": token(f"change-{kind}", dark)},
                "text": ["" if count is None else f"{count:,}" for count in counts],
                "textposition": "none",
                "hovertemplate": "%{text}",
                "customdata": [change_address(shown, day, kind) for day in shown.changes],
            }
        )
    most = max(
        (max(day.added + (0 if net else day.changed), day.removed) for day in shown.changes), default=0
    )
    return figure(
        dark,
        traces,
        barmode="relative",
        bargap=0.28,
        hovermode="x unified",
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        xaxis=day_axis([day.day for day in shown.changes]),
        yaxis={"nticks": 5, "zeroline": True, "zerolinewidth": 1.5, **number_axis(most)},
    )
