"""JSON values as people read them, and what really changed between two of them.

A tag is known by its key in every shape that clouds give tags, a thing in a list by its id or name, and a list of plain
values is what it holds: a change shows the part that differs, and not two walls of JSON.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from enum import Enum
from typing import Any

from inventory_runner import json_text
from inventory_runner.contract import UNREAD
from inventory_runner.json_text import Digits, NotJson

# what is matched item by item; in longer lists without keys only what came and went is told
MOST_MATCHED = 300
_TAG_KEY = re.compile(r"(tag_?)?key", re.IGNORECASE)
_TAG_VALUE = re.compile(r"(tag_?)?value", re.IGNORECASE)
# by which the things of a list are told apart, the best first
_IDENTITIES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (r"id|arn|sid", r"[a-z_]*(_id|_arn)", r".*(Id|Arn|ID)", r"name", r"[a-z_]*name")
)
TOO_DEEP = "(nested too deep to be shown here; an export as JSON has it)"


class Missing(Enum):
    """What stands where there is no value."""

    ABSENT = "absent"


@dataclass(frozen=True)
class Unread:
    """A text that could not be read as its column's type."""

    text: str


@dataclass(frozen=True)
class InnerChange:
    """A part of a JSON value that differs.

    path: the way to it: names of fields, keys of tags, what a list's item is called, `#3` for a third item. gone, came:
    of a list of plain values. before, after: of anything else, ABSENT where it was not or is not there. reordered: the
    list has the same items in another order.
    """

    path: tuple[str, ...]
    before: Any = Missing.ABSENT
    after: Any = Missing.ABSENT
    gone: tuple[Any, ...] = ()
    came: tuple[Any, ...] = ()
    reordered: bool = False

    @property
    def of_list(self) -> bool:
        return bool(self.gone or self.came)


def format_json(value: Any, *, indent: bool = False) -> str:
    """A JSON value's text with all its digits, names in their order; on one line, or with a line for each part."""
    try:
        text = json_text.dumps(_keep_digits(value), indent=True)
    except (NotJson, RecursionError):
        return TOO_DEEP
    # within strings a line break is written \n: those that stand there are between the parts
    return text if indent else re.sub(r"\n\s*", "", re.sub(r",\n\s*", ", ", text))


