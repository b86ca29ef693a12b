"""Inventory tables made by the real merge, for tests of what reads them."""

from __future__ import annotations

import itertools
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from app.cache import make_cache
from inventory_runner import store
from inventory_runner.contract import QueryResult
from inventory_runner.models import Scope, ScopeStatus, WriteMode
from inventory_runner.store import ScopeData, Target
from services.db import DatabaseService
from services.inbox_service import InboxService, SinceService
from services.inventory_service import InventoryService
from services.inventory_service.downloads import Downloads
from services.inventory_service.records import PageRecords
from services.models.inventory import TableRef
from services.owner_service import OwnerService

DOWNLOADS = Downloads(Path(tempfile.gettempdir()) / f"inventory-downloads-{os.getpid()}")
_run_ids = itertools.count(1)
Rows = Sequence[Mapping[str, Any]]
REF = TableRef("stackql_inventory", "aws_ec2_instances")


class Parts:
    """What the inventory's callbacks and routes use of the services."""

    def __init__(self, engine: sa.Engine) -> None:
        self.db = DatabaseService(engine)
        self.inventory = InventoryService(
            PageRecords.of(self.db),
            catalog="stackql_inventory_catalog",
            cache=make_cache(),
            downloads=DOWNLOADS,
        )
        self.owners = OwnerService(self.db.owners)
        self.inbox = InboxService(self.db.inbox, self.inventory)
        self.since = SinceService(self.db.visits, self.db.changes, self.inbox)


def three_runs(engine: sa.Engine) -> Parts:
    """The inventory after three runs of one table, REF: the newest read one of its two scopes."""
    now = datetime.now(UTC)
    id = schedule(engine, REF.name, status="PARTIAL")
    for days, count in ((3, 20), (1, 24)):
        rows = {"us-east-1": instances(count)}
        load(engine, REF.name, rows, now - timedelta(days=days), schedule_id=id)
    scopes: dict[str, Rows | str] = {"us-east-1": instances(22), "eu-west-1": "denied"}
    load(engine, REF.name, scopes, now - timedelta(minutes=1), schedule_id=id)
    return Parts(engine)


def service_at(engine: sa.Engine, now: datetime) -> InventoryService:
    """The service over a database at a time that stands still."""
    db = DatabaseService(engine)
    return InventoryService(
        PageRecords.of(db),
        clock=lambda: now,
        catalog="stackql_inventory_catalog",
        cache=make_cache(),
        downloads=DOWNLOADS,
    )


def load(
    engine: sa.Engine,
    table: str,
    scopes: Mapping[str, Rows | str],
    at: datetime,
    *,
    provider: str = "aws",
    service: str = "ec2",
    resource: str = "instances",
    keys: tuple[str, ...] = ("id",),
    mode: WriteMode = WriteMode.REPLACE,
    parameter: str = "region",
    json_columns: tuple[str, ...] = ("tags",),
    schedule_id: int | None = None,
) -> store.MergeResult:
    """Merge what each scope gave: its rows, or the status that it ended with (`denied`)."""
    data = []
    for value, rows in scopes.items():
        scope = Scope({parameter: value}) if value else Scope()
        if isinstance(rows, str):
            data.append(ScopeData(scope, ScopeStatus(rows), None, f"{value} was {rows}"))
            continue
        names = list(dict.fromkeys(name for row in rows for name in row))
        arrow = pa.table({name: [row.get(name) for row in rows] for name in names})
        kept = frozenset(name for name in json_columns if name in names)
        data.append(ScopeData(scope, ScopeStatus.OK, QueryResult(arrow, json_columns=kept)))
    target = Target(
        "stackql_inventory",
        table,
        mode,
        keys,
        provider=provider,
        service=service,
        resource=resource,
        schedule_id=schedule_id,
        query_id=None,
    )
    result = store.merge(
        engine,
        target,
        data,
        run_id=next(_run_ids),
        at=at,
        claim=lambda _connection: None,
        record=lambda _connection, _result: None,
    )
    store.index_assets(engine, "stackql_inventory", table)
    return result


def record_run(
    engine: sa.Engine,
    ref: TableRef,
    at: datetime,
    scopes: Mapping[str, str],
    rows: int,
    schedule_id: int | None = None,
) -> int:
    """Note a run as the runner does, and return its id. scopes: region → how it ended."""
    ok = sum(1 for status in scopes.values() if status == "ok")
    with engine.begin() as connection:
        id = connection.execute(
            sa.text(
                "INSERT INTO stackql_app.runs (schedule_id, target_schema, target_table, status, started_at,"
                " finished_at, rows_read, rows_total, scopes_total, scopes_ok)"
                " VALUES (:schedule, :schema, :name, :status, :at, :at, :rows, :rows, :total, :ok) RETURNING id"
            ),
            {
                "schedule": schedule_id,
                "schema": ref.schema,
                "name": ref.name,
                "status": "SUCCESS" if ok == len(scopes) else "PARTIAL",
                "at": at,
                "rows": rows,
                "total": len(scopes),
                "ok": ok,
            },
        ).scalar_one()
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.run_scopes (run_id, scope, status, rows)"
                " VALUES (:id, :scope, :status, :rows)"
            ),
            [
                {
                    "id": id,
                    "scope": Scope({"region": region}).key,
                    "status": status,
                    "rows": 10 if status == "ok" else 0,
                }
                for region, status in scopes.items()
            ],
        )
    return int(id)


def schedule(
    engine: sa.Engine,
    table: str,
    *,
    cron: str = "0 */2 * * *",
    status: str | None = "SUCCESS",
    provider: str = "aws",
) -> int:
    """A saved query with a schedule for the table; returns the schedule's id."""
    with engine.begin() as connection:
        query = connection.execute(
            sa.text(
                "INSERT INTO stackql_app.queries (name, query_text, description, provider)"
                " VALUES (:name, 'SELECT id FROM aws.ec2.instances', 'Every instance.', :provider) RETURNING id"
            ),
            {"name": f"query of {table}", "provider": provider},
        ).scalar_one()
        return int(
            connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.schedules"
                    " (query_id, cron_expression, target_table, last_run_status, key_columns)"
                    " VALUES (:query, :cron, :table, :status, '{id}') RETURNING id"
                ),
                {"query": query, "cron": cron, "table": table, "status": status},
            ).scalar_one()
        )


def instances(count: int, *, first: int = 0, **more: Any) -> list[dict[str, Any]]:
    """Rows of instances, their states and owners in turn."""
    return [
        {
            "id": f"i-{number:04d}",
            "name": f"web-{number:04d}",
            "state": ("running", "stopped")[number % 2],
            "size": number * 10,
            "region": "us-east-1",
            "tags": json.dumps({"owner": ("payments", "data")[number % 2]}),
            **more,
        }
        for number in range(first, first + count)
    ]
