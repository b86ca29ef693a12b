"""Statements about the catalogue: SHOW, DESCRIBE, REGISTRY LIST."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from inventory_runner.contract import QuerySyntaxError, UnknownResource
from inventory_runner.engines.sample_cloud import catalogue
from inventory_runner.engines.sample_cloud.catalogue import Resource
from inventory_runner.sql.statement import read


@dataclass(frozen=True)
class Answer:
    """columns: names, no two alike. rows: plain values. json_columns: those whose every cell is a JSON document."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    json_columns: set[str] = field(default_factory=set)


_EXTENDED = r"(?P<extended>EXTENDED\s+)?"
_NAME = r"(?P<name>[\w.\"]+)"
_FORMS = {
    "providers": rf"SHOW\s+{_EXTENDED}PROVIDERS",
    "services": rf"SHOW\s+{_EXTENDED}SERVICES\s+(?:IN|FROM)\s+{_NAME}",
    "resources": rf"SHOW\s+{_EXTENDED}RESOURCES\s+(?:IN|FROM)\s+{_NAME}",
    "methods": rf"SHOW\s+{_EXTENDED}METHODS\s+(?:IN|FROM)\s+{_NAME}",
    "insert": rf"SHOW\s+{_EXTENDED}INSERT\s+(?P<required>/\*\+\s*REQUIRED\s*\*/\s*)?INTO\s+{_NAME}",
    "version": rf"SHOW\s+{_EXTENDED}VERSION",
    "describe_method": rf"DESC(?:RIBE)?\s+METHOD\s+{_EXTENDED}{_NAME}",
    "describe": rf"DESC(?:RIBE)?\s+{_EXTENDED}{_NAME}",
    "registry": r"REGISTRY\s+LIST(?:\s+(?P<name>(?!LIKE\b)[\w\"]+))?",
}
_PATTERNS = {form: re.compile(pattern, re.IGNORECASE) for form, pattern in _FORMS.items()}
_BEGINS = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:SHOW|DESC|DESCRIBE|REGISTRY)\b", re.IGNORECASE | re.DOTALL
)
_LITERAL = r"'(?:[^']|'')*'"
_LIKE = re.compile(rf"\s+LIKE\s+(?P<like>{_LITERAL})", re.IGNORECASE)
_TEST = rf"(\w+)\s*(=|!=|<>|LIKE)\s*({_LITERAL})"
_WHERE = re.compile(rf"\s+WHERE\s+(?P<tests>{_TEST}(?:\s+(?:AND|OR)\s+{_TEST})*)", re.IGNORECASE)
_EXPECTED = (
    "Expected SHOW PROVIDERS, SHOW SERVICES IN aws, SHOW RESOURCES IN aws.ec2, SHOW METHODS IN aws.ec2.instances, "
    "SHOW INSERT INTO aws.s3.buckets, SHOW VERSION, DESCRIBE aws.ec2.instances or REGISTRY LIST."
)
_SHOWN_PARTS = {"services": 1, "resources": 2, "methods": 3, "insert": 3, "describe_method": 4, "describe": 3}


def answer(sql: str) -> Answer | None:
    """The answer to a SHOW, DESCRIBE or REGISTRY statement; None for any other."""
    if _BEGINS.match(sql) is None:
        return None
    text = read(sql).plain.text.strip()
    for form, pattern in _PATTERNS.items():
        match = pattern.match(text)
        if match is None:
            continue
        groups = match.groupdict()
        name = (groups.get("name") or "").replace('"', "")
        rest = text[match.end() :]
        like, where = _LIKE.fullmatch(rest), _WHERE.fullmatch(rest)
        parts = len([part for part in name.split(".") if part])
        if (rest.strip() and like is None and where is None) or parts != _SHOWN_PARTS.get(form, parts):
            break
        found = _answer(form, name, bool(groups.get("extended")), bool(groups.get("required")))
        if where is not None:
            return _keep_matching_rows(found, where["tests"])
        return found if like is None else _filter_answer(found, _read_literal(like["like"]))
    raise QuerySyntaxError("The statement cannot be read.", line=1, hint=_EXPECTED)


def _answer(form: str, name: str, extended: bool, required: bool) -> Answer:
    if form == "providers":
        return Answer(
            ["name", "version"], [(name, versions[0]) for name, versions in catalogue.find_versions().items()]
        )
    if form == "version":
        return Answer(["version"], [("sample",)])
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
    if form == "describe_method":
        resource_name, _, method = name.rpartition(".")
        return _describe_method(catalogue.find(resource_name), method, extended)
    return _answer_of_resource(form, catalogue.find(name), extended, required)


def _answer_of_resource(form: str, resource: Resource, extended: bool, required: bool) -> Answer:
    if form == "methods":
        asked = ", ".join(resource.parameters)
        return Answer(["MethodName", "RequiredParams", "SQLVerb"], [(resource.method, asked, "SELECT")])
    if form == "insert":
        return Answer(["insert_statement"], [(_write_insert(resource, required),)])
    if extended:
        described = [(column.name, column.type, column.description) for column in resource.columns]
        return Answer(["name", "type", "description"], [tuple(row) for row in described])
    return Answer(["name", "type"], [(column.name, column.type) for column in resource.columns])


def _write_insert(resource: Resource, required: bool) -> str:
    """The text of an INSERT, to be filled in and run elsewhere."""
    names = list(dict.fromkeys([*resource.parameters, *([] if required else resource.column_names)]))
    columns = ",\n".join(f"  {name}" for name in names)
    values = ",\n".join(f"  '{{{{ .values.{name} }}}}'" for name in names)
    return f"INSERT INTO {resource.name}(\n{columns}\n)\nSELECT\n{values}\n;"


def _describe_method(resource: Resource, method: str, extended: bool) -> Answer:
    if method != resource.method:
        raise UnknownResource(
            f"{resource.name} has no method {method}.", near=[f"{resource.name}.{resource.method}"]
        )
    columns = ["name", "type", "param_type", "shape", "description"][: 5 if extended else 4]
    rows = [(name, "string", "input_required", "", "") for name in resource.parameters]
    rows += [(one.name, one.type, "output", "", one.description) for one in resource.columns]
    return Answer(columns, [row[: len(columns)] for row in rows])


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
    kept = [row for row in found.rows if _is_like(str(row[place]), like)]
    return Answer(found.columns, kept)


def _keep_matching_rows(found: Answer, tests: str) -> Answer:
    """The rows for which one of the terms that OR joins is true; a term is tests that AND joins."""
    places = {name.lower(): place for place, name in enumerate(found.columns)}
    terms: list[list[tuple[int, str, str]]] = [[]]
    for joiner, name, operator, literal in re.findall(rf"(AND\s+|OR\s+|){_TEST}", tests, re.IGNORECASE):
        if name.lower() not in places:
            raise QuerySyntaxError(f"There is no column {name}.", line=1)
        if joiner.strip().upper() == "OR":
            terms.append([])
        terms[-1].append((places[name.lower()], operator.upper(), _read_literal(literal)))
    kept = [row for row in found.rows if any(all(_passes(row, *test) for test in term) for term in terms)]
    return Answer(found.columns, kept)


def _passes(row: tuple[Any, ...], place: int, operator: str, value: str) -> bool:
    cell = str(row[place])
    return _is_like(cell, value) if operator == "LIKE" else (cell == value) is (operator == "=")


def _is_like(text: str, like: str) -> bool:
    pattern = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in like)
    return re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL) is not None


def _read_literal(literal: str) -> str:
    return literal[1:-1].replace("''", "'")
