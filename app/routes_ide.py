"""The IDE's drafts, resource browser and formatter over plain HTTP, for its scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import flask

from app.responses import answers_json, json_body
from inventory_runner.errors import InvalidInput
from services import Services
from services.models import Draft
from services.sql_format import pretty
from services.users import current_user, require_engineer


def install(server: flask.Flask, services: Services) -> None:
    """Add the routes."""

    @server.get("/ide/drafts")
    @answers_json
    def _drafts() -> dict[str, Any]:
        return {"user": current_user().name, "drafts": [asdict(draft) for draft in services.db.get_drafts()]}

    @server.post("/ide/drafts")
    @answers_json
    def _save_draft() -> dict[str, Any]:
        body = json_body()
        bases = body.get("bases")
        if not isinstance(bases, list) or not all(type(base) is int for base in bases):
            raise InvalidInput("bases is a list of whole numbers.", field="bases")
        saved, draft = services.db.save_draft(draft_of(body), bases)
        return {"saved": saved, "draft": None if saved else asdict(draft)}

    @server.post("/ide/drafts/delete")
    @answers_json
    def _delete_draft() -> dict[str, Any]:
        services.db.delete_draft(str(json_body().get("tab_id")))
        return {}

    @server.post("/ide/format")
    @answers_json
    def _format() -> dict[str, Any]:
        require_engineer("format queries")
        return {"sql": pretty(str(json_body().get("sql") or ""))}

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
        found = services.metadata.search(flask.request.args.get("q", "")[:200])
        return {"found": found, "progress": services.metadata.search_progress()}


def draft_of(body: Any) -> Draft:
    """The draft of a request; raises InvalidInput, naming the field."""
    kinds = {"tab_id": str, "content": str, "title": str, "provider": str, "position": int, "version": int}
    for name, kind in kinds.items():
        if not isinstance(body.get(name), kind) or isinstance(body[name], bool):
            raise InvalidInput(f"{name} has to be a {'text' if kind is str else 'whole number'}.", field=name)
    query_id, values = body.get("query_id"), body.get("parameters") or {}
    if query_id is not None and type(query_id) is not int:
        raise InvalidInput("query_id has to be a whole number.", field="query_id")
    if not isinstance(values, dict):
        raise InvalidInput("parameters has to be an object.", field="parameters")
    return Draft(
        **{name: body[name] for name in kinds},
        query_id=query_id,
        parameters={str(name): str(value) for name, value in values.items()},
    )


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
