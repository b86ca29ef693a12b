"""Statements about the catalogue: SHOW, DESCRIBE, REGISTRY LIST."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from inventory_runner.contract import QuerySyntaxError
from inventory_runner.engines.sample_cloud import catalogue


@dataclass(frozen=True)
class Answer:
    """columns: names, no two alike. rows: plain values. json_columns: those whose every cell is a JSON document."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    json_columns: set[str] = field(default_factory=set)


_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_FORMS = {
    "providers": re.compile(r"SHOW\s+PROVIDERS", re.IGNORECASE),
    "services": re.compile(
        r"SHOW\s+(?:EXTENDED\s+)?SERVICES\s+(?:IN|FROM)\s+(?P<name>[\w.\"]+)", re.IGNORECASE
    ),
    "resources": re.compile(
        r"SHOW\s+(?:EXTENDED\s+)?RESOURCES\s+(?:IN|FROM)\s+(?P<name>[\w.\"]+)", re.IGNORECASE
    ),
    "methods": re.compile(
        r"SHOW\s+(?:EXTENDED\s+)?METHODS\s+(?:IN|FROM)\s+(?P<name>[\w.\"]+)", re.IGNORECASE
    ),
    "describe": re.compile(r"DESC(?:RIBE)?\s+(?P<extended>EXTENDED\s+)?(?P<name>[\w.\"]+)", re.IGNORECASE),
    "registry": re.compile(r"REGISTRY\s+LIST(?:\s+(?P<name>(?!LIKE\b)[\w\"]+))?", re.IGNORECASE),
}
_LIKE = re.compile(r"\s+LIKE\s+'(?P<like>[^']*)'", re.IGNORECASE)
_EXPECTED = (
    "Expected SHOW PROVIDERS, SHOW SERVICES IN aws, SHOW RESOURCES IN aws.ec2, SHOW METHODS IN aws.ec2.instances, "
    "DESCRIBE aws.ec2.instances or REGISTRY LIST."
)
_SHOWN_PARTS = {"services": 1, "resources": 2, "methods": 3, "describe": 3}


def answer(sql: str) -> Answer | None:
    """The answer to a SHOW, DESCRIBE or REGISTRY statement; None for any other."""
    text = _COMMENT.sub(" ", sql).strip().rstrip(";").strip()
    if not re.match(r"(SHOW|DESC|DESCRIBE|REGISTRY)\b", text, re.IGNORECASE):
        return None
    for form, pattern in _FORMS.items():
        match = pattern.match(text)
        if match is None:
            continue
        groups = match.groupdict()
        name = (groups.get("name") or "").replace('"', "")
        rest = text[match.end() :]
        like = _LIKE.fullmatch(rest)
        parts = len([part for part in name.split(".") if part])
        if (rest.strip() and like is None) or parts != _SHOWN_PARTS.get(form, parts):
            break
        found = _answer(form, name, bool(groups.get("extended")))
        return found if like is None else _filter_answer(found, like["like"])
    raise QuerySyntaxError("The statement cannot be read.", line=1, hint=_EXPECTED)


def _answer(form: str, name: str, extended: bool) -> Answer:
    if form == "providers":
        return Answer(
            ["name", "version"], [(name, versions[0]) for name, versions in catalogue.find_versions().items()]
        )
    if form == "registry":
        return _registry(name)
    if form == "services":
        version = catalogue.find_versions().get(name, ("",))[0]
        found = [(f"{one}:{version}", one, _title(one)) for one in catalogue.list_services(name)]
        return Answer(["id", "name", "title"], [tuple(row) for row in found])
    if form == "resources":
        provider, service = name.split(".")
        names = catalogue.list_resource_names(provider, service)
        return Answer(["name", "id"], [(one, f"{provider}.{service}.{one}") for one in names])
    resource = catalogue.find(name)
    if form == "methods":
        required = ", ".join(resource.parameters)
        return Answer(["MethodName", "RequiredParams", "SQLVerb"], [(resource.method, required, "SELECT")])
    if extended:
        described = [(column.name, column.type, column.description) for column in resource.columns]
        return Answer(["name", "type", "description"], [tuple(row) for row in described])
    return Answer(["name", "type"], [(column.name, column.type) for column in resource.columns])


def _registry(provider: str) -> Answer:
    if not provider:
        return Answer(
            ["provider", "version"], [(name, found[0]) for name, found in catalogue.find_versions().items()]
        )
    catalogue.list_services(provider)
    return Answer(["provider", "version"], [(provider, ", ".join(catalogue.find_versions()[provider]))])


def _title(service: str) -> str:
    return service.replace("_", " ").capitalize()


def _filter_answer(found: Answer, like: str) -> Answer:
    """LIKE looks at the name: the first of the columns that are called so."""
    place = next(
        (place for place, name in enumerate(found.columns) if name in {"name", "MethodName", "provider"}), 0
    )
    pattern = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in like)
    kept = [row for row in found.rows if re.fullmatch(pattern, str(row[place]), re.IGNORECASE | re.DOTALL)]
    return Answer(found.columns, kept)
