"""Queries over plain HTTP: start, state, cancel, blocks of rows, and exports, for the IDE's scripts.

Dash's callbacks would wait for one another in the browser; these answer in a few milliseconds each.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import flask

from app.api import schemas
from app.api.answers import FILES, answer_with_file, describe_values
from app.api.clients import watch_client
from app.api.operations import TEXT_BODY_BYTES, Api
from inventory_runner.errors import InvalidInput
from inventory_runner.sql.statement import Source
from services import Services
from services.models import routes
from services.query_service import QueryState

HELD_SECONDS = 2.0


def install(api: Api, services: Services) -> None:
    """Add the routes."""
    runner, results = services.queries.runner, services.queries.results

    @api.operation(
        "POST",
        routes.QUERIES,
        "startQuery",
        body=schemas.NewQuery,
        answer=schemas.QueryAnswer,
        status=201,
        refuses=(422, 429, 507),
        body_bytes=TEXT_BODY_BYTES,
    )
    def _start(body: schemas.NewQuery) -> dict[str, Any]:
        """Start a query."""
        if not body.sql.strip():
            raise InvalidInput("There is no statement to run.", field="sql")
        state = runner.start(
            body.sql,
            provider=body.provider,
            parameter_values=body.parameters,
            row_limit=body.row_limit,
            source=Source(body.source),
        )
        return {"query": describe_state(state)}

    @api.operation("GET", routes.QUERY, "getQuery", query=schemas.Seen, answer=schemas.QueryAnswer)
    def _state(id: str, query: schemas.Seen) -> dict[str, Any]:
        """Ask how a query goes.

        Long poll: with `seen`, the answer is held back until there is news, for two seconds at most; far back in the
        line it comes at once, with a `pause` in seconds after which to ask again.
        """
        return {"query": describe_state(runner.poll(id, query.seen, wait=HELD_SECONDS if query.seen else 0))}

    @api.operation("POST", routes.QUERY_CANCEL, "cancelQuery", answer=schemas.Nothing)
    def _cancel(id: str) -> dict[str, Any]:
        """Cancel a query; one that has ended is fine."""
        runner.cancel(id)
        return {}

    @api.operation("POST", routes.QUERY_RELEASE, "releaseQuery", answer=schemas.Nothing)
    def _release(id: str) -> dict[str, Any]:
        """Leave a query: it ends soon unless somebody asks for it again."""
        runner.release(id)
        return {}

    @api.operation(
        "POST",
        routes.QUERY_ROWS,
        "listQueryRows",
        body=schemas.Block,
        answer=schemas.Rows,
        refuses=(422, 429),
    )
    def _rows(id: str, body: schemas.Block) -> dict[str, Any]:
        """Read a block of a result's rows."""
        return results.block(id, *body.window(), whole=body.whole, has_left=watch_client())

    @api.operation(
        "POST",
        routes.QUERY_VALUES,
        "countQueryValues",
        body=schemas.ColumnChoice,
        answer=schemas.ColumnValues,
        refuses=(422, 429),
    )
    def _values(id: str, body: schemas.ColumnChoice) -> dict[str, Any]:
        """Count the values of a result's column."""
        return describe_values(results.count_values(id, *body.selection(), has_left=watch_client()))

    @api.operation(
        "POST",
        routes.QUERY_EXPORTS,
        "prepareExport",
        body=schemas.NewExport,
        answer=schemas.Export,
        refuses=(422, 429),
    )
    def _prepare(id: str, body: schemas.NewExport) -> dict[str, Any]:
        """Prepare a result as a file: whatever can be refused is refused here, before a browser starts a download."""
        shown = body.selection()
        kind, selection = results.prepare_export(id, body.format, body.token, shown, watch_client())
        note = results.describe_export_loss(id, body.format)
        address = flask.url_for(
            "exportQuery", id=id, format=body.format, token=body.token, selection=selection or None
        )
        return {"url": address, "name": make_file_name(kind.suffix, shown.narrows), "note": note}

    @api.operation(
        "GET",
        routes.QUERY_EXPORT,
        "exportQuery",
        query=schemas.ExportArguments,
        media=FILES,
        refuses=(422, 429),
    )
    def _export(id: str, query: schemas.ExportArguments) -> flask.Response:
        """Save a result as a file."""
        kind, pieces, filtered = results.export(
            id, query.format, query.token, watch_client(), query.selection
        )
        response = answer_with_file(pieces, kind.mimetype, make_file_name(kind.suffix, filtered))
        response.call_on_close(pieces.close)
        return response

    @api.operation(
        "GET",
        routes.EXPORT_PROGRESS,
        "getExportProgress",
        answer=schemas.ExportProgress,
        refuses=(422,),
    )
    def _progress(id: str, token: str) -> dict[str, Any]:
        """Ask how far an export has come."""
        done, total = results.export_progress(id, token)
        return {"done": done, "total": total}


def describe_state(state: QueryState) -> dict[str, Any]:
    """What the scripts need of a state."""
    return {
        "id": state.id,
        "status": state.status,
        "final": state.status.final,
        "stage": state.stage,
        "progress": state.progress,
        "position": state.position,
        "pause": state.pause,
        "elapsed": round(state.elapsed, 3),
        "rows": state.rows,
        "columns": state.columns,
        "complete": state.complete,
        "warnings": state.warnings,
        "error": state.error,
    }


def make_file_name(suffix: str, filtered: bool = False) -> str:
    """`result-2026-11-27-093000.exact.csv`; of a part of the rows `result-filtered-2026-…`."""
    return f"result-{'filtered-' if filtered else ''}{datetime.now(UTC):%Y-%m-%d-%H%M%S}.{suffix}"
