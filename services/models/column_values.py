"""A column's values: which of them a filter keeps, and how often each occurs in the rows that match."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any

from inventory_runner.errors import InvalidInput
from services.models.limits import LONGEST_VALUE, MOST_VALUES

VALUES = "values"
DIGEST = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class ValueFilter:
    """The rows that have one of these values, or that have none of them.

    values: each as its text, exactly. digests: those longer than `LONGEST_VALUE`, by the MD5 of their UTF-8.
    empty: whether no value at all (NULL) is one of them; the text of no characters is the value "".
    """

    keeps: bool
    values: tuple[str, ...]
    digests: tuple[str, ...]
    empty: bool


@dataclass(frozen=True)
class CountedValue:
    """value: None for no value; of a longer one the first `LONGEST_VALUE` characters, and `digest` names it."""

    value: str | None
    rows: int
    digest: str | None = None


@dataclass(frozen=True)
class ColumnValues:
    """A column in the rows that match: rows: how many these are. filled: those with a value that is not "".

    values: the most frequent first, also NULL and ""; None where there are more than `MOST_VALUES`.
    least, most: the ends of the order, as text; None of a column without one (JSON, yes or no) or without values.
    """

    rows: int
    filled: int
    values: tuple[CountedValue, ...] | None
    least: str | None
    most: str | None

    @property
    def distinct(self) -> int | None:
        """How many different values there are, NULL and "" left out; None: more than `MOST_VALUES`."""
        return None if self.values is None else sum(1 for one in self.values if one.value)


def is_value_filter(model: Mapping[str, Any]) -> bool:
    return model.get("filterType") == VALUES


def read_value_filter(name: str, model: Mapping[str, Any]) -> ValueFilter:
    """The filter of the column `name`; raises InvalidInput.

    For example `{"filterType": "values", "type": "in", "values": ["eu-west-1"], "digests": [], "empty": true}`.
    """
    kind, values, digests = model.get("type"), model.get("values") or [], model.get("digests") or []
    texts = [*values, *digests] if isinstance(values, list) and isinstance(digests, list) else [None]
    if kind not in ("in", "notIn") or not all(isinstance(text, str) for text in texts):
        raise InvalidInput(f"The filter of {name!r} cannot be read.", field="filters")
    if len(texts) > MOST_VALUES:
        raise InvalidInput(
            f"The filter of {name!r} has more than {MOST_VALUES:,} values.",
            field="filters",
            hint="Choose fewer, or use a condition.",
        )
    if any(len(text) > LONGEST_VALUE for text in values):
        raise InvalidInput(
            f"The filter of {name!r} has a value of more than {LONGEST_VALUE} characters.",
            field="filters",
            hint="Longer values are named by their digest.",
        )
    if not all(DIGEST.fullmatch(text) for text in digests):
        raise InvalidInput(f"The filter of {name!r} has a digest that is none.", field="filters")
    return ValueFilter(kind == "in", tuple(values), tuple(digests), bool(model.get("empty")))


def count_value(text: str | None, rows: int) -> CountedValue:
    """The value with how many rows have it, shortened where it is long."""
    if text is None or len(text) <= LONGEST_VALUE:
        return CountedValue(text, rows)
    return CountedValue(text[:LONGEST_VALUE], rows, digest_of(text))


def digest_of(text: str) -> str:
    """As Postgres's md5() has it."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()
