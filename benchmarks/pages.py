"""The overview and the list of tables: what the server needs for them, with 10 and with 1,000 tables of 5 million rows.

`--tables 10000` measures them with as many as well, and with 100.

The callbacks run as the app calls them, from the filters to the JSON that is sent. A page is remembered until a run
changes the records; every eighth round begins with such a change, so that p95 is the time of a page made anew.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import sqlalchemy as sa

from benchmarks import _database

FEW, SOME, MANY = 10, 100, 1_000
ROWS = 5_000_000
DAYS = 30
RUN_EVERY = 8
# rounds that import and connect
WARM_UP = 3

_FILL = """
TRUNCATE stackql_app.inventory_tables, stackql_app.table_history, stackql_app.table_scopes,
         stackql_app.table_breakdowns, stackql_app.schedules, stackql_app.queries, stackql_inventory.resource_changes
         RESTART IDENTITY CASCADE;
INSERT INTO stackql_app.queries (name, query_text, provider)
SELECT 'query ' || n, 'SELECT 1', (ARRAY['aws','azure','google','okta','github'])[n % 5 + 1]
  FROM generate_series(1, {tables}) n;
INSERT INTO stackql_app.schedules (query_id, cron_expression, target_table, last_run_status, last_run_at)
SELECT n, (n % 60) || ' */2 * * *', 'table_' || n, 'SUCCESS', now() FROM generate_series(1, {tables}) n;
INSERT INTO stackql_app.inventory_tables (target_schema, target_table, schedule_id, query_id, provider, service,
       resource, row_count, scopes_total, scopes_ok, complete_at, updated_at, changed_at)
SELECT 'stackql_inventory', 'table_' || n, n, n, (ARRAY['aws','azure','google','okta','github'])[n % 5 + 1],
       'service' || n % 40, 'resource' || n, {rows} / {tables}, 5, CASE WHEN n % 50 = 1 THEN 4 ELSE 5 END,
       now(), now(), now()
  FROM generate_series(1, {tables}) n;
INSERT INTO stackql_app.table_history
SELECT current_date - d, 'stackql_inventory', 'table_' || n, (ARRAY['aws','azure','google','okta','github'])[n % 5 + 1],
       'service' || n % 40, {rows} / {tables} - 7 * d, 17, 10, 5, 5, 5
  FROM generate_series(1, {tables}) n, generate_series(0, {days} - 1) d;
INSERT INTO stackql_app.table_scopes (target_schema, target_table, scope, status, rows, since, ok_at)
SELECT 'stackql_inventory', 'table_' || n, '{{"region":"r' || s || '"}}',
       CASE WHEN n % 50 = 1 AND s = 1 THEN 'denied' ELSE 'ok' END, 1000, now() - interval '2 days', now()
  FROM generate_series(1, {tables}) n, generate_series(1, 5) s;
INSERT INTO stackql_app.table_breakdowns
SELECT 'stackql_inventory', 'table_' || n, d, d || v, current_date - 3, {rows} / {tables} / 5, true
  FROM generate_series(1, {tables}) n, unnest(ARRAY['region', 'account', 'owner', 'state']) d, generate_series(1, 5) v;
INSERT INTO stackql_inventory.resource_changes (table_name, run_id, changed_at, change, resource_key, before, after,
       changed_columns)
SELECT 'table_' || n % {tables} + 1, 1, now() - n * interval '6 seconds', 'changed', 'r' || n,
       '{{"state":"a"}}', '{{"state":"b"}}',
       CASE WHEN n % 5000 = 0 THEN ARRAY['is_public'] ELSE ARRAY['state'] END
  FROM generate_series(1, 100000) n;
