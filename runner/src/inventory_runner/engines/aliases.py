"""The names by which StackQL takes a provider's columns.

A provider whose document has `snake_case_aliases: true` (AWS, Azure and Snowflake in the registry of August 2026) is
asked in snake_case: SELECT knows `user_id` alone, while DESCRIBE prints `UserId`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from inventory_runner.contract import Column
from inventory_runner.engines.paging import find_folder_name

_ALIASES = re.compile(rb"^ *snake_case_aliases: *true\b", re.MULTILINE)
# one after the other, as the AWS command line names its options, and StackQL after it
_BORDERS = (r"(.)([A-Z][a-z]+)", r"([a-z])([0-9]+)", r"([a-z0-9])([A-Z])")
_PLURAL = re.compile(r"[A-Z]{2,}s$")


def name_columns(src: Path, resource: str, described: Sequence[Column]) -> list[Column]:
    """The columns under the names that a SELECT takes. src: the registry's folder of that name."""
    found = sorted(src.glob(f"{find_folder_name(resource.lower().split('.')[0])}/*/provider.yaml"))
    if not found or not _has_aliases(found[-1], found[-1].stat().st_mtime_ns):
        return list(described)
    return [replace(column, name=write_snake_case(column.name)) for column in described]


def write_snake_case(name: str) -> str:
    """`DBInstanceIdentifier` → `db_instance_identifier`; a name with an underscore stays."""
    if "_" in name:
        return name
    if plural := _PLURAL.search(name):
        name = f"{name[: plural.start()]}_{plural[0].lower()}"
    for border in _BORDERS:
        name = re.sub(border, r"\1_\2", name)
    return name.lower()


@lru_cache(maxsize=100)
def _has_aliases(document: Path, _changed_at: int) -> bool:
    return _ALIASES.search(document.read_bytes()) is not None
