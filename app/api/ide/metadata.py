"""The IDE's resource browser: providers, services, resources, their columns and methods."""

from __future__ import annotations

from typing import Any

from app.api import schemas
from app.api.operations import Api
from inventory_runner.sql.preflight import write_name, write_test
from services import Services
from services.models import routes


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
            {"name": column.name, "written": write_name(column.name), "type": column.type}
            for column in resource.columns
        ],
        "methods": [
            {"name": method.name, "verb": method.verb.upper(), "required": method.required_parameters}
            for method in resource.methods
        ],
        "required": resource.required,
        "tests": [write_test(name) for name in resource.required],
    }
