"""How far the sample's history is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.models.wording import format_day


@dataclass(frozen=True)
class Progress:
    """made: how many of the `days` are whole. until: the time of the last one.

    maker: the process id of who makes them, 0 where nobody does. problem: why it stopped, where it failed.
    """

    until: datetime
    days: int
    made: int = 0
    maker: int = 0
    problem: str = ""

    def time_of(self, day: int) -> datetime:
        """When the runs of a day began; the first day is 1."""
        return self.until - timedelta(days=self.days - day)

    @property
    def is_under_way(self) -> bool:
        """False where the making failed, or nobody goes on with it."""
        return self.maker > 0 and not self.problem

    def describe(self) -> str:
        """Say it in a sentence or two: `Day 3 of 14 is made …`."""
        day = min(self.made + 1, self.days)
        shown = format_day(self.time_of(day).date(), datetime.now(UTC).date())
        known = f"Pages show the inventory as of {shown}; what came later is not known yet."
        if self.is_under_way:
            return f"The sample cloud's history is being made: day {day} of {self.days}. {known}"
        why = f" ({self.problem})" if self.problem else ""
        return (
            f"The sample cloud's history is unfinished: it stopped in day {day} of {self.days}{why}. {known}"
            " Start scripts/dev.py run again: it goes on from there."
        )
