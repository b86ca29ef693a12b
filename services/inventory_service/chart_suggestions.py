"""Which charts a table's page opens with: chosen by what its columns hold, the same for the same profile."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from services.models.inventory import ChartChoice, ColumnProfile, Profiles

MOST_CHARTS = 6
# values of a column that still divide rows; what has more is told by its largest
FEW_VALUES = 12
MANY_VALUES = 60
# colours that one tells apart
MOST_COLOURS = 6
# numbers with fewer values are better counted one by one
FEW_NUMBERS = 8
# of a longer text a chart knows the beginning alone, and two may begin alike
LONGEST_VALUE = 120
PREFERRED = (
    "state",
    "status",
    "region",
    "location",
    "instance_type",
    "type",
    "kind",
    "sku",
    "engine",
    "runtime",
)
_ID = re.compile(r"(^|_)(ids?|arns?|uuid|guid|uri|url|href|self_?link|etag|hash|checksum|fingerprint)$", re.I)


def suggest_group(names: Sequence[str]) -> str:
    """The column that most people would group by."""
    return min(names, key=_rank_name, default="")


def suggest_charts(found: Profiles, keys: Collection[str] = ()) -> tuple[ChartChoice, ...]:
    """Up to six charts, the most telling first; none of a key or an id, of one value, or of one bar.

    One of each kind comes first: how rows divide, since when they are there, how their numbers are spread, yes or no,
    tagged or not, and two divisions together; then what else there is. keys: the columns that name a row.
    """
    told = [one for one in found.columns if one.column.name not in keys and not _ID.search(one.column.name)]

    def choose(fits: Callable[[ColumnProfile, int], bool]) -> list[ColumnProfile]:
        return sorted(
            (one for one in told if fits(one, found.rows)), key=lambda one: _rank_name(one.column.name)
        )

    categories = choose(_is_category)
    kinds = [
        [ChartChoice(by=one.column.name) for one in categories],
        [ChartChoice(by=one.column.name, kind="column") for one in choose(_is_time)],
        [ChartChoice(by=one.column.name, kind="histogram") for one in choose(_is_spread)],
        [ChartChoice(by=one.column.name, kind="pie") for one in choose(_is_truth)],
        [ChartChoice(by=one.column.name, kind="filled") for one in choose(_is_partly_filled)],
        _suggest_split(categories),
    ]
    first = [charts[0] for charts in kinds if charts]
    rest = [chart for charts in kinds for chart in charts[1:]]
    return tuple([*first, *rest][:MOST_CHARTS])


def _suggest_split(categories: Sequence[ColumnProfile]) -> list[ChartChoice]:
    """Two divisions in one chart: the one with more values as bars, the other as colours."""
    colours = [one for one in categories if one.distinct <= MOST_COLOURS]
    pairs: Iterable[tuple[ColumnProfile, ColumnProfile]] = (
        (bars, split) for split in colours for bars in categories if bars is not split
    )
    bars, split = next(iter(pairs), (None, None))
    return [ChartChoice(by=bars.column.name, split=split.column.name)] if bars and split else []


def _rank_name(name: str) -> int:
    """The place among the names that people group by; a table's own order decides among the others."""
    for place, wanted in enumerate(PREFERRED):
        if name == wanted or name.endswith(f"_{wanted}"):
            return place
    return len(PREFERRED)


def _is_category(one: ColumnProfile, rows: int) -> bool:
    if one.column.kind not in ("text", "number") or one.distinct < 2 or one.days:
        return False
    if any(len(value or "") > LONGEST_VALUE for value, _ in one.top):
        return False
    if one.column.kind == "number":
        return one.distinct <= FEW_NUMBERS and 2 * one.distinct <= rows
    # values that come back: names of things come once
    most = FEW_VALUES if 2 * one.distinct <= rows - one.nulls else 2
    return one.distinct <= most or (one.distinct <= MANY_VALUES and 4 * one.distinct <= rows - one.nulls)


def _is_time(one: ColumnProfile, rows: int) -> bool:
    return one.days > 1


def _is_spread(one: ColumnProfile, rows: int) -> bool:
    return one.column.kind == "number" and one.distinct > FEW_NUMBERS and len(set(one.quantiles)) > 1


def _is_truth(one: ColumnProfile, rows: int) -> bool:
    return one.column.kind == "boolean" and one.distinct + bool(one.nulls) > 1


def _is_partly_filled(one: ColumnProfile, rows: int) -> bool:
    return one.column.kind == "json" and 0 < one.filled < rows
