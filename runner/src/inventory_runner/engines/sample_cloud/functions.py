"""The functions that StackQL adds to SQLite, and the mathematical ones where this SQLite was built without them."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def split_part(text: Any, separator: Any, place: Any) -> str | None:
    """The nth part, counted from 1, or from the end where negative; empty where there is none."""
    if text is None or separator is None or place is None:
        return None
    parts = str(text).split(str(separator)) if separator != "" else [str(text)]
    index = int(place)
    if index == 0 or abs(index) > len(parts):
        return ""
    return parts[index - 1 if index > 0 else index]


def regexp_like(text: Any, pattern: Any) -> int | None:
    if text is None or pattern is None:
        return None
    return int(_pattern(str(pattern)).search(str(text)) is not None)


def regexp_substr(text: Any, pattern: Any) -> str | None:
    if text is None or pattern is None:
        return None
    found = _pattern(str(pattern)).search(str(text))
    return found.group() if found else None


def regexp_replace(text: Any, pattern: Any, replacement: Any) -> str | None:
    """Every match; `$1` in the replacement is the first group."""
    if text is None or pattern is None or replacement is None:
        return None
    template = re.sub(r"\$(\d+)", r"\\g<\1>", str(replacement).replace("\\", "\\\\"))
    return _pattern(str(pattern)).sub(template, str(text))


def json_equal(left: Any, right: Any) -> int | None:
    if left is None or right is None:
        return None
    try:
        return int(json.loads(left) == json.loads(right))
    except (TypeError, ValueError):
        return int(left == right)


def aws_policy_equal(left: Any, right: Any) -> int | None:
    """Whether two policy documents mean the same: a list's order and a list of one do not matter."""
    if left is None or right is None:
        return None
    try:
        return int(_policy(left) == _policy(right))
    except (TypeError, ValueError):
        return int(left == right)


def _policy(text: Any) -> Any:
    document = str(text)
    return _normalise_policy(json.loads(unquote(document) if document.startswith("%7B") else document))


def _normalise_policy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _normalise_policy(each) for key, each in value.items()}
    if isinstance(value, list):
        each = sorted({json.dumps(_normalise_policy(one), sort_keys=True) for one in value})
        return json.loads(each[0]) if len(each) == 1 else each
    return value


def _regexp(pattern: Any, text: Any) -> int | None:
    """SQLite calls this for `text REGEXP pattern`."""
    return regexp_like(text, pattern)


_ADDED: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("split_part", 3, split_part),
    ("regexp_like", 2, regexp_like),
    ("regexp_substr", 2, regexp_substr),
    ("regexp_replace", 3, regexp_replace),
    ("regexp", 2, _regexp),
    ("json_equal", 2, json_equal),
    ("aws_policy_equal", 2, aws_policy_equal),
)
_MATHS: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("sqrt", 1, math.sqrt),
    ("power", 2, math.pow),
    ("pow", 2, math.pow),
    ("exp", 1, math.exp),
    ("ln", 1, math.log),
    ("log", 1, math.log10),
    ("log10", 1, math.log10),
    ("log2", 1, math.log2),
    ("floor", 1, math.floor),
    ("ceil", 1, math.ceil),
    ("ceiling", 1, math.ceil),
    ("trunc", 1, math.trunc),
    ("mod", 2, math.fmod),
    ("pi", 0, lambda: math.pi),
)


def install(connection: sqlite3.Connection, failures: list[str]) -> None:
    """Add the functions to a connection; what one of them says of its arguments is put into `failures`."""
    for name, arguments, function in _ADDED:
        connection.create_function(
            name, arguments, _keep_failures(name, function, failures), deterministic=True
        )
    try:
        connection.execute("SELECT sqrt(4)")
    except sqlite3.OperationalError:
        for name, arguments, function in _MATHS:
            connection.create_function(name, arguments, _pass_null(function), deterministic=True)


def _keep_failures(name: str, function: Callable[..., Any], failures: list[str]) -> Callable[..., Any]:
    """SQLite only reports that a function failed; keep why."""

    def call(*values: Any) -> Any:
        try:
            return function(*values)
        except (re.error, ValueError) as error:
            failures.append(f"{name}: {error}")
            raise

    return call


def _pass_null(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        return None if None in values else function(*values)

    return call
