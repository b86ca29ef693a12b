"""A table's charts and what its columns hold, for the pages: what is suggested, what people pinned, the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from inventory_runner.errors import InvalidInput
from inventory_runner.models import WriteMode
from services.db.relations import Relation
from services.inventory_service.chart_sql import write_chart_sql
from services.inventory_service.chart_suggestions import suggest_charts, suggest_group
from services.inventory_service.records import PageRecords
from services.inventory_service.table_relations import TableRelations
from services.models.chart_words import name_period
from services.models.inventory import (
    CHART_KINDS,
    ORDERED_KINDS,
    ChartChoice,
    ChartData,
    PinnedChart,
    Profiles,
    TableDetail,
    TableRef,
)
from services.models.number_steps import name_step, read_step

# periods that are drawn though nothing happened in them
MOST_PERIODS = 100


class TableCharts(TableRelations):
    """Charts of one table, and the profiles that they are suggested from."""

    def __init__(self, records: PageRecords, clock: Callable[[], datetime]) -> None:
        super().__init__(records, clock)
        self._rows = records.rows
        self._profiles = records.profiles
        self._pins = records.pins

    def profiles(self, ref: TableRef, at: datetime | None = None) -> Profiles:
        """What every column holds, of a sample where the table is large; of a past moment counted for this visit.

        Of the present it is counted once for each state of the table, and kept. `problem` says why there is none.
        """
        if at is not None:
            return self._profiles.profile_relation(self.relation(ref, at, own=False))
        kept = self._profiles.find_profile(ref, self._inventory.list_table_columns(ref))
        return kept or self._profiles.make_profile(ref, self.relation(ref, own=False))

    @staticmethod
    def suggest_charts(
        table: TableDetail, profiles: Profiles, pinned: Sequence[PinnedChart]
    ) -> tuple[ChartChoice, ...]:
        """The charts that the table's page opens with, but for those that are pinned, and of columns that are there."""
        kept, known = {one.choice for one in pinned}, {column.name for column in table.columns}
        found = suggest_charts(profiles, table.key_columns)
        return tuple(one for one in found if one not in kept and {one.by, one.split or one.by} <= known)

    def pinned_charts(self, ref: TableRef) -> list[PinnedChart]:
        """What people pinned to the table's page."""
        return self._pins.list_pinned(ref)

    def pin_chart(self, ref: TableRef, choice: ChartChoice) -> None:
        """Keep a chart on the table's page, for everybody; raises InvalidInput for one that cannot be drawn."""
        _check_columns(self.relation(ref), choice)
        self._pins.pin(ref, choice)

    def unpin_chart(self, id: int) -> None:
        """Raises NotFound, NotAllowed."""
        self._pins.unpin(id)

    def chart(self, ref: TableRef, choice: ChartChoice, at: datetime | None = None) -> ChartData:
        """The table grouped as chosen, now or as it was, with the statement that does it; raises InvalidInput.

        Without a group the first fitting column is taken.
        """
        relation = self.relation(ref, at)
        kinds = {column.name: column.kind for column in relation.columns}
        if not choice.by:
            choice = replace(
                choice, by=suggest_group([name for name, kind in kinds.items() if kind == "text"])
            )
        if not choice.by:
            return ChartData(choice)
        if choice.split == choice.by:
            choice = replace(choice, split="")
        _check_columns(relation, choice)
        rows, count = self._rows.group_rows(relation, choice)
        groups = list(dict.fromkeys(group for group, _, _ in rows))
        series: dict[str, dict[str, float | None]] = {}
        for group, split, number in rows:
            series.setdefault(split, {})[group] = None if number is None else round(number, 4)
        note = f"The largest {len(groups)} of {count:,} values." if count > len(groups) else ""
        timed = (
            choice.kind in ORDERED_KINDS
            and kinds[choice.by] in ("time", "text")
            and bool(name_period(groups))
        )
        if choice.kind == "histogram":
            groups = _order_steps(groups)
        elif choice.kind in ORDERED_KINDS and (timed or choice.kind != "column"):
            groups.sort(key=lambda group: (group == "(none)", group))
            if timed and not note:
                groups = _fill_periods(groups)
        counted = choice.measure == "count" and not choice.split
        ordered = sorted(
            series, key=lambda name: (name == "other", -sum(abs(v or 0) for v in series[name].values()))
        )
        sql = "" if at else write_chart_sql(ref, relation, choice, groups, self._is_appended(ref))
        return ChartData(
            choice,
            tuple(groups),
            {
                name: tuple(series[name].get(group, 0 if counted else None) for group in groups)
                for name in ordered
            },
            note,
            sql,
        )

    def _is_appended(self, ref: TableRef) -> bool:
        return self._inventory.read_table_summary(ref, self.clock().date()).write_mode is WriteMode.APPEND


def _check_columns(relation: Relation, choice: ChartChoice) -> None:
    """Raises InvalidInput for a kind that is none, and for a column that the table does not have (any more)."""
    if choice.kind not in CHART_KINDS:
        raise InvalidInput(
            f"{choice.kind!r} is no kind of chart.", field="kind", hint=f"Choose {', '.join(CHART_KINDS)}."
        )
    known = {column.name for column in relation.columns}
    for field in ("by", "split", "of"):
        name = getattr(choice, field)
        if name and name not in known:
            raise InvalidInput(
                f"The table has no column {name!r} (any more).", field=field, hint="Choose another column."
            )


def _order_steps(groups: Sequence[str]) -> list[str]:
    """A histogram's steps in their order, with the empty ones between them; what is no step stands at the end."""
    steps = sorted(step for group in groups if (step := read_step(group)))
    rest = [group for group in groups if not read_step(group)]
    if not steps:
        return rest
    start, width = steps[0][0], steps[0][1] - steps[0][0]
    count = int((steps[-1][0] - start) / width) + 1
    return [*(name_step(start + place * width, width) for place in range(count)), *rest]


def _fill_periods(groups: Sequence[str]) -> list[str]:
    """Days, months or years with those between them in which nothing happened, if that are not too many."""
    known = [group for group in groups if group != "(none)"]
    rest = [group for group in groups if group == "(none)"]
    filled = [known[0]]
    while filled[-1] < known[-1] and len(filled) <= MOST_PERIODS:
        try:
            filled.append(_follow(filled[-1]))
        except (ValueError, OverflowError):
            # a text that looks like a day and is none
            return list(groups)
    return [*filled, *rest] if filled[-1] == known[-1] else list(groups)


def _follow(period: str) -> str:
    """The day, month or year after: 2026-12 is followed by 2027-01."""
    if len(period) == len("2026-11-21"):
        return (date.fromisoformat(period) + timedelta(days=1)).isoformat()
    if len(period) == len("2026"):
        return f"{int(period) + 1:04}"
    year, month = map(int, period.split("-"))
    return f"{year + month // 12:04}-{month % 12 + 1:02}"
