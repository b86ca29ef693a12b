"""The search box, from the text to the drop-down's JSON, and all resources with their facets: a million assets."""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from benchmarks import _database

if TYPE_CHECKING:
    from services.inventory_service.service import InventoryService

_FILL = """
INSERT INTO stackql_app.inventory_tables (target_schema, target_table, provider, service, resource, row_count)
SELECT 'stackql_inventory', 'table_' || n, 'aws', 'ec2', 'instances', {rows} / 20 FROM generate_series(1, 20) n;
INSERT INTO stackql_app.assets (asset_id, table_name, scope, resource_key, provider, service, type, id, name, arn,
       region, account, tags, first_seen_at, changed_at)
SELECT md5(n::text)::uuid, 'table_' || n % 20 + 1, '{{}}', 'i-' || lpad(to_hex(n), 17, '0'), 'aws', 'ec2', 'instances',
       'i-' || lpad(to_hex(n), 17, '0'), (ARRAY['web','api','db','batch','cache'])[n % 5 + 1] || '-prod-' || n,
       'arn:aws:ec2:us-east-1:123456789012:instance/i-' || lpad(to_hex(n), 17, '0'),
       (ARRAY['us-east-1', 'eu-west-1', 'eu-central-1'])[n / 20 % 3 + 1], '12345678901' || n / 60 % 7,
       jsonb_build_object('owner', 'team-' || n % 50, 'cost-center', 'cc-' || n % 9000), now(), now()
  FROM generate_series(1, {rows}) n;
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=4)


def list_texts(rows: int) -> dict[str, str]:
    """What people type: kind of search → text."""
    middle = rows // 2
    return {
        "id": f"i-{middle:017x}",
        "name": f"web-prod-{middle - middle % 5}",
        "begun": "prod-29",
        "arn": f"arn:aws:ec2:us-east-1:123456789012:instance/i-{middle:017x}",
        "tag": f"cc-{middle % 9000}",
        "two_words": "team-7 batch",
        "inside": f"{middle:x}",
        "nothing": "no-such-resource",
    }


# what people ask the list of all resources for: kind → text
FILTERS = {
    "all": "",
    "region": "region:eu-*",
    "type_and_account": "type:instances account:123456789013 -region:us-*",
    "nothing": "region:mars-*",
    "tag": "tag:owner=team-7",
    "tag_and_region": "tag:cost-center region:eu-west-1",
    "owner": "owner:team-9 owner:team-8 provider:aws",
}


def time_lists(service: InventoryService, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of the first rows with the total, and of the facets, of each filter."""
    times: dict[str, list[float]] = {"list": [], "facet": []}
    for number in range(rounds + 1):
        for text in FILTERS.values():
            for kind, ask in (
                ("list", lambda text=text: service.assets({}, 0, 200, search=text)),
                ("facet", lambda text=text: service.count_facets({}, text)),
            ):
                began = time.perf_counter()
                ask()
                if number:
                    times[kind].append(1000 * (time.perf_counter() - began))
    return times


def run(options: argparse.Namespace) -> dict[str, Any]:
    """p95_ms over all searches; median_ms_<kind> of each kind; list_p95_ms and facet_p95_ms of the list's filters."""
    from dash._utils import to_json

    from app.settings import read_settings
    from callbacks.shell import search
    from inventory_runner.store import breakdowns, index_assets
    from inventory_runner.store.sql import run as run_statement
    from services import build
    from services.users import SYSTEM, act_as

    times: dict[str, list[float]] = {}
    with _database.start_server() as server:
        with server.engine.begin() as connection:
            # its % are only characters
            filling = _FILL.format(rows=options.rows)
            connection.exec_driver_sql(filling, execution_options={"no_parameters": True})
        for number in range(1, 21):
            index_assets(server.engine, "stackql_inventory", f"table_{number}")
        with server.engine.begin() as connection:
            for number in range(1, 21):
                # what a merge keeps of each table
                kept = breakdowns.compose_record("stackql_inventory", f"table_{number}", datetime.now(UTC))
                run_statement(connection, kept)
        with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE stackql_app.assets"))
            connection.execute(sa.text("VACUUM ANALYZE stackql_app.asset_search"))
        services = build(server.engine, read_settings())
        with act_as(SYSTEM):
            for round_number in range(options.rounds + 1):
                for kind, text in list_texts(options.rows).items():
                    began = time.perf_counter()
                    to_json(search.find_results(services, text))
                    # the first round connects and warms the server's cache
                    if round_number:
                        times.setdefault(kind, []).append(1000 * (time.perf_counter() - began))
            lists = time_lists(services.inventory, options.rounds)
        services.close()
    everything = [one for kind in times.values() for one in kind]
    return {
        "p95_ms": round(statistics.quantiles(everything, n=20)[-1], 1),
        **{
            f"{kind}_p95_ms": round(statistics.quantiles(found, n=20)[-1], 1) for kind, found in lists.items()
        },
        **{f"median_ms_{kind}": round(statistics.median(values), 1) for kind, values in times.items()},
    }
