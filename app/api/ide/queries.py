"""Queries over plain HTTP: start, state, cancel, blocks of rows, and exports, for the IDE's scripts.

Dash's callbacks would wait for one another in the browser; these answer in a few milliseconds each.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import flask

from app.api.answers import answers_json, at_once
from app.api.requests import json_body, window, words
from inventory_runner.errors import InvalidInput
from services import Services
from services.query_service import QueryState

ROOT = "/ide/query"
HELD_SECONDS = 1.0


def install(server: flask.Flask, services: Services) -> None:
    """Add the routes."""
    runner, results = services.queries.runner, services.queries.results

    @server.post(ROOT)
    @answers_json
    def _start_query() -> tuple[dict[str, Any], int]:
        body = json_body()
        sql, values, limit = body.get("sql"), body.get("parameters") or {}, body.get("row_limit", 10_000)
        if not isinstance(sql, str) or not sql.strip():
            raise InvalidInput("There is no statement to run.", field="sql")
        if not isinstance(values, dict) or not isinstance(limit, int) or isinstance(limit, bool):
            raise InvalidInput("parameters is an object, row_limit a whole number.", field="parameters")
        state = runner.start(
            sql,
            provider=str(body.get("provider") or "")[:100],
            parameter_values={str(name): str(value) for name, value in values.items()},
            row_limit=limit,
        )
        return {"query": described(state)}, 201

    @server.get(f"{ROOT}/<id>")
    @answers_json
    def _query_state(id: str) -> dict[str, Any]:
        # with ?seen=, the answer is held back until there is news
        seen = flask.request.args.get("seen", "")
        return {"query": described(runner.poll(id, seen, wait=HELD_SECONDS if seen else 0))}

    @server.post(f"{ROOT}/<id>/cancel")
    @answers_json
    def _cancel_query(id: str) -> dict[str, Any]:
        runner.cancel(id)
        return {}

    @server.post(f"{ROOT}/<id>/release")
    @answers_json
    def _release_query(id: str) -> dict[str, Any]:
        runner.release(id)
        return {}

    @server.post(f"{ROOT}/<id>/rows")
    @answers_json
    def _rows(id: str) -> dict[str, Any]:
        body = json_body()
        return results.block(
            id, *window(body), body.get("sort") or [], body.get("filters") or {}, words(body)
        )

    @server.post(f"{ROOT}/<id>/export")
    @answers_json
    def _prepare_export(id: str) -> dict[str, Any]:
        body = json_body()
        format, token = str(body.get("format")), str(body.get("token") or "")
        # everything that can be refused is refused here, before the browser starts a download
        kind, _ = results.export(id, format, token)
        address = flask.url_for("_export", id=id, format=format, token=token)
        return {"url": address, "name": file_name(kind.suffix)}

    @server.get(f"{ROOT}/<id>/export")
    def _export(id: str) -> flask.Response:
        return _download(id)

    @answers_json
    def _download(id: str) -> flask.Response:
        kind, chunks = results.export(
            id, flask.request.args.get("format", ""), flask.request.args.get("token", "")
        )
        response = flask.Response(at_once(chunks), mimetype=kind.mimetype)
        response.headers["Content-Disposition"] = f'attachment; filename="{file_name(kind.suffix)}"'
        response.headers["Cache-Control"] = "no-store"
        return response

    @server.get(f"{ROOT}/<id>/export/<token>")
    @answers_json
    def _export_progress(id: str, token: str) -> dict[str, Any]:
        done, total = results.export_progress(id, token)
        return {"done": done, "total": total}


def described(state: QueryState) -> dict[str, Any]:
    """What the scripts need of a state."""
    return {
        "id": state.id,
        "status": state.status,
        "final": state.status.final,
        "stage": state.stage,
        "progress": state.progress,
        "position": state.position,
        "elapsed": round(state.elapsed, 3),
        "rows": state.rows,
        "columns": state.columns,
        "complete": state.complete,
        "warnings": state.warnings,
        "error": state.error,
    }


def file_name(suffix: str) -> str:
    return f"result-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.{suffix}"
