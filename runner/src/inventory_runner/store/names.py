"""Names: which tables may be written, and what a query's columns are called in Postgres."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from inventory_runner.contract import UNREAD
from inventory_runner.errors import InvalidInput
from inventory_runner.models import APP_SCHEMA, INVENTORY_SCHEMA

LONGEST_NAME = 63  # bytes; Postgres cuts longer ones silently
PLAIN = re.compile(r"[a-z_][a-z0-9_]*")

SCOPE, FIRST_SEEN, CHANGED, RUN_ID, RUN_AT = "_scope", "_first_seen_at", "_changed_at", "_run_id", "_run_at"
# the query's name → what the table calls its columns of that name, the first, the second, …
ColumnNames = Mapping[str, Sequence[str]]
OWN_COLUMNS = (SCOPE, FIRST_SEEN, CHANGED, RUN_ID, RUN_AT)
# Postgres keeps these for itself in every table
SYSTEM_COLUMNS = ("ctid", "tableoid", "xmin", "xmax", "cmin", "cmax")

OWN_TABLES = ("resource_changes", "assets")
RESERVED_SCHEMAS = (APP_SCHEMA, "information_schema")


def check_target(schema: str, table: str, *, schemas: Sequence[str] | None = None) -> None:
    """Raise InvalidInput (field `target_schema` or `target_table`) where no run may write to this name.

    schemas: those that the operator allows beside stackql_inventory; None leaves that to the caller.
    """
    _check_plain(schema, "target_schema", "schema")
    if schema in RESERVED_SCHEMAS or schema.startswith("pg_"):
        raise InvalidInput(
            f"The schema {schema} is not for inventory tables.",
            field="target_schema",
            hint=f"Use {INVENTORY_SCHEMA}.",
        )
    if schemas is not None and schema not in {INVENTORY_SCHEMA, *schemas}:
        raise InvalidInput(
            f"The schema {schema} is not among those that inventory tables may be written to.",
            field="target_schema",
            hint=f"Use {INVENTORY_SCHEMA}, or ask the operator to allow it.",
        )
    _check_plain(table, "target_table", "table")
    if table in OWN_TABLES or table.startswith("pg_"):
        raise InvalidInput(
            f"The name {table} is taken by the product or by Postgres.",
            field="target_table",
            hint="Choose another name.",
        )


def _check_plain(name: str, field: str, noun: str) -> None:
    if not name or not name.strip():
        raise InvalidInput(
            f"The target {noun} has no name.", field=field, hint="Give it one, such as aws_ec2_instances."
        )
    if len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        raise InvalidInput(
            f"The {noun}'s name is longer than Postgres's limit of {LONGEST_NAME} bytes.",
            field=field,
            hint="Shorten it.",
        )
    if not PLAIN.fullmatch(name):
        raise InvalidInput(
            f"{name!r} is not a plain {noun} name.",
            field=field,
            hint="Use lower-case letters, digits and underscores, and begin with a letter.",
        )


def cut(name: str, room: int = 0) -> str:
    """The name within Postgres's limit, with `room` bytes left, never cut inside a character."""
    return name.encode("utf-8", "ignore")[: LONGEST_NAME - room].decode("utf-8", "ignore")


def remember_columns(
    origins: Iterable[tuple[str, int]], remembered: ColumnNames, live: Collection[str]
) -> list[str]:
    """What columns are called in a table that has had some of them: those as ever, new ones as `name_columns` does.

    origins: a column's name in the query, and which of those of that name it is, from 1. No name that the table has, or
    has had, is given to another column; one that only differs in case is the same, as in SQL, while nothing else is
    called so.
    """
    origins = list(origins)
    known = {
        (name, count): own for name, names in remembered.items() for count, own in enumerate(names, 1)
    } | {(UNREAD, 1): UNREAD}
    called = {origin: known[origin] for origin in origins if origin in known}
    folded: dict[tuple[str, int], list[str]] = {}
    for (name, count), own in known.items():
        if (name, count) not in called:
            folded.setdefault((name.casefold(), count), []).append(own)
    for name, count in origins:
        alike = folded.get((name.casefold(), count), [])
        if (name, count) not in called and len(alike) == 1:
            called[name, count] = alike.pop()
    new = [origin for origin in origins if origin not in called]
    made = name_columns((name for name, _ in new), taken=[*known.values(), *live])
    called |= zip(new, made, strict=True)
    return [called[origin] for origin in origins]


def name_columns(originals: Iterable[str], *, taken: Iterable[str] = ()) -> list[str]:
    """What a result's columns are called in the table, in their order.

    Duplicates (also those that differ only in case, which Unity Catalog cannot tell apart), names of our own columns
    and of Postgres's system columns get a numbered suffix; long names are cut, empty ones are named by position.
    """
    taken = {name.casefold() for name in (*OWN_COLUMNS, UNREAD, *SYSTEM_COLUMNS, *taken)}
    names = []
    for position, original in enumerate(originals, 1):
        plain = original.replace("\0", "").encode("utf-8", "ignore").decode()
        name = cut(plain) or f"column_{position}"
        number = 2
        while name.casefold() in taken:
            suffix = f"_{number}"
            name = cut(plain or f"column_{position}", len(suffix)) + suffix
            number += 1
        taken.add(name.casefold())
        names.append(name)
    return names
