"""The cells of the benchmark `values`: what the program prints of every odd kind, and what each cell should be.

What is right is made from the printed text, with Python's `json` and `Decimal` and none of the product's code.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# equal in the 63 bytes that Postgres keeps of a name
LONG = "properties_network_profile_load_balancer_frontend_ip_configuration_"
Cell = str | None
Dice = random.Random


@dataclass(frozen=True)
class Column:
    """kind: as DESCRIBE calls it. make: a row's printed text. shuffled: the same value in another order; changed: a
    text that means something else."""

    name: str
    kind: str
    make: Callable[[int, Dice], Cell]
    changed: Callable[[Any, Dice], Cell]
    shuffled: Callable[[str, Dice], str] = lambda text, dice: text


def _sometimes(dice: Dice, usual: Cell, *odd: Cell) -> Cell:
    """An odd text in one of twenty cells."""
    return dice.choice(odd) if odd and dice.random() < 0.05 else usual


def _print(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _digits(dice: Dice, count: int) -> str:
    return str(dice.randrange(1, 10)) + "".join(str(dice.randrange(10)) for _ in range(count - 1))


def _document(number: int, dice: Dice) -> str:
    """JSON with numbers that no float holds, in lists in objects in lists."""
    numbers = ",".join(f"0.{_digits(dice, 19)}" for _ in range(3))
    return (
        f'{{"a":{_digits(dice, 20)},"b":{{"c":[{{"d":[{numbers}]}},{number}]}},"price":{number % 90}.10,'
        f'"big":1e{dice.randrange(20, 60)}}}'
    )


def _odd_json(number: int, dice: Dice) -> Cell:
    deep = dice.choice((40, 300, 2_000, 90_000))
    return dice.choice(
        (
            _print({"title": f"fine {number}"}),
            '{"title":"cut \\ud83d","n":' + str(number) + "}",
            '{"title":"nul \\u0000 here","n":' + str(number) + "}",
            "none",
            "N/A",
            '{"cut":',
            "[1,2",
            "[" * deep + "]" * deep if number % 500 == 0 else "[[[[[]]]]]",
            '{"v":1e999999999}' if number % 50 == 0 else "{}",
            '{"v":NaN}',
            "[]",
            "",
            None,
        )
    )


def _pairs(number: int, dice: Dice) -> list[tuple[str, str]]:
    names = dice.sample(("team", "env", "owner", "cost-center", "Name", "app", "tier"), dice.randrange(1, 6))
    return [(name, f"{name}-{number % 97}") for name in names]


def _listed_tags(key: str, value: str) -> Callable[[int, Dice], Cell]:
    def make(number: int, dice: Dice) -> Cell:
        return _sometimes(
            dice, _print([{key: name, value: text} for name, text in _pairs(number, dice)]), "[]", "", None
        )

    return make


def _mapped_tags(number: int, dice: Dice) -> Cell:
    return _sometimes(dice, _print(dict(_pairs(number, dice))), "{}", "", None, "none")


def _items(number: int, dice: Dice) -> Cell:
    names = [f"{name}-server" for name, _ in _pairs(number, dice)]
    return _sometimes(dice, _print({"items": names, "fingerprint": f"f{number}"}), "{}", None)


def _ids(number: int, dice: Dice) -> Cell:
    return _sometimes(
        dice,
        _print([f"sg-{number:x}{n}a{dice.randrange(16):x}" for n in range(dice.randrange(1, 6))]),
        "[]",
        "",
    )


def _another(value: Any, dice: Dice) -> Cell:
    """A text that was not there before."""
    return f"another {dice.getrandbits(64):x}"


def _one_digit(value: Any, dice: Dice) -> Cell:
    """The number with one digit changed, the last one."""
    text = str(value) if value is not None else _digits(dice, 9)
    if not text[-1:].isdigit():
        return _digits(dice, 9)
    return text[:-1] + str((int(text[-1]) + 1) % 10)


def _one_deep_digit(value: Any, dice: Dice) -> Cell:
    text = value if value and re.search(r"\d", value) else _document(7, dice)
    places = [match.start() for match in re.finditer(r"\d(?=[,\]])", text)] or [
        match.start() for match in re.finditer(r"\d", text)
    ]
    place = dice.choice(places)
    return text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]


def _one_tag(value: Any, dice: Dice) -> Cell:
    """One tag's value is another, beside a list in another order."""
    found = json.loads(value) if value and value[0] in "{[" else []
    fresh = f"fresh {dice.getrandbits(64):x}"
    if isinstance(found, dict):
        if "items" in found:
            return _print({**found, "items": [*reversed(found["items"]), fresh]})
        return _print(dict(reversed(list({**found, "fresh": fresh}.items()))))
    if not found:
        return _print([{"Key": "fresh", "Value": fresh}])
    changed = [dict(one) for one in reversed(found)]
    changed[0][list(changed[0])[1]] = fresh
    return _print(changed)


