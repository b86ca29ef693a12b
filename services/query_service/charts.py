"""A quick chart of a result: what its columns suggest, and the numbers to draw."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from inventory_runner.errors import InvalidInput
from services.models.numbers import Numbers
from services.query_service import results

KINDS = ("bar", "line", "scatter", "histogram")
AGGREGATES = {"count": "count", "sum": "sum", "mean": "mean", "min": "min", "max": "max"}
MOST_BARS = 40
MOST_SERIES = 12
MOST_POINTS = 5_000
LONGEST_LABEL = 200
FEW = 60
BINS = 24
DAY, MONTH = len("2026-11-21"), len("2026-11")
MOST_DAYS = 62
MOST_AGGREGATE_COLUMNS = 5


@dataclass(frozen=True)
class Choice:
    """kind: bar, line, scatter or histogram. y: a number column, or empty to count rows. group: a colour each.

    filter: words that a row has.
    """

    kind: str
    x: str
    y: str = ""
    aggregate: str = "count"
    group: str = ""
    filter: str = ""


@dataclass(frozen=True)
class Chart:
    """series: name → (x values, y values); of a histogram what a bin is called, and how many rows are in it.

    numbers, columns: choices of measure and axis. note: what is left out.
    """

    choice: Choice | None
    series: Mapping[str, tuple[list[Any], list[Any]]] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    note: str = ""

    @property
    def groups(self) -> list[Any]:
        """The x values of all series: of bars those with the largest totals first, else in their order."""
        totals: dict[Any, float] = {}
        for xs, ys in self.series.values():
            for x, y in zip(xs, ys, strict=True):
                totals[x] = totals.get(x, 0) + abs(y or 0)
        if self.choice is None or self.choice.kind != "bar":
            return list(totals) if len(self.series) < 2 else sorted(totals, key=lambda x: (x is None, x))
        return sorted(totals, key=lambda x: -totals[x])

    @property
    def aligned(self) -> dict[str, list[Any]]:
        """Series → its value at each of the groups, None where it has none."""
        at = {name: dict(zip(xs, ys, strict=True)) for name, (xs, ys) in self.series.items()}
        groups = self.groups
        return {name: [values.get(group) for group in groups] for name, values in at.items()}

    @property
    def behind(self) -> Numbers:
        """The numbers that are drawn, as a table."""
        if self.choice is None:
            return Numbers([], [])
        if self.choice.kind == "scatter" and self.choice.y:
            head = [self.choice.x, self.choice.y, *([self.choice.group] if self.choice.group else [])]
            return Numbers(
                head,
                [
                    [x, y, name][: len(head)]
                    for name, (xs, ys) in self.series.items()
                    for x, y in zip(xs, ys, strict=True)
                ],
            )
        aligned = self.aligned
        return Numbers(
            [self.choice.x, *aligned],
            [[group, *(values[i] for values in aligned.values())] for i, group in enumerate(self.groups)],
        )


def draw(table: pa.Table, kinds: Mapping[str, str], choice: Choice | None = None) -> Chart:
    """The chart; without a column or a row to draw its choice is None. Raises InvalidInput."""
    numbers = tuple(
        name for name in table.column_names if kinds[name] == "number" or _is_numeric_text(table, name, kinds)
    )
    columns = tuple(name for name in table.column_names if kinds[name] != "json")
    if not table.num_rows or not columns:
        return Chart(None, numbers=numbers, columns=columns, note="There is nothing to draw.")
    choice = choice or suggest(table, kinds, numbers, columns)
    _check(choice, numbers, columns)
    if choice.filter.split():
        table = results.take_rows(table, results.find_matching_rows(table, [], {}, choice.filter))
        if not table.num_rows:
            return Chart(choice, {}, numbers, columns, "No row has these words.")
    series, note = _build_series(table, choice, kinds)
    return Chart(choice, _shorten_labels(series), numbers, columns, note)


def _shorten_labels(
    series: dict[str, tuple[list[Any], list[Any]]],
) -> dict[str, tuple[list[Any], list[Any]]]:
    """The same with long texts cut; those that begin alike are numbered, so that they stay as many as they are."""
    labels: dict[Any, Any] = {}

    def shorten(value: Any) -> Any:
        if not isinstance(value, str) or len(value) <= LONGEST_LABEL:
            return value
        if value not in labels:
            labels[value] = f"{value[:LONGEST_LABEL]}… ({len(labels) + 1})"
        return labels[value]

    return {shorten(name): ([shorten(x) for x in xs], ys) for name, (xs, ys) in series.items()}


def suggest(
    table: pa.Table, kinds: Mapping[str, str], numbers: tuple[str, ...], columns: tuple[str, ...]
) -> Choice:
    """An aggregate's time or category against its number; of a list of resources, how many by a category."""
    measures = [name for name in numbers if _is_measure(name, table)]
    times = [name for name in columns if kinds[name] == "time"]
    texts = [name for name in columns if name not in numbers and name not in times]
    distinct = {name: pc.count_distinct(table.column(name)).as_py() for name in texts}
    aggregate = len(table.column_names) <= MOST_AGGREGATE_COLUMNS
    if aggregate and times and measures and table.num_rows > 1:
        return Choice("line", times[0], measures[0], "sum")
    if aggregate and measures and (whole := [name for name in texts if 1 < distinct[name] <= FEW]):
        # one row a category: the numbers are the answer already
        return Choice("bar", max(whole, key=lambda name: distinct[name]), measures[0], "sum")
    if grouped := [name for name in texts if 1 < distinct[name] <= FEW]:
        return Choice("bar", min(grouped, key=lambda name: (_rank(name), abs(distinct[name] - 8))))
    if len(measures) > 1:
        return Choice("scatter", measures[0], measures[1], "sum")
    if measures or times:
        return Choice("histogram", (measures or times)[0])
    return Choice("bar", min(texts, key=lambda name: distinct[name]) if texts else columns[0])