def _keep_digits(value: Any) -> Any:
    """The value with whole numbers beyond 64 bits as `Digits`, as whoever reads JSON by `json_text` has them."""
    if isinstance(value, dict):
        return {name: _keep_digits(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_keep_digits(one) for one in value]
    wide = type(value) is int and not -(2**63) <= value < 2**63
    return Digits(value) if wide else value


def name_unread(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row's values with each text that could not be read in its own column's place."""
    kept = values.get(UNREAD)
    found = {name: value for name, value in values.items() if name != UNREAD}
    if not isinstance(kept, Mapping):
        return found if kept is None else dict(values)
    # a column of which some were unread before may hold a value by now
    return found | {name: Unread(str(text)) for name, text in kept.items() if found.get(name) is None}


def list_inner_changes(before: Any, after: Any) -> list[InnerChange] | None:
    """The parts that differ of two objects or two lists; None where they are not two of a kind."""
    if not _are_alike(before, after):
        return None
    try:
        found = _compare(before, after, ())
        if not found and _freeze(before) != _freeze(after):
            found = [InnerChange((), reordered=True)]
    except RecursionError:
        return None
    return found


def _are_alike(before: Any, after: Any) -> bool:
    return (isinstance(before, dict) and isinstance(after, dict)) or (
        isinstance(before, list) and isinstance(after, list)
    )


def _compare(before: Any, after: Any, path: tuple[str, ...]) -> list[InnerChange]:
    if isinstance(before, dict) and isinstance(after, dict):
        return _compare_members(before, after, path)
    if isinstance(before, list) and isinstance(after, list):
        return _compare_lists(before, after, path)
    return [] if _freeze(before) == _freeze(after) else [InnerChange(path, before, after)]


def _compare_members(
    before: Mapping[str, Any], after: Mapping[str, Any], path: tuple[str, ...]
) -> list[InnerChange]:
    """What differs under the same names; names in the order of the newer one, those that went at the end."""
    found: list[InnerChange] = []
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(name, Missing.ABSENT), after.get(name, Missing.ABSENT)
        found += _compare(old, new, (*path, name))
    return found


def _compare_lists(before: list[Any], after: list[Any], path: tuple[str, ...]) -> list[InnerChange]:
    if not any(isinstance(item, dict | list) for item in (*before, *after)):
        return _compare_plain(before, after, path)
    if (tags := _pair_tags(before, after)) is not None:
        return _compare_members(*tags, path)
    if (named := _pair_named(before, after)) is not None:
        found = _compare_members(*named, path)
        moved = not found and list(named[0]) != list(named[1])
        return [InnerChange(path, reordered=True)] if moved else found
    return _compare_items(before, after, path)


def _compare_plain(before: list[Any], after: list[Any], path: tuple[str, ...]) -> list[InnerChange]:
    gone, came = _subtract(before, after), _subtract(after, before)
    if gone or came:
        return [InnerChange(path, gone=tuple(gone), came=tuple(came))]
    same = [_freeze(item) for item in before] == [_freeze(item) for item in after]
    return [] if same or not path else [InnerChange(path, reordered=True)]


def _subtract(items: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The items that are not among the others, as often as they are not."""
    left = Counter(_freeze(item) for item in others)
    found = []
    for item in items:
        key = _freeze(item)
        if left[key]:
            left[key] -= 1
        else:
            found.append(item)
    return found


def _pair_tags(before: list[Any], after: list[Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Two lists of tags as key → value; None where one is no list of tags."""
    found = _read_tags(before), _read_tags(after)
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _read_tags(items: list[Any]) -> dict[str, Any] | None:
    tags: dict[str, Any] = {}
    for item in items:
        if not isinstance(item, dict):
            return None
        key = next((name for name in item if _TAG_KEY.fullmatch(name)), None)
        value = next((name for name in item if _TAG_VALUE.fullmatch(name)), None)
        if key is None or not isinstance(item[key], str) or item[key] in tags:
            return None
        others = {name: one for name, one in item.items() if name not in (key, value)}
        if value is None and others:
            return None
        # a tag with nothing but its value is its value
        tags[item[key]] = {value: item[value], **others} if others else item.get(value or "")
    return tags


def _pair_named(before: list[Any], after: list[Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Two lists of things by the field that tells them apart; None where there is no such field."""
    items = [*before, *after]
    if not all(isinstance(item, dict) for item in items):
        return None
    fields = [name for name in items[0] if all(_is_name(item.get(name)) for item in items)]
    for pattern in _IDENTITIES:
        for name in fields:
            if not pattern.fullmatch(name):
                continue
            pair = tuple({str(item[name]): item for item in side} for side in (before, after))
            if [len(side) for side in pair] == [len(before), len(after)]:
                return pair[0], pair[1]
    return None


def _is_name(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _compare_items(before: list[Any], after: list[Any], path: tuple[str, ...]) -> list[InnerChange]:
    """Lists without keys: item by item where they run alongside, else what came and what went."""
    gone, came = _subtract(before, after), _subtract(after, before)
    if not gone and not came:
        same = [_freeze(item) for item in before] == [_freeze(item) for item in after]
        return [] if same or not path else [InnerChange(path, reordered=True)]
    if max(len(before), len(after)) > MOST_MATCHED:
        return [InnerChange(path, gone=tuple(gone), came=tuple(came))]
    keys: dict[Any, int] = {}
    old, new = ([keys.setdefault(_freeze(item), len(keys)) for item in side] for side in (before, after))
    found: list[InnerChange] = []
    for kind, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for place in range(max(end - start, last - first)):
            at, now = start + place, first + place
            left = before[at] if at < end else Missing.ABSENT
            right = after[now] if now < last else Missing.ABSENT
            # where it stands now, and what is gone where it stood
            number = now if now < last else at
            found += _compare(left, right, (*path, f"#{number + 1}"))
    return found


def _freeze(value: Any) -> Any:
    """What is equal where two values are: numbers by their value, names in any order; true is not 1."""
    if isinstance(value, bool) or value is None or isinstance(value, Missing):
        return (type(value).__name__, value)
    if isinstance(value, Digits | int | float):
        return ("number", Decimal(value if isinstance(value, Digits) else repr(value)))
    if isinstance(value, dict):
        return ("object", frozenset((name, _freeze(one)) for name, one in value.items()))
    if isinstance(value, list):
        return ("list", tuple(_freeze(one) for one in value))
    return ("text", value)
