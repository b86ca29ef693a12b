"""A schedule over three regions that tests run for real, with an engine that is told its answers."""

from __future__ import annotations

import threading
from typing import Any

import sqlalchemy as sa
from fakes.engine import ScriptedEngine

from inventory_runner.models import Run, ScopeStatus
from inventory_runner.runs.limits import Limits
from inventory_runner.runs.run import run as run_once
from inventory_runner.store import run_reads

QUICK = Limits(backoff=0.02, progress=0.05, heartbeat=0.1)
REGIONS = ["us-east-1", "eu-west-1", "ap-south-1"]
VPCS = "SELECT vpc_id, state FROM aws.ec2.vpcs WHERE region = :region"


def vpcs(*names: str, state: str = "available") -> list[dict[str, Any]]:
    return [{"vpc_id": name, "state": state} for name in names]


class World:
    """A schedule over three regions, an engine that is told its answers, and the database to look into."""

    def __init__(self, database: sa.Engine) -> None:
        self.database = database
        self.engine = ScriptedEngine()
        self.schedule_id = self.schedule()
        for region in REGIONS:
            self.engine.answer(f"'{region}'", vpcs(f"{region}-1", f"{region}-2"))

    def sql(self, statement: str, /, **values: Any) -> Any:
        with self.database.begin() as connection:
            found = connection.execute(sa.text(statement), values)
            return found.all() if found.returns_rows else None

    def query(self, text: str = VPCS) -> int:
        return self.sql(
            "INSERT INTO stackql_app.queries (name, query_text) VALUES ('VPCs', :text) RETURNING id",
            text=text,
        )[0][0]

    def schedule(
        self,
        text: str = VPCS,
        table: str = "vpcs",
        values: str | None = None,
        keys: str = "{vpc_id}",
        **columns: Any,
    ) -> int:
        values = values if values is not None else '{"region": ["us-east-1", "eu-west-1", "ap-south-1"]}'
        more = "".join(f", {name}" for name in columns)
        bound = "".join(f", :{name}" for name in columns)
        return self.sql(
            f"INSERT INTO stackql_app.schedules (query_id, cron_expression, target_table, parameter_values, key_columns{more})"  # noqa: E501
            f" VALUES (:query, '0 6 * * *', :table, CAST(:values AS jsonb), CAST(:keys AS text[]){bound}) RETURNING id",
            query=self.query(text),
            table=table,
            values=values,
            keys=keys,
            **columns,
        )[0][0]

    def values(self, text: str) -> None:
        self.sql("UPDATE stackql_app.schedules SET parameter_values = CAST(:values AS jsonb)", values=text)

    def run(self, schedule_id: int | None = None, **options: Any) -> Run:
        options.setdefault("limits", QUICK)
        chosen = {} if "query_id" in options else {"schedule_id": schedule_id or self.schedule_id}
        return run_once(self.database, options.pop("engine", self.engine), **chosen, **options)

    def table(self, name: str = "vpcs", column: str = "vpc_id") -> list[str]:
        return [row[0] for row in self.sql(f"SELECT {column} FROM stackql_inventory.{name} ORDER BY 1")]

    def scopes(self, run: Run) -> dict[str, ScopeStatus]:
        return {one.scope.label: one.status for one in run_reads.list_scopes(self.database, run.id)}

    def messages(self, run: Run) -> dict[str, str]:
        return {one.scope.label: one.message for one in run_reads.list_scopes(self.database, run.id)}

    def in_background(self, **options: Any) -> tuple[threading.Thread, list[Run]]:
        ended: list[Run] = []
        thread = threading.Thread(target=lambda: ended.append(self.run(**options)))
        thread.start()
        return thread, ended
