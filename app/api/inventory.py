"""The inventory over plain HTTP: blocks of rows for the grids, whole tables as files, the numbers behind charts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import flask

from app.api import schemas
from app.api.answers import FILES, answer_with_file, describe_values
from app.api.clients import watch_client
from app.api.operations import Api
from app.api.requests import parse_time
from services import Services
from services.inventory_service import charts
from services.inventory_service.table_exports import PreparedFile, TableFile
from services.models import routes
from services.models.coverage import Reading, format_for_file
from services.models.inventory import ChartChoice, InventoryFilter, TableRef
from services.models.numbers import Numbers
from services.models.url_values import parse_only
from services.query_service.export import format_csv


def install(api: Api, services: Services) -> None:
    """Add the routes."""
    inventory = services.inventory

    @api.operation(
        "POST",
        routes.TABLE_ROWS,
        "listRows",
        body=schemas.Block,
        query=schemas.AsOf,
        answer=schemas.Rows,
        role="anyone",
        refuses=(422,),
    )
    def _rows(schema: str, name: str, body: schemas.Block, query: schemas.AsOf) -> dict[str, Any]:
        """Read a block of a table's rows."""
        return inventory.rows(
            TableRef(schema, name),
            *body.window(),
            parse_time(query.asof),
            parse_only(query.only),
            whole=body.whole,
        )

    @api.operation(
        "POST",
        routes.ALL_RESOURCES,
        "listResources",
        body=schemas.Block,
        query=schemas.ResourceFilter,
        answer=schemas.Rows,
        role="anyone",
        refuses=(422,),
    )
    def _resources(body: schemas.Block, query: schemas.ResourceFilter) -> dict[str, Any]:
        """Read a block of the resources of all tables."""
        return inventory.assets(query.model_dump(exclude_none=True), *body.window(), whole=body.whole)

    @api.operation(
        "POST",
        routes.TABLE_VALUES,
        "countValues",
        body=schemas.ColumnChoice,
        query=schemas.AsOf,
        answer=schemas.ColumnValues,
        role="anyone",
        refuses=(422,),
    )
    def _values(schema: str, name: str, body: schemas.ColumnChoice, query: schemas.AsOf) -> dict[str, Any]:
        """Count the values of a table's column."""
        return describe_values(
            inventory.count_values(
                TableRef(schema, name), *body.selection(), parse_time(query.asof), parse_only(query.only)
            )
        )

    @api.operation(
        "POST",
        routes.RESOURCE_VALUES,
        "countResourceValues",
        body=schemas.ColumnChoice,
        query=schemas.ResourceFilter,
        answer=schemas.ColumnValues,
        role="anyone",
        refuses=(422,),
    )
    def _resource_values(body: schemas.ColumnChoice, query: schemas.ResourceFilter) -> dict[str, Any]:
        """Count the values of a column of all resources."""
        return describe_values(
            inventory.count_asset_values(query.model_dump(exclude_none=True), *body.selection())
        )

    @api.operation(
        "GET",
        routes.TABLE_EXPORT,
        "exportTable",
        query=schemas.TableExport,
        media=FILES,
        role="anyone",
        refuses=(422, 429, 507),
    )
    def _export(schema: str, name: str, query: schemas.TableExport) -> flask.Response:
        """Save a table as a file."""
        file = inventory.export(
            TableRef(schema, name),
            query.format,
            parse_time(query.asof),
            parse_only(query.only),
            watch_client(),
            query.selection,
        )
        return answer_with_rows(file, name, query.asof)

    @api.operation(
        "POST",
        routes.TABLE_EXPORTS,
        "prepareTableExport",
        body=schemas.NewFile,
        query=schemas.AsOf,
        answer=schemas.Export,
        role="anyone",
        refuses=(422, 429, 507),
    )
    def _prepare(schema: str, name: str, body: schemas.NewFile, query: schemas.AsOf) -> dict[str, Any]:
        """Prepare what a grid shows of a table as a file: what can be refused is refused here."""
        file = inventory.prepare_export(
            TableRef(schema, name),
            body.format,
            body.selection(),
            parse_time(query.asof),
            parse_only(query.only),
        )
        said = query.model_dump(exclude_defaults=True)
        address = flask.url_for(
            "exportTable", schema=schema, name=name, format=body.format, selection=file.token or None, **said
        )
        return describe_file(file, address, name, query.asof)

    @api.operation(
        "GET",
        routes.RESOURCE_EXPORT,
        "exportResources",
        query=schemas.ResourceExport,
        media=FILES,
        role="anyone",
        refuses=(404, 422, 429, 507),
    )
    def _export_resources(query: schemas.ResourceExport) -> flask.Response:
        """Save the resources of all tables as a file."""
        wanted = query.model_dump(exclude_none=True, exclude={"format", "selection"})
        file = inventory.export_assets(wanted, query.format, watch_client(), query.selection)
        return answer_with_rows(file, "resources", "")

    @api.operation(
        "POST",
        routes.RESOURCE_EXPORTS,
        "prepareResourceExport",
        body=schemas.NewFile,
        query=schemas.ResourceFilter,
        answer=schemas.Export,
        role="anyone",
        refuses=(422, 429, 507),
    )
    def _prepare_resources(body: schemas.NewFile, query: schemas.ResourceFilter) -> dict[str, Any]:
        """Prepare the resources that a grid shows as a file: what can be refused is refused here."""
        wanted = query.model_dump(exclude_none=True)
        file = inventory.prepare_asset_export(wanted, body.format, body.selection())
        address = flask.url_for("exportResources", format=body.format, selection=file.token or None, **wanted)
        return describe_file(file, address, "resources", "")

    @api.operation(
        "GET",
        routes.TABLE_CHART,
        "exportTableChart",
        query=schemas.TableChart,
        media=("text/csv",),
        role="anyone",
        refuses=(422,),
    )
    def _table_chart(schema: str, name: str, query: schemas.TableChart) -> flask.Response:
        """Save the numbers of a table's chart."""
        ref, at = TableRef(schema, name), parse_time(query.asof)
        data = inventory.chart(ref, ChartChoice(**query.model_dump(exclude={"asof"})), at)
        reading = inventory.reading(ref, as_of=at)
        return answer_with_csv(name_file(f"{name}-by-{data.choice.by}", query.asof, reading), data.numbers)

    @api.operation(
        "GET",
        routes.OVERVIEW_CHART,
        "exportOverviewChart",
        query=schemas.OverviewFilter,
        media=("text/csv",),
        role="anyone",
        refuses=(422,),
    )
    def _overview_chart(name: str, query: schemas.OverviewFilter) -> flask.Response:
        """Save the numbers of one of the overview's charts."""
        wanted = InventoryFilter(query.provider, query.region, query.days)
        shown = inventory.overview(wanted)
        stem = name_file("-".join(filter(None, (name, wanted.provider, wanted.region))), "", shown.reading)
        return answer_with_csv(stem, charts.find_numbers(shown, name))


