"""The IDE's drafts and its formatter."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import flask

from app.api.answers import answers_json
from app.api.requests import json_body
from inventory_runner.errors import InvalidInput
from services import Services
from services.models.core import Draft
from services.sql_format import pretty
from services.users import current_user, require_engineer


def install(server: flask.Flask, services: Services) -> None:
    """Add the routes."""

    @server.get("/ide/drafts")
    @answers_json
    def _drafts() -> dict[str, Any]:
        return {
            "user": current_user().name,
            "drafts": [asdict(draft) for draft in services.db.drafts.get_drafts()],
        }

    @server.post("/ide/drafts")
    @answers_json
    def _save_draft() -> dict[str, Any]:
        body = json_body()
        bases = body.get("bases")
        if not isinstance(bases, list) or not all(type(base) is int for base in bases):
            raise InvalidInput("bases is a list of whole numbers.", field="bases")
        saved, draft = services.db.drafts.save_draft(draft_of(body), bases)
        return {"saved": saved, "draft": None if saved else asdict(draft)}

    @server.post("/ide/drafts/delete")
    @answers_json
    def _delete_draft() -> dict[str, Any]:
        services.db.drafts.delete_draft(str(json_body().get("tab_id")))
        return {}

    @server.post("/ide/format")
    @answers_json
    def _format() -> dict[str, Any]:
        require_engineer("format queries")
        return {"sql": pretty(str(json_body().get("sql") or ""))}


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
