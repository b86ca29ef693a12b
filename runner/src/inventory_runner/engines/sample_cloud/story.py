"""What happens in the sample cloud is a calendar that repeats, so that any two weeks show all of it.

Things arrive and leave in waves, are pushed into the open for a few days, and one scope after another goes dark: its
credentials are refused. Each provider says what happens to its own; here are the means, and what happens to people: a
cohort of contractors leaves every fortnight, and the next one starts two days later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inventory_runner.engines.sample_cloud.dice import Life, life, number

FORTNIGHT = 14


@dataclass(frozen=True)
class Wave:
    """Things that arrive at a steady rate from a day of the cycle on, and leave over some days at its end."""

    name: str
    cycle: int
    start: int
    days: int
    per_day: float
    leave: int
    leave_days: int = 1

    def members(self, day: int) -> Iterator[Life]:
        total = round(self.per_day * self.days)
        # the cycle before may still have members, where leaving reaches beyond the cycle's end
        for back in (0, self.cycle):
            at = day % self.cycle + back
            origin = day - at
            for place in range(total):
                arrives = self.start + int(place / self.per_day)
                leaves = self.leave + place * self.leave_days // total
                if arrives <= at < leaves:
                    yield life(
                        f"{self.name}/{origin}",
                        f"{self.name}/{origin}/{place}",
                        place,
                        origin + arrives,
                        origin + leaves,
                    )


# contractors work for twelve weeks but two days; a closed account is listed for a week
CLOSED_DAYS = 7
CONTRACTORS = tuple(
    Wave(f"contractors {cohort}", cycle=84, start=at, days=1, per_day=9, leave=at + 82 + CLOSED_DAYS)
    for cohort, at in enumerate(range(8, 84, FORTNIGHT))
)


def make_orphans(scope: str, per_day: float) -> Wave:
    """Disks left behind in a scope; scopes clean up on different days of the four weeks."""
    shift = number(f"orphans/{scope}") % 28
    return Wave(f"orphans {scope}", cycle=28, start=shift, days=26, per_day=per_day, leave=shift + 27)


def is_chosen(what: str, slot: int, day: int, *, of: int, count: int) -> bool:
    """Whether a slot is among the `count` of every `of` that a thing happens to in a day's fortnight."""
    first = number(f"{what}/{day // FORTNIGHT}") % of
    return (slot - first) % of < count


@dataclass(frozen=True)
class DarkScope:
    """A parameter's value that is refused from day `start` of the four weeks until before day `end`.

    The providers' scopes follow one another; days 7, 15 and 23 are left without any.
    """

    start: int
    end: int
    value: str

    def covers(self, day: int) -> bool:
        return self.start <= day % 28 < self.end
