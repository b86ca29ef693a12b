"""The IDE's resource browser: providers, services, resources, their columns and methods."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.api import schemas
from app.api.operations import Api
from inventory_runner.sql.preflight import write_name, write_test
from services import Services
from services.models import routes
from services.models.coverage import describe_age, describe_coverage
from services.models.queryable import is_named_like_key, write_identifier, write_template


def install(api: Api, services: Services) -> None:
    """Add the routes."""

    @api.operation(
        "GET",
        routes.RESOURCES,
        "browseResources",
        query=schemas.ResourcePath,
        answer=schemas.ResourceNode,
        refuses=(422,),
    )
    def _browse(query: schemas.ResourcePath) -> dict[str, Any]:
        """Look at one node of the tree of providers, services and resources."""
        return read_node(services, query.path)

    @api.operation(
        "GET",
        routes.RESOURCE_TEMPLATE,
        "getTemplate",
        query=schemas.ResourceName,
        answer=schemas.SqlAnswer,
        refuses=(422,),
    )
    def _template(query: schemas.ResourceName) -> dict[str, Any]:
        """Write a SELECT of a resource."""
        return {"sql": services.metadata.template(query.resource)}

    @api.operation(
        "GET",
        routes.RESOURCE_SEARCH,
        "searchResources",
        query=schemas.SearchWords,
        answer=schemas.FoundResources,
        refuses=(422,),
    )
    def _search(query: schemas.SearchWords) -> dict[str, Any]:
        """Search for resources of all providers by their names."""
        return {
            "found": services.metadata.search(query.q),
            "progress": services.metadata.search_progress(),
            "unsearched": services.metadata.explain_search(),
        }

    @api.operation("GET", routes.INVENTORY_TABLES, "listQueryableTables", answer=schemas.QueryableTables)
    def _tables() -> dict[str, Any]:
        """List the tables of the inventory that SQL can read, with their columns."""
        return {"tables": list_tables(services)}

    @api.operation(
        "GET",
        routes.INVENTORY_KEYS,
        "listJsonKeys",
        query=schemas.JsonColumn,
        answer=schemas.JsonKeys,
        refuses=(404, 422),
    )
    def _keys(query: schemas.JsonColumn) -> dict[str, Any]:
        """List the keys of a JSON column of the inventory, those of most rows first."""
        return {"keys": services.db.queryable.list_keys(query.table, query.column, query.path.splitlines())}


def list_tables(services: Services) -> list[dict[str, Any]]:
    """The tables of the inventory, with the statement that reads each."""
    return [
        {
            "name": table.name,
            "written": table.written,
            "comment": table.comment,
            "rows": table.rows,
            "counted": table.counted,
            "coverage": describe_coverage(table.reading.coverage),
            "age": describe_age(table.reading.as_of),
            "columns": [
                {**asdict(column), "written": write_identifier(column.name)} for column in table.columns
            ],
            "template": write_template(table),
        }
        for table in services.db.queryable.list_tables()
    ]


def read_node(services: Services, path: str) -> dict[str, Any]:
    """One node of the resource browser: "" → providers, then services, resources, columns and methods."""
    parts = path.split(".") if path else []
    if not parts:
        return {"children": [{"name": one.name} for one in services.metadata.providers()]}
    if len(parts) == 1:
        return {"children": [{"name": name} for name in services.metadata.services(parts[0])]}
    if len(parts) == 2:
        names = services.metadata.resources(parts[0], parts[1])
        known = services.metadata.list_required([f"{path}.{name}" for name in names])
        return {"children": [{"name": name, "required": known.get(f"{path}.{name}", ())} for name in names]}
    resource = services.metadata.resource(path)
    return {
        "columns": [
            {
                "name": column.name,
                "written": write_name(column.name),
                "type": column.type,
                "key": is_named_like_key(column.name, parts[-1]),
            }
            for column in resource.columns
        ],
        "methods": [
            {"name": method.name, "verb": method.verb.upper(), "required": method.required_parameters}
            for method in resource.methods
        ],
        "required": resource.required,
        "tests": [write_test(name) for name in resource.required],
    }