def name_file(what: str, as_of: str, reading: Reading, filtered: bool = False) -> str:
    """What a file is called: what it holds, of when, whether rows were left out, and how much of it was read.

    `aws_ec2_instances-2026-11-27-filtered-5-of-6-scopes`.
    """
    day = as_of or f"{datetime.now(UTC):%Y-%m-%d}"
    return "-".join(filter(None, (what, day, "filtered" if filtered else "", format_for_file(reading))))


def describe_file(file: PreparedFile, address: str, what: str, as_of: str) -> dict[str, Any]:
    """The answer that a browser fetches a prepared file by. what, as_of: as `name_file` takes them."""
    stem = name_file(what, as_of, file.reading, file.filtered)
    return {"url": address, "name": f"{stem}.{file.suffix}", "note": ""}


def answer_with_rows(file: TableFile, what: str, as_of: str) -> flask.Response:
    """Rows as a file to take away. what, as_of: as `name_file` takes them."""
    stem = name_file(what, as_of, file.reading, file.filtered)
    response = answer_with_file(file.pieces, file.mimetype, f"{stem}.{file.suffix}")
    response.call_on_close(file.pieces.close)
    return response


def answer_with_csv(name: str, numbers: Numbers) -> flask.Response:
    """A chart's numbers as a file to take away."""
    rows = ([_drop_fraction(cell) for cell in row] for row in numbers.rows)
    return answer_with_file([format_csv(numbers.head, rows).encode()], "text/csv", f"{name}.csv")


def _drop_fraction(value: Any) -> Any:
    """Counts come as floats where sums and averages may."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
