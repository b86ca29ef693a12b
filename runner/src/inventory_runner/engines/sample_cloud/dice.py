"""The sample cloud's random tools: everything is drawn from names by a hash, so any process draws the same.

A day is a date's ordinal. A `Life` is one resource from the day it appears until the day it is gone; its
attributes change in eras: `life.era("state", 40, day)` says in which stretch of 40 days the day lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, wraps
from hashlib import blake2b
from typing import Any, TypeVar

T = TypeVar("T")
Row = dict[str, Any]

# of one function; what an estate has on a day, and what came and went in the weeks around it
_MOST_KEPT = 8_000

_SPAN = float(2**64)
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def number(name: str) -> int:
    """A number of 64 bits that depends on the name alone."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")


class Dice:
    """Draws of one thing; each draw has a name, so that a new one does not disturb the others."""

    __slots__ = ("seed",)

    def __init__(self, seed: str) -> None:
        self.seed = seed + "\x1f"

    def share(self, name: str) -> float:
        """At least 0, below 1."""
        return number(self.seed + name) / _SPAN

    def chance(self, probability: float, name: str) -> bool:
        return number(self.seed + name) < probability * _SPAN

    def below(self, limit: int, name: str) -> int:
        return number(self.seed + name) % limit

    def between(self, low: int, high: int, name: str) -> int:
        """Both ends are possible."""
        return low + number(self.seed + name) % (high - low + 1)

    def pick(self, options: Sequence[T], name: str) -> T:
        return options[number(self.seed + name) % len(options)]

    def weighted(self, options: Sequence[tuple[T, int]], name: str) -> T:
        """One of (option, weight)."""
        left = number(self.seed + name) % sum(weight for _, weight in options)
        for option, weight in options:
            if left < weight:
                return option
            left -= weight
        raise AssertionError("weights are positive")

    def hex(self, length: int, name: str) -> str:
        size = (length + 1) // 2
        return blake2b((self.seed + name).encode(), digest_size=size).hexdigest()[:length]

    def digits(self, length: int, name: str) -> str:
        """A number of exactly `length` digits, as text."""
        low = 10 ** (length - 1)
        return str(low + number(self.seed + name) % (9 * low))

    def uuid(self, name: str) -> str:
        text = self.hex(32, name)
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def upper(self, length: int, name: str) -> str:
        """Capital letters and digits, as in access keys."""
        return _letters(self.seed + name, length, _BASE32)

    def mixed(self, length: int, name: str) -> str:
        """Letters of both cases and digits, as in Okta's ids."""
        return _letters(self.seed + name, length, _BASE62)


def _letters(name: str, length: int, alphabet: str) -> str:
    digest = blake2b(name.encode(), digest_size=length).digest()
    return "".join(alphabet[byte % len(alphabet)] for byte in digest)


@dataclass(slots=True)
class Life:
    """One resource: `born` is the first day on which it is listed, `dies` the first on which it is not.

    since, until: the days from and before which every era that was asked for is the same one.
    """

    uid: str
    slot: int
    born: int
    dies: int
    kind: str
    dice: Dice
    since: int
    until: int

    def era(self, name: str, every: int, day: int) -> tuple[int, int]:
        """(which stretch of `every` days the day lies in, the day on which the stretch began)."""
        phase = number(f"{self.uid}\x1fera {name}") % every
        index = (day + phase) // every
        began = max(self.born, index * every - phase)
        self.since = max(self.since, began)
        self.until = min(self.until, (index + 1) * every - phase)
        return index, began

    def suffix(self, length: int) -> str:
        """Hexadecimal digits for the end of a name; no two of a kind that live at once have the same."""
        size = 16**length
        return f"{(self.slot * 40503 + number(self.kind)) % size:0{length}x}"

    def stamp(self, day: int, suffix: str = "Z") -> str:
        """ISO 8601 of what happened to it by a day, at an hour of its own."""
        return stamp(day, self._seconds(day), suffix)

    def epoch_ms(self, day: int) -> int:
        """The same moment in milliseconds since 1970."""
        return (_midnight(day) + self._seconds(day)) * 1000

    def _seconds(self, day: int) -> int:
        """Between six and twenty o'clock."""
        return 6 * 3600 + self.dice.below(14 * 3600, f"hour {day}")


def life(kind: str, uid: str, slot: int, born: int, dies: int) -> Life:
    return Life(uid, slot, born, dies, kind, Dice(uid), since=born, until=dies)


def keep_rows(make: Callable[..., Iterable[Row]]) -> Callable[..., tuple[Row, ...]]:
    """Make a resource's rows again only when an era is over that they were made from: most days change few of them.

    make: (life, day, *what else they are made from) → its rows. The day is there to ask for eras by and for nothing
    else, what changes with the days otherwise is among the rest; and nobody may change a row that was given.
    """
    kept: dict[tuple[Any, ...], tuple[int, int, tuple[Row, ...]]] = {}

    @wraps(make)
    def find(one: Life, day: int, *rest: Any) -> tuple[Row, ...]:
        key = (one.uid, *rest)
        since, until, rows = kept.get(key, (0, 0, ()))
        if since <= day < until:
            return rows
        one.since, one.until = one.born, one.dies
        rows = tuple(make(one, day, *rest))
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = one.since, one.until, rows
        return rows

    return find


def population(kind: str, size: int, day: int, mean: int) -> Iterator[Life]:
    """The `size` things of a kind that live on a day; each lives for half to one and a half times `mean` days.

    A thing that goes is followed by another, so a kind changes by about 1/mean of its size a day.
    """
    for slot in range(size):
        draw = number(f"{kind}/{slot}")
        period = mean // 2 + draw % mean
        phase = (draw >> 32) % period
        generation = (day + phase) // period
        born = generation * period - phase
        yield life(kind, f"{kind}/{slot}/{generation}", slot, born, born + period)


@lru_cache(maxsize=8192)
def _yesterday(day: int) -> str:
    return date.fromordinal(day - 1).isoformat()


def stamp(day: int, seconds: int, suffix: str = "Z") -> str:
    """ISO 8601. What a day's listing shows happened the day before, so that nothing lies in the future."""
    minutes, second = divmod(seconds, 60)
    return f"{_yesterday(day)}T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}{suffix}"


@lru_cache(maxsize=8192)
def _midnight(day: int) -> int:
    """Seconds from 1970 to the day before."""
    return (day - 1 - date(1970, 1, 1).toordinal()) * 86_400
