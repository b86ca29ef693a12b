"""The tools that the model has in query mode. They read metadata and check text; none of them runs a query."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from inventory_runner.contract import Engine
from inventory_runner.errors import InventoryError
from services.ai_service.check import check_sql

MOST_RESOURCES = 40

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
