"""The overview's charts over days: how many resources there were, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from layouts.components.charts import REST_COLOUR, find_provider_colour, shorten_provider
from layouts.components.marks import drawing, legend, mark
from layouts.components.plot import Column, Piece, draw_curves, draw_plot, stack_curves
from layouts.components.scales import make_scale
from layouts.inventory import addresses
from services.models.inventory import DayChanges, Overview
from services.models.wording import format_count, format_day

# more providers than these are drawn together
MOST_BANDS = 9
COLOURS = {kind: f"var(--change-{kind})" for kind in ("added", "removed", "changed")}


@dataclass(frozen=True)
class Band:
    """A provider's resources at each day's end, or those of all that are drawn together. provider: "" of these."""

    name: str
    provider: str
    colour: str
    values: tuple[int, ...]


def list_bands(shown: Overview) -> list[Band]:
    """The bands of the stack, from the bottom up."""
    named, rest = list(shown.levels.items())[:MOST_BANDS], list(shown.levels.values())[MOST_BANDS:]
    bands = [
        Band(shorten_provider(name), name, find_provider_colour(name), tuple(values))
        for name, values in named
    ]
    if rest:
        together = tuple(sum(values) for values in zip(*rest, strict=True))
        bands.append(Band(f"{len(rest)} others", "", REST_COLOUR, together))
    return bands


def over_time(shown: Overview) -> html.Div:
    """Resources at each day's end by provider, with a strip below that shows how much of them was confirmed."""
    bands = list_bands(shown)
    totals = [sum(band.values[place] for band in bands) for place in range(len(shown.days))]
    scale = make_scale(0, max(totals, default=0))
    columns = [_stack_day(shown, bands, place, totals[place]) for place in range(len(shown.days))]
    curves = stack_curves([(band.colour, band.values) for band in bands])
    picture = draw_curves(curves, scale) if len(shown.days) > 1 else None
    return drawing(
        _describe_levels(shown, bands, totals),
        [
            legend((band.name, band.colour) for band in bands),
            draw_plot(columns, scale, picture, newest=True),
        ],
        "over-time",
    )


def _describe_levels(shown: Overview, bands: Sequence[Band], totals: Sequence[int]) -> str:
    """`14 days: aws 4,666, azure 2,565; 9,997 in all, up 55 since 14 Nov`."""
    if not totals:
        return "No day is recorded yet"
    newest = ", ".join(f"{band.name} {band.values[-1]:,}" for band in bands)
    moved, since = totals[-1] - totals[0], format_day(shown.days[0], shown.at.date())
    words = f"{'up' if moved > 0 else 'down'} {abs(moved):,}" if moved else "as many as"
    said = f", {words} {'since' if moved else 'on'} {since}" if len(totals) > 1 else ""
    return f"{format_count(len(totals), 'day')}: {newest}; {totals[-1]:,} in all{said}"


def _stack_day(shown: Overview, bands: Sequence[Band], place: int, total: int) -> Column:
    day, height, pieces = shown.days[place], 0, []
    name = format_day(day, shown.at.date())
    single = len(shown.days) == 1
    for band in bands:
        value = band.values[place]
        if value:
            address = addresses.changes(
                provider=band.provider or shown.filter.provider, region=shown.filter.region, day=day
            )
            colour = band.colour if single else ""
            words = f"{name}, {band.name}: {value:,}"
            pieces.append(Piece(height, height + value, words, address, "band", colour))
        height += value
    changes = next((one for one in shown.changes if one.day == day), None)
    read = f", {describe_coverage(changes)}" if changes else ""
    lines = [f"{band.name} {band.values[place]:,}" for band in reversed(bands)]
    return Column(
        name, pieces, "\n".join([f"{total:,} in all{read}", *lines]), _draw_coverage(shown, changes)
    )


def describe_coverage(day: DayChanges) -> str:
    """How many of the scopes that were due on a day were read."""
    if not day.scopes_total:
        return "nothing was read"
    if day.scopes_ok < day.scopes_total:
        return f"{day.scopes_ok} of {day.scopes_total} scopes read"
    return f"all {day.scopes_total} scopes read"


def find_coverage_tone(day: DayChanges) -> str:
    """The class of a day in the strip: none, some or all of what was due was read."""
    return "none" if not day.scopes_total else "some" if day.scopes_ok < day.scopes_total else "all"


def _draw_coverage(shown: Overview, day: DayChanges | None) -> Any:
    """The day in the strip of coverage; the more is missing, the stronger."""
    if day is None or not any(one.scopes_total for one in shown.changes):
        return None
    tone = find_coverage_tone(day)
    missing = 1 - day.scopes_ok / day.scopes_total if day.scopes_total else 0
    address = addresses.changes(provider=shown.filter.provider, region=shown.filter.region, day=day.day)
    words = f"{format_day(day.day, shown.at.date())}: {describe_coverage(day)}"
    drawn = mark(
        words, address, f"strip-day read-{tone}", opacity=min(1.0, 0.7 + 2 * missing) if missing else None
    )
    return html.Div(drawn, className="mark-group")


def count_changes(day: DayChanges, kind: str, net: bool) -> int | None:
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


def name_kinds(shown: Overview) -> dict[str, str]:
    """The kinds of changes that are drawn, and what they are called: of a region only the net change is recorded."""
    if shown.filter.region:
        return {"added": "grew", "removed": "shrank"}
    return {"added": "added", "changed": "changed", "removed": "removed"}


def changes_by_day(shown: Overview) -> html.Div:
    """What appeared above the line and what vanished below; changed resources are drawn on top."""
    kinds, net = name_kinds(shown), bool(shown.filter.region)
    highest = max((day.added + (0 if net else day.changed) for day in shown.changes), default=0)
    scale = make_scale(-max((day.removed for day in shown.changes), default=0), highest)
    columns = [_draw_changes(shown, day, kinds) for day in shown.changes]
    return drawing(
        _describe_changes(shown, kinds),
        [
            legend((words, COLOURS[kind]) for kind, words in kinds.items()),
            draw_plot(columns, scale, newest=True),
        ],
        "changes-by-day",
    )


def _draw_changes(shown: Overview, day: DayChanges, kinds: dict[str, str]) -> Column:
    name, height, pieces, lines = format_day(day.day, shown.at.date()), 0, [], []
    for kind, words in kinds.items():
        count = count_changes(day, kind, bool(shown.filter.region))
        if count is None:
            continue
        lines.append(f"{words} {count:,}")
        if not count:
            continue
        start, end = (-count, 0) if kind == "removed" else (height, height + count)
        height = height if kind == "removed" else end
        said = f"{name}: {count:,} {words}"
        pieces.append(Piece(start, end, said, change_address(shown, day, kind), "bar", COLOURS[kind]))
    return Column(name, pieces, "\n".join(lines or ["nothing was read"]))


def _describe_changes(shown: Overview, kinds: dict[str, str]) -> str:
    """`14 days: 1,204 added, 310 changed, 92 removed; most on 27 Nov`."""
    sums = [f"{sum(getattr(day, kind) for day in shown.changes):,} {words}" for kind, words in kinds.items()]
    busiest = max(shown.changes, key=_sum_changes, default=None)
    most = (
        f"; most on {format_day(busiest.day, shown.at.date())}" if busiest and _sum_changes(busiest) else ""
    )
    return f"{format_count(len(shown.changes), 'day')}: {', '.join(sums)}{most}"


def _sum_changes(day: DayChanges) -> int:
    return day.added + day.removed + day.changed
