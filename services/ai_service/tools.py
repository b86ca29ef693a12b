"""The tools that the model has in query mode. They read metadata and check text; none of them runs a query."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from inventory_runner.contract import Engine
from inventory_runner.errors import InventoryError
from services.ai_service.check import Checked, check_inventory_sql, check_sql
from services.inventory_sql import InventoryEngine
from services.models.core import INVENTORY_SCHEMA
from services.models.queryable import QueryableTable

MOST_RESOURCES = 40
MOST_TABLES = 300

DEFINITIONS: list[dict[str, Any]] = [
    {
        "name": "search_resources",
        "description": "Find resources (tables) by words, e.g. 'aws instances' or 'google storage'. "
        "Returns provider.service.resource names.",
        "input_schema": {
            "type": "object",
            "properties": {"words": {"type": "string", "description": "one to four words"}},
            "required": ["words"],
        },
    },
    {
        "name": "describe_resource",
        "description": "The columns with their types, and the required parameters, of one resource.",
        "input_schema": {
            "type": "object",
            "properties": {"resource": {"type": "string", "description": "provider.service.resource"}},
            "required": ["resource"],
        },
    },
    {
        "name": "check_query",
        "description": "Check one statement without running it: is it read-only, do its resources and columns "
        "exist, are required parameters given.",
        "input_schema": {
            "type": "object",
            "properties": {"sql": {"type": "string"}},
            "required": ["sql"],
        },
        # the last definition carries the mark: everything before it is cached by the API
        "cache_control": {"type": "ephemeral"},
    },
]


INVENTORY_DEFINITIONS: list[dict[str, Any]] = [
    {
        "name": "list_tables",
        "description": "The tables of the inventory with their comments and numbers of rows.",
        "input_schema": {"type": "object", "properties": {}},
    },
    {
        "name": "describe_table",
        "description": "The columns of one table of the inventory, with their types and comments.",
        "input_schema": {
            "type": "object",
            "properties": {"table": {"type": "string"}},
            "required": ["table"],
        },
    },
    {
        "name": "check_query",
        "description": "Let Postgres read one statement without running it: are its tables and columns there, do the"
        " types fit, does it only read.",
        "input_schema": {
            "type": "object",
            "properties": {"sql": {"type": "string"}},
            "required": ["sql"],
        },
        "cache_control": {"type": "ephemeral"},
    },
]


class ResourceSearch(Protocol):
    """Finds resources by words, and says what it did not look through; the metadata service does."""

    def search(self, text: str, limit: int = ...) -> list[str]: ...

    def explain_search(self) -> str: ...


@dataclass(frozen=True)
class Answer:
    """content: what the model reads. line: what people read. failed: the tool could not do it."""

    content: str
    line: str
    failed: bool = False


def call(name: str, arguments: Any, engine: Engine, search: ResourceSearch) -> Answer:
    """Run one tool; every failure is an answer that the model can act on."""
    given = arguments if isinstance(arguments, dict) else {}
    try:
        if name == "search_resources":
            return _search(str(given.get("words", "")), search)
        if name == "describe_resource":
            return _describe(str(given.get("resource", "")), engine)
        if name == "check_query":
            checked = check_sql(str(given.get("sql", "")), engine)
            return Answer(checked.text, "checked the query: " + ("fine" if checked.ok else checked.text))
    except InventoryError as error:
        return Answer(str(error), f"{name.replace('_', ' ')}: {error.message}", failed=True)
    return Answer(f"There is no tool named {name}.", f"asked for an unknown tool, {name}", failed=True)


@dataclass(frozen=True)
class InventoryTools:
    """What the tools over the inventory ask. list_tables: what there is to query, for the current user."""

    engine: InventoryEngine
    list_tables: Callable[[], Sequence[QueryableTable]]

    def call(self, name: str, arguments: Any) -> Answer:
        """Run one tool; every failure is an answer that the model can act on."""
        given = arguments if isinstance(arguments, dict) else {}
        try:
            if name == "list_tables":
                tables = self.list_tables()[:MOST_TABLES]
                content = [{"name": one.written, "rows": one.rows, "comment": one.comment} for one in tables]
                return Answer(json.dumps(content), f"listed the inventory's tables: {len(tables)}")
            if name == "describe_table":
                return self._describe(str(given.get("table", "")))
            if name == "check_query":
                checked = self.check(str(given.get("sql", "")))
                return Answer(checked.text, "checked the query: " + ("fine" if checked.ok else checked.text))
        except InventoryError as error:
            return Answer(str(error), f"{name.replace('_', ' ')}: {error.message}", failed=True)
        return Answer(f"There is no tool named {name}.", f"asked for an unknown tool, {name}", failed=True)

    def check(self, sql: str) -> Checked:
        """Whether the statement may be offered, and why not."""
        return check_inventory_sql(sql, self.engine)

    def _describe(self, name: str) -> Answer:
        wanted = name.removeprefix(f"{INVENTORY_SCHEMA}.").strip('"')
        for table in self.list_tables():
            if table.name == wanted:
                columns = [
                    {"name": one.name, "type": one.type, "comment": one.comment} for one in table.columns
                ]
                return Answer(json.dumps(columns), f"looked up {table.name}: {len(columns)} columns")
        return Answer(f"There is no table {name[:80]}.", f"looked for a table {name[:60]}: none", failed=True)


def _search(words: str, search: ResourceSearch) -> Answer:
    found = search.search(words, limit=MOST_RESOURCES)
    content = f"{json.dumps(found)}\n{search.explain_search()}".strip()
    return Answer(content, f"searched resources for “{words[:60]}”: {len(found)} found")


def _describe(resource: str, engine: Engine) -> Answer:
    columns = engine.describe(resource)
    selects = [m for m in engine.methods(resource) if m.verb.upper() == "SELECT"]
    needed = sorted({name for m in selects for name in m.required_parameters})
    content = {
        "columns": {column.name: column.type for column in columns},
        "required_parameters": [
            {"method": m.name, "parameters": list(m.required_parameters)} for m in selects
        ],
    }
    line = f"looked up {resource}: {len(columns)} columns" + (
        f", needs {', '.join(needed)}" if needed else ""
    )
    return Answer(json.dumps(content), line)