"""
_ANALYZE = (
    "VACUUM ANALYZE stackql_app.inventory_tables, stackql_app.table_history, stackql_app.table_scopes,"
    " stackql_app.table_breakdowns, stackql_app.schedules, stackql_inventory.resource_changes"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--rounds", type=int, default=80)
    parser.add_argument(
        "--tables", type=int, default=MANY, help=f"beyond {MANY:,}: measure as many too, against {SOME}"
    )


def run(options: argparse.Namespace) -> dict[str, Any]:
    """p95_ms: both callbacks of the page with 1,000 tables; growth: their median over that with 10 tables.

    made_ms_*: the median of the rounds in which the page had to be made anew. With --tables 10000 also growth_10000:
    the median with 10,000 tables over that with 100, and made_growth_10000: the same of the pages that were made anew.
    """
    with _database.start_server() as server:
        few = _measure_rounds(server.engine, FEW, options.rounds)
        many = _measure_rounds(server.engine, MANY, options.rounds)
        more = {}
        if options.tables > MANY:
            more = _compare(server.engine, options.tables, options.rounds)
    return {
        "p95_ms": round(_compute_p95([times for times, _ in many]), 1),
        "growth": round(_compute_median(many) / _compute_median(few), 2),
        f"median_ms_{FEW}": round(_compute_median(few), 1),
        f"median_ms_{MANY}": round(_compute_median(many), 1),
        f"made_ms_{FEW}": round(_compute_median([one for one in few if one[1]]), 1),
        f"made_ms_{MANY}": round(_compute_median([one for one in many if one[1]]), 1),
        **more,
    }


def _compare(engine: sa.Engine, tables: int, rounds: int) -> dict[str, float]:
    """How much more the pages take with so many tables than with SOME."""
    some, most = (_measure_rounds(engine, number, rounds) for number in (SOME, tables))
    made_some, made_most = ([one for one in found if one[1]] for found in (some, most))
    return {
        f"growth_{tables}": round(_compute_median(most) / _compute_median(some), 2),
        f"made_growth_{tables}": round(_compute_median(made_most) / _compute_median(made_some), 2),
        f"median_ms_{SOME}": round(_compute_median(some), 1),
        f"median_ms_{tables}": round(_compute_median(most), 1),
        f"made_ms_{SOME}": round(_compute_median(made_some), 1),
        f"made_ms_{tables}": round(_compute_median(made_most), 1),
    }


def _compute_median(rounds: list[tuple[float, bool]]) -> float:
    return statistics.median(times for times, _ in rounds)


def _measure_rounds(engine: sa.Engine, tables: int, rounds: int) -> list[tuple[float, bool]]:
    """(milliseconds, whether the page was made anew) of each round."""
    from dash._utils import to_json

    from app.cache import make_cache
    from app.settings import read_settings
    from callbacks.inventory.overview import draw_charts, show_overview
    from callbacks.inventory.tables import list_tables
    from services import build
    from services.models.inventory import InventoryFilter
    from services.users import SYSTEM, act_as

    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # its % are only characters
        filling = _FILL.format(tables=tables, rows=ROWS, days=DAYS)
        connection.exec_driver_sql(filling, execution_options={"no_parameters": True})
        connection.exec_driver_sql(_ANALYZE)
    services = build(engine, read_settings(), make_cache())
    found = []
    try:
        with act_as(SYSTEM):
            for number in range(rounds + WARM_UP):
                if anew := number % RUN_EVERY == 0:
                    _record_a_run(engine)
                began = time.perf_counter()
                shown = show_overview(services, InventoryFilter())
                to_json(shown)
                places = [part for part in shown["charts"] if "of" in part]
                to_json(
                    draw_charts(services, {"of": places[0]["of"], "keys": [part["key"] for part in places]})
                )
                to_json(list_tables(services, InventoryFilter(), "", {"sort": "rows", "page": 1}))
                found.append((1000 * (time.perf_counter() - began), anew))
    finally:
        services.close()
    return found[WARM_UP:]


def _record_a_run(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE stackql_app.inventory_tables SET updated_at = clock_timestamp() WHERE target_table = 'table_1'"
            )
        )


def _compute_p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
