"""The overview's charts as Plotly figures, written as plain dictionaries. Every mark carries the address behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from layouts.components.charts import (
    CHANGE_COLOURS,
    drawn,
    faded,
    mix,
    provider_colour,
    provider_label,
    readable_on,
    surface,
    theme,
)
from layouts.inventory import addresses
from services.models.inventory import DayChanges, Overview, TableSummary

MOST_TILES = 60
# more providers than these are drawn together
MOST_BANDS = 9
REST_COLOUR = "#94a3b8"
LONGEST_LABEL = 22
LONGEST_LINE = 10
UNKNOWN = "not known"
FEW_COUNTS, THOUSAND = 5, 1_000
FEW_DAYS = 8
# room between an axis's names and its marks
GAP = {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}


def figure(dark: bool, traces: list[dict[str, Any]], **layout: Any) -> dict[str, Any]:
    """A figure in the theme's template."""
    return {"data": traces, "layout": {"template": theme(dark), "autosize": True, **layout}}


def short(text: str) -> str:
    """A value as a chart's label."""
    return drawn(text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…")


def broken(text: str) -> str:
    """A long name on two lines, so that a narrow tile can hold it."""
    text = drawn(text)
    if len(text) <= LONGEST_LINE or "_" not in text:
        return text
    places = [i for i, letter in enumerate(text) if letter == "_"]
    middle = min(places, key=lambda place: abs(place - len(text) // 2))
    return f"{text[:middle]}<br>{text[middle + 1 :]}"


def number_axis(most: float) -> dict[str, Any]:
    """How an axis of counts up to `most` is written: whole numbers, thousands as 1k."""
    if most <= FEW_COUNTS:
        return {"tickformat": "d", "dtick": 1}
    return {"tickformat": "~s" if most >= THOUSAND else ",~r"}


def day_axis(days: Sequence[date]) -> dict[str, Any]:
    """An axis of days, the same in every chart; of few days each has its name, and no half of one."""
    edges = (days[0] - timedelta(days=1), days[-1]) if days else ()
    axis = {
        "type": "date",
        "range": [datetime.combine(day, time(12)).isoformat() for day in edges] or None,
        "tickformat": "%b %-d",
        "hoverformat": "%a %b %-d",
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
        colour = provider_colour(provider) if provider else REST_COLOUR
        common = {
            "x": days,
            "y": list(values),
            "name": provider_label(provider) if provider else f"{len(rest)} others",
            "customdata": [addresses.changes(provider=provider, day=day) for day in shown.days],
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
                    "fillcolor": faded(colour, 0.5 if dark else 0.55),
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
            "font": {"size": 11.5},
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
            tones.append(mix("#94a3b8", surface(dark), 0.25))
        elif day.scopes_ok < day.scopes_total:
            # the more is missing, the stronger
            missing = 1 - day.scopes_ok / day.scopes_total
            tones.append(mix("#d97706", surface(dark), min(1.0, 0.45 + 2 * missing)))
        else:
            tones.append(mix("#16a34a", surface(dark), 0.55))
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
        "customdata": [addresses.changes(day=day.day) for day in shown.changes],
    }


def where(shown: Overview, dark: bool) -> dict[str, Any]:
    """Provider → service → table, by rows; small tables are summed up so that the rest stays readable."""
    ground = surface(dark)
    tiles: dict[str, list[Any]] = defaultdict(list)

    def tile(id: str, parent: str, label: str, value: int, colour: str, address: str, hover: str) -> None:
        for name, item in zip(
            ("ids", "parents", "labels", "values", "colors", "inks", "customdata", "text"),
            (id, parent, label, value, colour, readable_on(colour), address, hover),
            strict=True,
        ):
            tiles[name].append(item)

    loaded = sorted((t for t in shown.tables if t.rows), key=lambda t: -(t.rows or 0))
    named, rest = loaded[:MOST_TILES], loaded[MOST_TILES:]
    services: dict[tuple[str, str], list[TableSummary]] = defaultdict(list)
    for table in named:
        services[table.provider, table.service].append(table)
    left: dict[str, list[TableSummary]] = defaultdict(list)
    for table in rest:
        left[table.provider].append(table)
    totals: dict[str, int] = defaultdict(int)
    for table in loaded:
        totals[table.provider] += table.rows or 0
    for provider, total in sorted(totals.items(), key=lambda item: -item[1]):
        colour = provider_colour(provider)
        tile(
            provider,
            "",
            provider_label(provider),
            total,
            mix(colour, "#0d1117", 0.86),
            "",
            f"{total:,} resources",
        )
        middle, pale = mix(colour, ground, 0.62 if dark else 0.5), mix(colour, ground, 0.42 if dark else 0.3)
        for (owner, service), tables in services.items():
            if owner != provider:
                continue
            parent = provider
            if len(tables) > 1:
                parent = f"{provider}/{service}"
                count = sum(t.rows or 0 for t in tables)
                tile(parent, provider, drawn(service) or "other", count, middle, "", f"{count:,} resources")
            for table in tables:
                own = table.resource or table.ref.name
                # a service with one table needs no frame of its own
                label = broken(own if len(tables) > 1 or not service else service)
                tile(
                    f"{provider}/{service}/{table.ref.schema}.{table.ref.name}",
                    parent,
                    label,
                    table.rows or 0,
                    pale,
                    addresses.table(table.ref),
                    f"{table.ref.label}<br>{table.rows:,} rows",
                )
        if provider in left:
            count = sum(t.rows or 0 for t in left[provider])
            words = f"{len(left[provider])} more tables"
            tile(f"{provider}/…", provider, words, count, pale, "", f"{words}<br>{count:,} rows")
    trace = {
        "type": "treemap",
        "branchvalues": "total",
        "ids": tiles["ids"],
        "parents": tiles["parents"],
        "labels": tiles["labels"],
        "values": tiles["values"],
        "text": tiles["text"],
        "customdata": tiles["customdata"],
        "texttemplate": "%{label}<br>%{value:,}",
        "hovertemplate": "%{text}<extra></extra>",
        "insidetextfont": {"color": tiles["inks"], "size": 12},
        # the only provider is the root, whose words count as outside
        "outsidetextfont": {"color": tiles["inks"][0] if tiles["inks"] else None, "size": 12},
        "marker": {
            "colors": tiles["colors"],
            "line": {"width": 1, "color": ground},
            "pad": {"t": 20, "l": 2, "r": 2, "b": 2},
        },
        "tiling": {"packing": "squarify", "pad": 1},
        "pathbar": {"visible": False},
        "root": {"color": "rgba(0,0,0,0)"},
    }
    # style.css takes away the room for a title of the root, which a single provider does not have
    top = 18 if len(totals) == 1 else 0
    return figure(
        dark, [trace], margin={"l": 0, "r": 0, "t": top, "b": 0}, uniformtext={"minsize": 10, "mode": "hide"}
    )


def changes_by_day(shown: Overview, dark: bool) -> dict[str, Any]:
    """What appeared above the line and what vanished below; changed resources are drawn paler on top."""
    days = [day.day.isoformat() for day in shown.changes]
    provider = shown.filter.provider
    net = bool(shown.filter.region)
    kinds = ["added", "removed"] if net else ["added", "changed", "removed"]
    traces = []
    for kind in kinds:
        values = [getattr(day, kind) for day in shown.changes]
        traces.append(
            {
                "type": "bar",
                "x": days,
                "y": [-value for value in values] if kind == "removed" else values,
                "name": {"added": "grew", "removed": "shrank"}[kind] if net else kind,
                "marker": {"color": CHANGE_COLOURS[kind] if not dark or kind != "changed" else "#64748b"},
                "text": [f"{value:,}" for value in values],
                "textposition": "none",
                "hovertemplate": "%{text}",
                "customdata": [
                    addresses.changes(provider=provider, day=day.day, kind="" if net else kind)
                    for day in shown.changes
                ],
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