def _is_measure(name: str, table: pa.Table) -> bool:
    """Whether a number column measures something, rather than name or mark it."""
    if re.search(r"(^|_)(id|port|year|account|number)s?$", name.lower()) or name.lower().endswith("id"):
        return False
    values = pc.unique(table.column(name)).slice(0, 4).to_pylist()
    return (
        not {str(value) for value in values if value is not None} <= {"0", "1", "0.0", "1.0"}
        or table.num_rows <= 2
    )


def _rank(name: str) -> int:
    """How well a column's name suits a first look."""
    words = (
        "type",
        "state",
        "status",
        "region",
        "location",
        "zone",
        "size",
        "sku",
        "kind",
        "engine",
        "class",
        "visibility",
    )
    return next((i for i, word in enumerate(words) if word in name.lower()), len(words))


def _is_numeric_text(table: pa.Table, name: str, kinds: Mapping[str, str]) -> bool:
    return (
        kinds[name] == "text"
        and pa.types.is_string(table.schema.field(name).type)
        and results.convert_to_numbers(table.column(name)) is not None
    )


def _check(choice: Choice, numbers: tuple[str, ...], columns: tuple[str, ...]) -> None:
    if choice.kind not in KINDS:
        raise InvalidInput(f"{choice.kind!r} is no kind of chart.", field="kind")
    if choice.aggregate not in AGGREGATES:
        raise InvalidInput(f"{choice.aggregate!r} is no way to sum up.", field="aggregate")
    for name in (choice.x, choice.group):
        if name and name not in columns:
            raise InvalidInput(f"The result has no column {name!r} to draw.", field="x")
    if choice.y and choice.y not in numbers:
        raise InvalidInput(
            f"{choice.y!r} holds no numbers.", field="y", hint="Choose a column of numbers, or count rows."
        )


def _build_series(
    table: pa.Table, choice: Choice, kinds: Mapping[str, str]
) -> tuple[dict[str, tuple[list[Any], list[Any]]], str]:
    x = _convert_values(table, choice.x, choice.kind)
    if choice.kind == "histogram":
        return {"rows": _count_in_bins(x.drop_null(), kinds[choice.x])}, ""
    if choice.kind == "scatter" and choice.y:
        y = results.convert_to_comparable(table.column(choice.y))
        groups = _make_labels(table, choice.group).to_pylist() if choice.group else None
        note = (
            f"The first {MOST_POINTS:,} of {table.num_rows:,} rows." if table.num_rows > MOST_POINTS else ""
        )
        found: dict[str, tuple[list[Any], list[Any]]] = {}
        for i, (one, other) in enumerate(
            zip(x[:MOST_POINTS].to_pylist(), y[:MOST_POINTS].to_pylist(), strict=True)
        ):
            name = str(groups[i]) if groups else choice.y
            xs, ys = found.setdefault(name, ([], []))
            xs.append(one)
            ys.append(other)
        return found, note
    return _aggregate_series(table, choice, x)


