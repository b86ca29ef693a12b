"""The inventory over plain HTTP: blocks of rows for the grids, whole tables as files, the numbers behind charts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import flask

from app.api import schemas
from app.api.answers import file_answer
from app.api.operations import Api
from app.api.requests import moment
from services import Services
from services.inventory_service import charts
from services.models.inventory import ChartChoice, InventoryFilter, TableRef
from services.models.url_values import INVENTORY_DATA, only_of
from services.query_service.export import FORMATS, escape_formula

TABLE = f"{INVENTORY_DATA}/tables/<schema>/<name>"
FILES = tuple(kind.mimetype for kind in FORMATS.values())


def install(api: Api, services: Services) -> None:
    """Add the routes."""
    inventory = services.inventory

    @api.operation(
        "POST",
        f"{TABLE}/rows",
        "listRows",
        body=schemas.Block,
        query=schemas.AsOf,
        answer=schemas.Rows,
        role="anyone",
        refuses=(422,),
    )
    def _rows(schema: str, name: str, body: schemas.Block, query: schemas.AsOf) -> dict[str, Any]:
        """Read a block of a table's rows."""
        return inventory.rows(TableRef(schema, name), *body.window(), moment(query.asof), only_of(query.only))

    @api.operation(
        "POST",
        f"{INVENTORY_DATA}/resources",
        "listResources",
        body=schemas.Block,
        query=schemas.ResourceFilter,
        answer=schemas.Rows,
        role="anyone",
        refuses=(422,),
    )
    def _resources(body: schemas.Block, query: schemas.ResourceFilter) -> dict[str, Any]:
        """Read a block of the resources of all tables."""
        return inventory.assets(query.model_dump(exclude_none=True), *body.window())

    @api.operation(
        "GET",
        f"{TABLE}/export",
        "exportTable",
        query=schemas.TableExport,
        media=FILES,
        role="anyone",
        refuses=(422,),
    )
    def _export(schema: str, name: str, query: schemas.TableExport) -> flask.Response:
        """Save a table as a file."""
        suffix, mimetype, pieces = inventory.export(
            TableRef(schema, name), query.format, moment(query.asof), only_of(query.only)
        )
        day = query.asof or f"{datetime.now(UTC):%Y-%m-%d}"
        return file_answer(pieces, mimetype, f"{name}-{day}.{suffix}")

    @api.operation(
        "GET",
        f"{TABLE}/chart.csv",
        "exportTableChart",
        query=schemas.TableChart,
        media=("text/csv",),
        role="anyone",
        refuses=(422,),
    )
    def _table_chart(schema: str, name: str, query: schemas.TableChart) -> flask.Response:
        """Save the numbers of a table's chart."""
        data = inventory.chart(TableRef(schema, name), ChartChoice(**query.model_dump()))
        head = [data.choice.by, *(split or data.choice.measure for split in data.series)]
        return csv_file(
            f"{name}-by-{data.choice.by}",
            head,
            ([group, *(values[i] for values in data.series.values())] for i, group in enumerate(data.groups)),
        )

    @api.operation(
        "GET",
        f"{INVENTORY_DATA}/charts/<name>",
        "exportOverviewChart",
        query=schemas.OverviewFilter,
        media=("text/csv",),
        role="anyone",
        refuses=(422,),
    )
    def _overview_chart(name: str, query: schemas.OverviewFilter) -> flask.Response:
        """Save the numbers of one of the overview's charts."""
        wanted = InventoryFilter(query.provider, query.region, query.days)
        found = charts.numbers(inventory.overview(wanted), name)
        return csv_file(name, found.head, found.rows)


def csv_file(name: str, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> flask.Response:
    """A small CSV file to take away; no cell can run in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([escape_formula(cell) for cell in head])
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return file_answer([text.getvalue().encode()], "text/csv", f"{name}.csv")


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return escape_formula(value)
    # counts come as floats where sums and averages may
    return int(value) if isinstance(value, float) and value.is_integer() else value
