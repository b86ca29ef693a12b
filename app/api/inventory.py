"""The inventory over plain HTTP: blocks of rows for the grids, whole tables as files, the numbers behind charts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import flask

from app.api.answers import answers_json, at_once
from app.api.requests import json_body, moment, window, words
from inventory_runner.errors import InvalidInput
from services import Services
from services.inventory_service import charts
from services.models.inventory import ASSET_FILTERS, ChartChoice, InventoryFilter, TableRef
from services.models.url_values import INVENTORY_DATA, only_of
from services.query_service.export import harmless


def install(server: flask.Flask, services: Services) -> None:
    """Add the routes."""
    inventory = services.inventory

    @server.post(f"{INVENTORY_DATA}/tables/<schema>/<name>/rows")
    @answers_json
    def _inventory_rows(schema: str, name: str) -> dict[str, Any]:
        body = json_body()
        return inventory.rows(
            TableRef(schema, name),
            *window(body),
            body.get("sort") or [],
            body.get("filters") or {},
            words(body),
            moment(flask.request.args.get("asof", "")),
            only_of(flask.request.args.get("only", "")),
        )

    @server.post(f"{INVENTORY_DATA}/assets")
    @answers_json
    def _inventory_assets() -> dict[str, Any]:
        body = json_body()
        wanted = {name: flask.request.args[name] for name in ASSET_FILTERS if name in flask.request.args}
        return inventory.assets(
            wanted, *window(body), body.get("sort") or [], body.get("filters") or {}, words(body)
        )

    @server.get(f"{INVENTORY_DATA}/tables/<schema>/<name>/export")
    @answers_json
    def _inventory_export(schema: str, name: str) -> flask.Response:
        arguments = flask.request.args
        suffix, mimetype, pieces = inventory.export(
            TableRef(schema, name),
            arguments.get("format", ""),
            moment(arguments.get("asof", "")),
            only_of(arguments.get("only", "")),
        )
        response = flask.Response(at_once(pieces), mimetype=mimetype)
        file = file_part(f"{name}-{arguments.get('asof') or f'{datetime.now(UTC):%Y-%m-%d}'}")
        response.headers["Content-Disposition"] = f'attachment; filename="{file}.{suffix}"'
        response.headers["Cache-Control"] = "no-store"
        return response

    @server.get(f"{INVENTORY_DATA}/tables/<schema>/<name>/chart.csv")
    @answers_json
    def _inventory_table_chart(schema: str, name: str) -> flask.Response:
        arguments = flask.request.args
        data = inventory.chart(
            TableRef(schema, name),
            ChartChoice(
                arguments.get("by", ""), arguments.get("measure", "count"), arguments.get("of", ""),
                arguments.get("split", ""), arguments.get("kind", "bar"), arguments.get("filter", ""),
            ),
        )  # fmt: skip
        head = [data.choice.by, *(split or data.choice.measure for split in data.series)]
        return csv_file(
            f"{name}-by-{data.choice.by}",
            head,
            ([group, *(values[i] for values in data.series.values())] for i, group in enumerate(data.groups)),
        )

    @server.get(f"{INVENTORY_DATA}/charts/<name>")
    @answers_json
    def _inventory_chart(name: str) -> flask.Response:
        arguments = flask.request.args
        days = arguments.get("days", "14")
        if not (days.isascii() and days.isdigit() and len(days) < 5):
            raise InvalidInput("days is a whole number.", field="days")
        wanted = InventoryFilter(arguments.get("provider", ""), arguments.get("region", ""), int(days))
        found = charts.numbers(inventory.overview(wanted), name)
        return csv_file(name, found.head, found.rows)


def csv_file(name: str, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> flask.Response:
    """A small CSV file to take away; no cell can run in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([harmless(cell) for cell in head])
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    response = flask.Response(text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_part(name)}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    # counts come as floats where sums and averages may
    return int(value) if isinstance(value, float) and value.is_integer() else value


def file_part(name: str) -> str:
    """A name as part of a file's name in a header."""
    return "".join(
        letter if (letter.isalnum() and letter.isascii()) or letter in "-_." else "_" for letter in name
    )[:100]
