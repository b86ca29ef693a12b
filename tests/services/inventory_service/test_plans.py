"""No page may read a big table whole: what its statements touch is measured by Postgres itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.databases import fresh_engine
from fakes.inventory import instances, load, schedule, service_at

from services.db.related import RelatedRecords
from services.inventory_service import InventoryService
from services.models.inventory import Change, InventoryFilter, TableRef

NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
REF = TableRef("stackql_inventory", "aws_ec2_instances")
MANY = 20_000
# rows of the big tables that a page's statement may look at
MOST_ROWS = 1_500
BIG = ("aws_ec2_instances", "resource_changes", "assets", "asset_search")
KEY = "i-0007"

# more rows, resources and changes, as a year of runs would leave them
GROW = f"""
INSERT INTO stackql_inventory.aws_ec2_instances (id, name, state, region, _scope, _first_seen_at, _changed_at)
SELECT 'x-' || n, 'web', 'running', 'us-east-1', '{{"region":"us-east-1"}}', now(), now()
  FROM generate_series(1, {MANY}) n;
INSERT INTO stackql_inventory.assets (table_name, scope, resource_key, provider, service, type, id, name, region,
       first_seen_at, changed_at, asset_id)
SELECT 'aws_ec2_instances', '{{"region":"us-east-1"}}', 'x-' || n, 'aws', 'ec2', 'instances', 'x-' || n, 'web',
       'us-east-1', now(), now(), md5('x-' || n)::uuid
  FROM generate_series(1, {MANY}) n;
INSERT INTO stackql_app.asset_search (table_id, asset_id, changed_at, document, terms)
SELECT 1, md5('x-' || n)::uuid, now(), 'x-' || n || ' web', to_tsvector('simple', 'x ' || n || ' web')
  FROM generate_series(1, {MANY}) n;
INSERT INTO stackql_inventory.resource_changes (table_name, run_id, changed_at, change, resource_key, scope, before,
       after, changed_columns)
SELECT CASE WHEN n % 2 = 0 THEN 'aws_ec2_instances' ELSE 'table_' || n % 40 END, n / 100,
       now() - n * interval '30 seconds', (ARRAY['added', 'removed', 'changed'])[n % 3 + 1], 'x-' || n % 5000,
       '{{"region":"us-east-1"}}', '{{"state":"a"}}', '{{"state":"b"}}',
       CASE WHEN n % 400 = 0 THEN ARRAY['is_public'] ELSE ARRAY['state'] END
  FROM generate_series(1, {MANY}) n;
INSERT INTO stackql_app.table_history (day, target_schema, target_table, row_count, changed)
SELECT current_date - 100, 'stackql_inventory', 'aws_ec2_instances', {MANY}, {MANY};
"""
VACUUM = "VACUUM ANALYZE " + ", ".join(
    f"stackql_inventory.{name}" if name != "asset_search" else f"stackql_app.{name}" for name in BIG
)


@pytest.fixture(scope="module")
def engine(postgres: str) -> Iterator[sa.Engine]:
    """One database for all tests, since they only read."""
    with fresh_engine(postgres) as made:
        yield made


@pytest.fixture(scope="module")
def service(engine: sa.Engine) -> InventoryService:
    id = schedule(engine, "aws_ec2_instances", status="FAILED")
    for days, count in ((9, 20), (1, 24)):
        at = NOW - timedelta(days=days)
        load(engine, "aws_ec2_instances", {"us-east-1": instances(count)}, at, schedule_id=id)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in filter(str.strip, GROW.split(";\n")):
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        connection.exec_driver_sql(VACUUM)
    return service_at(engine, NOW)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def touched(engine: sa.Engine, ask: Callable[[], object]) -> dict[str, int]:
    """Big table → the most rows of it that one of the statements looks at."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: Any) -> None:
        seen.append((statement, values))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    reads = [(text, values) for text, values in seen if text.lstrip(" (\n").startswith(("SELECT", "WITH"))]
    assert reads
    most = dict.fromkeys(BIG, 0)
    with engine.connect() as connection:
        for text, values in reads:
            explained = "EXPLAIN (ANALYZE, FORMAT JSON) " + text
            options = {} if values else {"no_parameters": True}
            [plan] = connection.exec_driver_sql(
                explained, values or None, execution_options=options
            ).scalar_one()
            for node in nodes(plan["Plan"]):
                name = node.get("Relation Name")
                if name in most:
                    looked = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                    looked += node.get("Rows Removed by Index Recheck", 0)
                    most[name] = max(most[name], int(looked * node["Actual Loops"]))
    return most


PAGES: dict[str, Callable[[InventoryService], object]] = {
    "overview": lambda service: service.overview(InventoryFilter()),
    "of a provider": lambda service: service.overview(InventoryFilter(provider="aws")),
    "of a region": lambda service: service.overview(InventoryFilter(region="us-east-1", days=90)),
    "tables": lambda service: service.tables(InventoryFilter(), "aws"),
    "version": lambda service: service.version(),
    "changes": lambda service: service.changes(),
    "changes of a provider": lambda service: service.changes(provider="aws"),
    "changes of a day": lambda service: service.changes(day=NOW.date(), kinds=[Change.ADDED]),
    "changes of a table": lambda service: service.changes(REF, kinds=[Change.REMOVED]),
    "older changes": lambda service: service.changes(cursor=service.changes().older),
    "a table": lambda service: service.table(REF),
    "its coverage": lambda service: service.scopes(REF),
    "its views": lambda service: service.views(REF),
    "its first rows": lambda service: service.rows(REF, 0, 100),
    "rows in its middle": lambda service: service.rows(REF, 1_000, 1_100),
    "a resource": lambda service: service.resource(REF, KEY, '{"region":"us-east-1"}'),
    "a resource that is gone": lambda service: service.resource(REF, "x-77", '{"region":"us-east-1"}'),
    "all resources": lambda service: service.assets({}, 0, 100),
}


@pytest.mark.parametrize("page", PAGES)
def test_no_page_reads_a_big_table_whole(service: InventoryService, engine: sa.Engine, page: str) -> None:
    looked = touched(engine, lambda: PAGES[page](service))
    assert {name: rows for name, rows in looked.items() if rows > MOST_ROWS} == {}


def test_what_a_resource_names_is_looked_up_and_not_looked_for(
    service: InventoryService, engine: sa.Engine
) -> None:
    ids = ["x-777", "x-12345", "i-0007", "vpc-0a1b", "https://x.googleapis.com/projects/p/zones/z/disks/x-9"]
    found: list[set[str]] = []
    looked = touched(
        engine, lambda: found.append(set(RelatedRecords(engine).find_named_assets(ids, limit=5, seconds=9)))
    )
    assert found == [{"x-777", "x-12345", "i-0007"}]
    assert 0 < looked["assets"] <= MOST_ROWS and looked["asset_search"] <= MOST_ROWS


def test_a_count_of_a_big_table_would_be_seen(service: InventoryService, engine: sa.Engine) -> None:
    def count() -> None:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT count(*) FROM stackql_inventory.resource_changes"))

    assert touched(engine, count)["resource_changes"] >= MANY
