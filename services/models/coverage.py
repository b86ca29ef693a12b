"""How sure and how old a number is: what was read of all that it rests on, and when.

Services say it of a selection (a table, a region, a provider) at a moment; `layouts/components/figures.py` draws it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from services.models.wording import format_exact_time

NAMED = 3


class Unknown(Enum):
    """It is not recorded."""

    UNKNOWN = "unknown"


class Never(Enum):
    """Nothing has been read yet."""

    NEVER = "never"


UNKNOWN, NEVER = Unknown.UNKNOWN, Never.NEVER


@dataclass(frozen=True)
class NotApplicable:
    """The question makes no sense for this number. reason: why, as a person reads it."""

    reason: str

    def __post_init__(self) -> None:
        if not self.reason:
            raise ValueError("say why it does not apply")


@dataclass(frozen=True)
class Covered:
    """Scopes that were read whole, of all that the number rests on."""

    read: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.read <= self.total or not self.total:
            raise ValueError(f"{self.read} of {self.total} scopes is no coverage")


@dataclass(frozen=True)
class Moments:
    """When the oldest and the newest part of what the number rests on were read."""

    oldest: datetime
    newest: datetime

    def __post_init__(self) -> None:
        if self.oldest > self.newest:
            raise ValueError("the oldest part is newer than the newest")


Coverage: TypeAlias = Covered | NotApplicable | Unknown
Age: TypeAlias = Moments | NotApplicable | Unknown | Never


@dataclass(frozen=True)
class Reading:
    """What was read of a selection, and when. unread: names of scopes that were not read whole, the first of them."""

    coverage: Coverage
    as_of: Age
    unread: tuple[str, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether something is known to be missing."""
        return isinstance(self.coverage, Covered) and self.coverage.read < self.coverage.total


def make_coverage(read: int, total: int) -> Coverage:
    """The coverage that two counts tell; without a scope it is unknown."""
    return Covered(read, total) if total else UNKNOWN


def read_at(moments: Iterable[datetime | None]) -> Age:
    """The age that the moments of the parts tell; None is a part that was never read."""
    known = [moment for moment in moments if moment is not None]
    return Moments(min(known), max(known)) if known else NEVER


def apart(reason: str) -> Reading:
    """The reading of what rests on no scope, such as a count of schedules. reason: why, as a person reads it."""
    return Reading(NotApplicable(reason), NotApplicable(reason))


# of what the product counts of its own records at the moment when it draws them
COUNTED = apart("counted when the page was drawn")


def describe_coverage(coverage: Coverage, unread: Sequence[str] = ()) -> str:
    """`5 of 6 scopes were read whole, not sa-east-1`."""
    if not isinstance(coverage, Covered):
        return coverage.reason if isinstance(coverage, NotApplicable) else "coverage unknown"
    words = f"{coverage.read:,} of {coverage.total:,} scopes were read whole"
    missing = coverage.total - coverage.read
    if missing and unread:
        more = missing - len(unread[:NAMED])
        words += f", not {', '.join(unread[:NAMED])}{f' and {more:,} more' if more > 0 else ''}"
    return words


def describe_age(age: Age) -> str:
    """`read between … and …`, in exact times."""
    if isinstance(age, Moments):
        newest, oldest = format_exact_time(age.newest), format_exact_time(age.oldest)
        return f"read {newest}" if newest == oldest else f"read between {oldest} and {newest}"
    if isinstance(age, NotApplicable):
        return age.reason
    return "nothing was read yet" if age is NEVER else "age unknown"


def format_for_file(reading: Reading) -> str:
    """What a file's name says of its coverage: `5-of-6-scopes`, empty where every scope was read or none is meant."""
    if reading.coverage is UNKNOWN:
        return "coverage-unknown"
    if not isinstance(reading.coverage, Covered) or not reading.partial:
        return ""
    return f"{reading.coverage.read}-of-{reading.coverage.total}-scopes"
