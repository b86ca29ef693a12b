"""The IDE's resource browser: providers, services, resources, their columns and methods."""

from __future__ import annotations

from typing import Any

import flask

from app.api.answers import answers_json
from services import Services
from services.models.limits import LONGEST_SEARCH


def install(server: flask.Flask, services: Services) -> None:
    """Add the routes."""

    @server.get("/ide/metadata")
    @answers_json
    def _metadata() -> dict[str, Any]:
        return metadata(services, flask.request.args.get("path", ""))

    @server.get("/ide/metadata/template")
    @answers_json
    def _template() -> dict[str, Any]:
        return {"sql": services.metadata.template(flask.request.args.get("resource", ""))}

    @server.get("/ide/metadata/search")
    @answers_json
    def _search() -> dict[str, Any]:
        found = services.metadata.search(flask.request.args.get("q", "")[:LONGEST_SEARCH])
        return {"found": found, "progress": services.metadata.search_progress()}


def metadata(services: Services, path: str) -> dict[str, Any]:
    """One node of the resource browser: "" → providers, then services, resources, columns and methods."""
    parts = path.split(".") if path else []
    if not parts:
        return {"children": [{"name": one.name} for one in services.metadata.providers()]}
    if len(parts) == 1:
        return {"children": [{"name": name} for name in services.metadata.services(parts[0])]}
    if len(parts) == 2:
        names = services.metadata.resources(parts[0], parts[1])
        known = services.metadata.required_of([f"{path}.{name}" for name in names])
        return {"children": [{"name": name, "required": known.get(f"{path}.{name}", ())} for name in names]}
    resource = services.metadata.resource(path)
    return {
        "columns": [{"name": column.name, "type": column.type} for column in resource.columns],
        "methods": [
            {"name": method.name, "verb": method.verb.upper(), "required": method.required_parameters}
            for method in resource.methods
        ],
        "required": resource.required,
    }