def _one_id(value: Any, dice: Dice) -> Cell:
    found = json.loads(value) if value else []
    return _print([*reversed(found), f"sg-{dice.getrandbits(40):x}"])


def _shuffle(text: str, dice: Dice) -> str:
    """The same lists and keys in another order; what is no JSON stays as it is."""

    def turn(value: Any) -> Any:
        if isinstance(value, dict):
            turned = [(name, turn(item)) for name, item in value.items()]
            dice.shuffle(turned)
            return dict(turned)
        if isinstance(value, list):
            turned_list = [turn(item) for item in value]
            dice.shuffle(turned_list)
            return turned_list
        return value

    return _print(turn(json.loads(text))) if text[:1] in ("{", "[") else text


def _reorder_keys(text: str, dice: Dice) -> str:
    """The top level's keys in another order, every value's text as it is."""
    if not text.startswith('{"a":'):
        return text
    first, rest = text[1:-1].split(',"price"', 1)
    return '{"price"' + rest + "," + first + "}"


COLUMNS = (
    Column("id", "string", lambda n, d: f"i-{n:012x}", _another),
    Column("name", "string", lambda n, d: _sometimes(d, f"server-{n}", "", None, "\u202enaïve\tname", '"quoted"'),
           _another),
    Column("Name", "string", lambda n, d: f"tag-{n}", _another),
    Column(f"{LONG}public_ip", "string", lambda n, d: f"pub-{n}", _another),
    Column(f"{LONG}private_ip", "string", lambda n, d: f"priv-{n}", _another),
    Column("text_63", "string", lambda n, d: "x" * 63 + str(n), _another),
    Column("created", "string", lambda n, d: f"2026-01-{n % 28 + 1:02}T00:00:00Z", _another),
    Column("size", "integer", lambda n, d: _sometimes(d, str(n), "", None, "N/A", "unlimited"), _one_digit),
    Column("huge", "integer", lambda n, d: _sometimes(d, str(n), "", str(2**63 + n), f"{n}.5"), _one_digit),
    Column("price", "number", lambda n, d: _sometimes(d, f"{n % 90}.{n % 10}0", "", None, "N/A"), _one_digit),
    Column("exact", "number", lambda n, d: _sometimes(d, f"0.{_digits(d, 19)}", "1e-7", "-"), _one_digit),
    Column("on", "boolean", lambda n, d: _sometimes(d, ("true", "false")[n % 2], "", None, "perhaps"),
           lambda value, d: "false" if value == "true" else "true"),
    Column("document", "object", _document, _one_deep_digit, _reorder_keys),
    Column("odd", "object", _odd_json, lambda value, d: _print({"fresh": f"{d.getrandbits(64):x}"})),
    Column("tags", "array", _listed_tags("Key", "Value"), _one_tag, _shuffle),
    Column("tag_set", "array", _listed_tags("TagKey", "TagValue"), _one_tag, _shuffle),
    Column("labels", "object", _mapped_tags, _one_tag, _shuffle),
    Column("network_tags", "object", _items, _one_tag, _shuffle),
    Column("group_ids", "array", _ids, _one_id, _shuffle),
    Column("state", "string", lambda n, d: ("running", "stopped")[n % 2], _another),
)  # fmt: skip


UNREAD = object()


def find_right(kind: str, text: Cell) -> Any:
    """The value that a printed text stands for: None for a missing one, UNREAD for what is not of its kind."""
    if text is None:
        return None
    if kind == "string":
        return text
    if text == "":
        return None
    if kind in ("integer", "number"):
        return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text) else UNREAD
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, UNREAD)
    try:
        value = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return UNREAD
    return make_storable(value) if isinstance(value, dict | list) else UNREAD


def _refuse(word: str) -> None:
    raise ValueError(word)


def make_storable(value: Any) -> Any:
    """Without what no Postgres text can hold."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff\0]", "", value)
    if isinstance(value, dict):
        return {name: make_storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [make_storable(item) for item in value]
    if isinstance(value, Decimal) and value.adjusted() > 100_000:
        return UNREAD
    return value


def is_other(kind: str, before: Cell, after: Cell) -> bool:
    """Whether two texts mean something else, in one order or another."""
    left, right = find_right(kind, before), find_right(kind, after)
    if UNREAD in (left, right):
        return before != after
    return _sort(left) != _sort(right)


def _sort(value: Any) -> Any:
    """The value with its lists sorted, as a text."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name!r}:{_sort(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted(map(_sort, value))) + "]"
    return repr(value.normalize()) if isinstance(value, Decimal) else repr(value)


def is_same(kind: str, right: Any, found: str | None) -> bool:
    if right is None or found is None:
        return right is None and found is None
    if kind == "string":
        return bool(found == right.replace("\0", ""))
    if kind == "boolean":
        return bool(found == str(right).lower())
    if kind in ("integer", "number"):
        return Decimal(found) == right
    return bool(json.loads(found, parse_float=Decimal, parse_int=Decimal) == right)