def _count_in_bins(values: Any, kind: str) -> tuple[list[Any], list[Any]]:
    """How many values lie between each two steps, or on each day or in each month of times; of a text, by value."""
    if not len(values):
        return [], []
    if results.is_number(values.type):
        numbers = values.cast(pa.float64(), safe=False)
        numbers = numbers.filter(pc.is_finite(numbers))
        if not len(numbers):
            return [], []
        low, high = pc.min(numbers).as_py(), pc.max(numbers).as_py()
        width = _round_up_width((high - low) / BINS)
        first = math.floor(low / width)
        places = pc.subtract(pc.floor(pc.divide(numbers, width)), first).cast(pa.int64())
        counts = {one["values"]: one["counts"] for one in pc.value_counts(places).to_pylist()}
        steps = range(max(counts) + 1)
        return [_step((first + i) * width, (first + i + 1) * width) for i in steps], [
            counts.get(i, 0) for i in steps
        ]
    text = values if pa.types.is_string(values.type) else values.cast(pa.string())
    if kind == "time":
        days = pc.utf8_slice_codeunits(text, 0, DAY)
        text = (
            days if pc.count_distinct(days).as_py() <= MOST_DAYS else pc.utf8_slice_codeunits(text, 0, MONTH)
        )
    # the largest first, and no more of them as Python's: each row may have a long text of its own
    counted = pc.value_counts(text)
    largest = pc.array_sort_indices(counted.field("counts"), order="descending")
    most = MOST_POINTS if kind == "time" else MOST_BARS
    found = {one["values"]: one["counts"] for one in counted.take(largest[:most]).to_pylist()}
    order = sorted(found) if kind == "time" else list(found)
    return order, [found[one] for one in order]


def _round_up_width(width: float) -> float:
    """The next larger of 1, 2, 5, 10, … times a power of ten."""
    if width <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))


def _step(low: float, high: float) -> str:
    return f"{low:,.6g} – {high:,.6g}"


def _aggregate_series(
    table: pa.Table, choice: Choice, x: Any
) -> tuple[dict[str, tuple[list[Any], list[Any]]], str]:
    counting = not choice.y or choice.aggregate == "count"
    measure = (
        x
        if counting
        else results.convert_to_comparable(table.column(choice.y)).cast(pa.float64(), safe=False)
    )
    columns = {"x": x, "y": measure}
    if choice.group:
        columns["g"] = _make_labels(table, choice.group)
    keys = ["x", "g"] if choice.group else ["x"]
    how = "count" if counting else AGGREGATES[choice.aggregate]
    options = pc.CountOptions(mode="all") if counting else None
    summed = pa.table(columns).group_by(keys).aggregate([("y", how, options)])
    values = f"y_{how}"
    order = _list_leading(summed, values) if choice.kind == "bar" else None
    note = ""
    names = summed.column("x").to_pylist()
    kept = set(names)
    if order is not None and len(order) > MOST_BARS:
        kept, note = set(order[:MOST_BARS]), f"The largest {MOST_BARS} of {len(order):,}."
    elif len(kept) > MOST_POINTS:
        first = sorted(kept, key=lambda one: (one is None, one))[:MOST_POINTS]
        kept, note = set(first), f"The first {MOST_POINTS:,} of {len(kept):,} values."
    found: dict[str, dict[Any, Any]] = {}
    groups = summed.column("g").to_pylist() if choice.group else [choice.y or "rows"] * len(names)
    sizes: dict[str, float] = {}
    for name, group, value in zip(names, groups, summed.column(values).to_pylist(), strict=True):
        if name in kept:
            found.setdefault(str(group), {})[name] = value
            sizes[str(group)] = sizes.get(str(group), 0) + abs(value or 0)
    if len(found) > MOST_SERIES:
        largest = sorted(found, key=lambda group: -sizes[group])[:MOST_SERIES]
        note = f"{note} The largest {MOST_SERIES} of {len(found):,} groups.".strip()
        found = {group: found[group] for group in largest}
    ranked = order[:MOST_BARS] if order is not None else sorted(kept, key=lambda one: (one is None, one))
    return {
        group: ([one for one in ranked if one in points], [points[one] for one in ranked if one in points])
        for group, points in found.items()
    }, note


def _list_leading(summed: pa.Table, values: str) -> list[Any]:
    """The x values by the size of what is drawn at them, the largest first."""
    totals: dict[Any, float] = {}
    for name, value in zip(summed.column("x").to_pylist(), summed.column(values).to_pylist(), strict=True):
        totals[name] = totals.get(name, 0) + abs(value or 0)
    return sorted(totals, key=lambda name: (-totals[name], str(name)))


def _convert_values(table: pa.Table, name: str, kind: str) -> Any:
    column = table.column(name)
    if kind == "bar":
        return _make_labels(table, name)
    return results.convert_to_comparable(column)


def _make_labels(table: pa.Table, name: str) -> Any:
    column = table.column(name)
    text = column if pa.types.is_string(column.type) else column.cast(pa.string())
    return pc.fill_null(text, "null")
