"""A resource counts once, whichever tables hold it, and every number of the inventory says the same of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.inventory import schedule, service_at
from fakes.tables import Tables, failed, ok, target
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory_runner import store
from inventory_runner.models import TableKind
from inventory_runner.store import Target, counting
from services.db import DatabaseService
from services.models.inventory import InventoryFilter, TableRef
from services.users import SYSTEM, act_as

START = datetime(2026, 3, 2, tzinfo=UTC)
REGIONS = ("eu-west-1", "us-east-1")
ACCOUNT = "123456789012"
SCHEMA = "stackql_inventory"
DAY = timedelta(days=1)


def functions(table: str, *keys: str, **values: Any) -> Target:
    return target(table, *keys, **{"provider": "aws", "service": "lambda", "resource": "functions", **values})


KEPT, FOUND, THIRD = (
    functions("kept", "function_arn"),
    functions("found"),
    functions("third", "function_name"),
)


def function(number: int, region: str = REGIONS[0], *names: str, **values: Any) -> dict[str, Any]:
    """What a cloud says of a function; names: the columns that a query asks for."""
    whole = {
        "function_arn": f"arn:aws:lambda:{region}:{ACCOUNT}:function:fn-{number}",
        "function_name": f"fn-{number}",
        "region": region,
        "account_id": ACCOUNT,
        "runtime": "python3.6" if number % 2 else "python3.13",
        "state": ["Active", "Inactive", "Pending"][number % 3],
        **values,
    }
    return {name: whole[name] for name in names} if names else whole


class World:
    """An inventory at a time that goes on by the hour."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.tables = Tables(engine)
        self.tables.at = START
        with engine.begin() as connection:
            for name in ("inventory_tables", "table_scopes", "table_history", "table_breakdowns", "assets"):
                connection.exec_driver_sql(f"DELETE FROM stackql_app.{name}")
            connection.exec_driver_sql(
                "DELETE FROM stackql_app.asset_search; DELETE FROM stackql_inventory.resource_changes"
            )
            for name in ("kept", "found", "third", "other"):
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {SCHEMA}.{name}")

    def load(self, into: Target, rows: Sequence[Mapping[str, Any]], *, days: int = 0) -> None:
        """What each region of the rows gave; regions without any are empty."""
        scopes = {
            region: [row for row in rows if row.get("_in", row.get("region")) == region] for region in REGIONS
        }
        plain = {
            region: [{name: value for name, value in row.items() if name != "_in"} for row in found]
            for region, found in scopes.items()
        }
        into = Target(**{**vars(into), "allow_empty": True})
        self.tables.merge(
            into,
            *(ok(found, region=region) for region, found in plain.items()),
            at=self.tables.at + days * DAY + DAY / 24,
        )
        store.index_assets(self.engine, into.schema, into.table)

    def drop(self, table: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {SCHEMA}.{table}")
            connection.execute(
                sa.text("DELETE FROM stackql_app.table_history WHERE target_table = :table"), {"table": table}
            )
            counting.forget(connection, SCHEMA, table, self.tables.at)

    def call(self, table: str, kind: TableKind) -> None:
        with self.engine.begin() as connection:
            counting.set_kind(connection, SCHEMA, table, kind, self.tables.at)

    def overview(self) -> Any:
        return service_at(self.engine, self.tables.at).overview(InventoryFilter(days=7))

    def total(self) -> int:
        """How many resources there are, by every number that says it."""
        service = service_at(self.engine, self.tables.at)
        shown = service.overview(InventoryFilter(days=7))
        (listed,) = self.tables.query("SELECT count(*) AS rows FROM stackql_inventory.assets")
        everything = service.assets({}, 0, 1000)
        said = {
            "resources": shown.resources,
            "tables": sum(table.resources for table in shown.tables),
            "last level": sum(levels[-1] for levels in shown.levels.values() if levels),
            "analysts": listed.rows,
            "list's total": everything["total"],
            "list's rows": len(everything["rows"]),
            "search": len(service.search("fn-")),
            **(
                {
                    name: sum(share.total for share in shown.shares.get(name, ()))
                    for name in ("region", "account", "owner", "state")
                }
                if listed.rows
                else {}
            ),
        }
        for region in REGIONS:
            some = service.overview(InventoryFilter(days=7, region=region))
            of_region = sum(one.total for one in shown.shares.get("region", ()) if one.value == region)
            assert some.resources == of_region == service.assets({"region": region}, 0, 1000)["total"]
        assert len(set(said.values())) == 1, said
        return shown.resources

    def counted(self, table: str) -> int:
        return int(self.tables.recorded(table)["counted_rows"])

    def changes(self) -> tuple[int, int]:
        """(appeared, vanished) on all days."""
        days = self.overview().changes
        return sum(day.added for day in days), sum(day.removed for day in days)


@pytest.fixture(scope="module")
def once_engine(postgres: str) -> Iterable[sa.Engine]:
    from fakes.databases import fresh_engine

    with fresh_engine(postgres) as made:
        yield made


@pytest.fixture
def world(once_engine: sa.Engine) -> World:
    return World(once_engine)


def named(*numbers: int, region: str = REGIONS[0]) -> list[dict[str, Any]]:
    """A query that asks for names alone: the region is the scope's."""
    return [{**function(n, region, "function_name", "runtime"), "_in": region} for n in numbers]


def whole(*numbers: int, region: str = REGIONS[0]) -> list[dict[str, Any]]:
    return [function(n, region) for n in numbers]


@pytest.mark.parametrize("turned", [False, True])
def test_a_finding_over_a_table_adds_nothing_in_either_order(world: World, turned: bool) -> None:
    for into in (FOUND, KEPT) if turned else (KEPT, FOUND):
        world.load(into, whole(*range(10)) if into is KEPT else named(1, 3, 5))
    assert world.total() == 10
    assert (world.counted("kept"), world.counted("found")) == (10, 0)
    kept = world.tables.recorded("kept")["id"]
    assert world.tables.recorded("found")["counted_in"] == {str(kept): 3}
    detail = service_at(world.engine, world.tables.at).table(TableRef(SCHEMA, "found"))
    assert (detail.summary.rows, dict(detail.counted_in)) == (3, {TableRef(SCHEMA, "kept"): 3})
    assert world.changes() == (0, 0)


@pytest.mark.parametrize(
    "asked",
    [
        ("function_name",),
        ("function_name", "region"),
        ("function_name", "account_id"),
        ("function_arn",),
        ("function_arn", "function_name", "state"),
        ("function_name", "region", "account_id"),
    ],
)
def test_whatever_columns_a_query_asks_for(world: World, asked: tuple[str, ...]) -> None:
    rows = [{**function(n, REGIONS[0], *asked), "_in": REGIONS[0]} for n in (1, 2, 3)]
    world.load(KEPT, whole(1, 2, 3, 4))
    world.load(FOUND, rows)
    assert world.total() == 4
    world.drop("kept")
    assert world.total() == 3
    world.load(KEPT, whole(1, 2, 3, 4))
    assert world.total() == 4


def test_an_account_of_a_column_is_a_scopes(world: World) -> None:
    def of(names: Sequence[str], account: str) -> Any:
        rows = [{**function(n, REGIONS[0], *names), "_id": None} for n in (1, 2)]
        rows = [{k: v for k, v in row.items() if k != "_id"} for row in rows]
        return ok(rows, account_id=account, region=REGIONS[0])

    world.tables.merge(functions("kept"), of(("function_name", "account_id"), ACCOUNT))
    world.tables.merge(functions("found"), of(("function_name",), ACCOUNT))
    assert world.overview().resources == 2
    # of another account they are others
    world.tables.merge(functions("third"), of(("function_name",), "999999999999"))
    assert world.overview().resources == 4


def test_the_same_name_in_two_regions_is_two_resources(world: World) -> None:
    world.load(FOUND, [*named(1, 2), *named(1, 2, region=REGIONS[1])])
    assert world.total() == 4
    world.load(KEPT, [*whole(1), *whole(1, region=REGIONS[1])])
    assert world.total() == 4


def test_an_arn_is_the_same_under_another_type(world: World) -> None:
    world.load(KEPT, whole(1, 2))
    rows = [
        {"arn": row["function_arn"], "name": row["function_name"], "region": row["region"]}
        for row in whole(2, 3)
    ]
    world.load(functions("other", service="cloud_control", resource="resources"), rows)
    assert world.total() == 3


def test_ids_of_two_clusters_are_two_resources_whatever_their_ends(world: World) -> None:
    arns = [f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/{cluster}/fn-1" for cluster in "ab"]
    rows = [{"service_arn": arn, "service_name": "fn-1", "region": REGIONS[0]} for arn in arns]
    world.load(functions("kept", service="ecs", resource="services"), rows)
    assert world.total() == 2
    # a name alone is one of them, whichever
    world.load(
        functions("found", service="ecs", resource="services"),
        [{"service_name": "fn-1", "region": REGIONS[0]}],
    )
    assert world.total() == 2


def test_a_name_tells_what_an_id_does_not(world: World) -> None:
    disks = [{"id": f"77{n}", "name": f"fn-{n}", "region": REGIONS[0]} for n in range(4)]
    world.load(functions("kept", provider="google", service="compute", resource="disks"), disks)
    found = functions("found", provider="google", service="compute", resource="disks")
    world.load(found, [{"name": "fn-1", "region": "EU-WEST-1", "_in": REGIONS[0]}])
    assert world.overview().resources == 4
    # two with one name and different ids stay two
    world.load(
        functions("kept", provider="google", service="compute", resource="disks"),
        [*disks, {**disks[0], "id": "9"}],
    )
    assert world.overview().resources == 5


def test_rows_of_one_resource_in_one_table_count_once(world: World) -> None:
    layers = [(1, "a"), (1, "b"), (2, "a")]
    world.load(functions("kept"), [{**function(number), "layer": layer} for number, layer in layers])
    assert world.total() == 2
    assert world.tables.recorded("kept")["row_count"] == 3


def test_what_another_table_still_holds_has_not_vanished(world: World) -> None:
    for into in (KEPT, FOUND, THIRD):
        world.load(into, whole(1, 2, 3) if into is KEPT else named(1, 2))
    assert world.total() == 3
    world.load(KEPT, whole(2, 3), days=1)
    assert (world.total(), world.changes()) == (3, (0, 0))
    assert (world.counted("kept"), world.counted("found"), world.counted("third")) == (2, 1, 0)
    world.load(FOUND, named(2), days=1)
    assert (world.total(), world.changes()) == (3, (0, 0))
    world.load(THIRD, named(2), days=1)
    assert (world.total(), world.changes()) == (2, (0, 1))
    # and what a second table finds a day later has not appeared again
    world.load(KEPT, whole(2, 3, 4), days=1)
    world.load(FOUND, named(2, 4))
    assert (world.total(), world.changes()) == (3, (1, 1))


def test_a_change_of_what_two_tables_hold_is_one_change(world: World) -> None:
    world.load(KEPT, whole(1, 2))
    world.load(functions("found", "function_name"), named(1, 2))
    new = [{**row, "runtime": "python3.14"} for row in whole(1)] + whole(2)
    world.load(KEPT, new, days=1)
    world.load(functions("found", "function_name"), [{**named(1)[0], "runtime": "python3.14"}, *named(2)])
    assert sum(day.changed for day in world.overview().changes) == 1
    assert len(world.tables.changes("found")) == len(world.tables.changes("kept")) == 1


@pytest.mark.parametrize("gone", ["kept", "found"])
def test_a_dropped_table_takes_nothing_that_another_holds(world: World, gone: str) -> None:
    other = functions("other", service="ec2", resource="instances")
    world.load(
        other, [{"instance_id": f"i-{n}", "name": f"fn-{n}", "region": REGIONS[0]} for n in range(20, 25)]
    )
    world.load(KEPT, whole(1, 2, 3))
    world.load(FOUND, named(1, 2))
    world.load(
        other,
        [{"instance_id": f"i-{n}", "name": f"fn-{n}", "region": REGIONS[0]} for n in range(20, 25)],
        days=2,
    )
    before = world.overview()
    world.drop(gone)
    after = world.overview()
    left = 7 if gone == "kept" else 8
    assert (before.resources, after.resources, world.total()) == (8, left, left)
    # as if it had always been so: no step on any day
    assert {tuple(levels) for levels in after.levels.values()} == {(left,) * len(after.days)}
    region = service_at(world.engine, world.tables.at).overview(InventoryFilter(days=7, region=REGIONS[0]))
    assert {tuple(levels) for levels in region.levels.values()} == {(left,) * len(region.days)}
    assert world.changes() == (0, 0)


def test_a_schedule_that_is_deleted_with_its_table_hands_over(world: World) -> None:
    id = schedule(world.engine, "kept")
    world.load(Target(**{**vars(KEPT), "schedule_id": id}), whole(1, 2, 3))
    world.load(FOUND, named(1, 2))
    with act_as(SYSTEM):
        DatabaseService(world.engine).schedules.delete_schedule(id, drop_table=True)
    assert (world.total(), world.counted("found")) == (2, 2)


def test_findings_and_counts_are_no_inventory(world: World) -> None:
    world.load(KEPT, whole(1, 2, 3))
    world.load(functions("found", kind=TableKind.FINDINGS), named(2, 9))
    world.load(
        functions("third", kind=TableKind.COUNTS), [{"project_id": "fn-7", "n": 3, "region": REGIONS[0]}]
    )
    assert world.total() == 3
    assert world.tables.recorded("found")["counted_in"] == {"0": 2}
    world.call("found", TableKind.INVENTORY)
    assert (world.total(), world.counted("found"), world.changes()) == (4, 1, (0, 0))
    world.call("kept", TableKind.FINDINGS)
    assert (world.total(), world.counted("found"), world.changes()) == (2, 2, (0, 0))
    world.call("kept", TableKind.INVENTORY)
    assert (world.total(), world.counted("found")) == (4, 1)


def test_a_run_that_failed_counts_as_before(world: World) -> None:
    world.load(KEPT, whole(1, 2, 3))
    world.load(FOUND, named(1))
    world.tables.merge(KEPT, *(failed(region=region) for region in REGIONS))
    assert world.total() == 3


def test_merges_at_once_neither_wait_for_each_other_for_ever_nor_count_twice(world: World) -> None:
    world.load(KEPT, whole(1))
    world.load(FOUND, named(1))

    def work(part: tuple[Target, Any]) -> None:
        into, make = part
        tables = Tables(world.engine)
        tables.at = world.tables.at
        for turn in range(6):
            found = make(*range(1, 30 - turn * (turn % 2)))
            rows = [{name: value for name, value in row.items() if name != "_in"} for row in found]
            tables.merge(into, ok(rows, region=REGIONS[0]))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, [(KEPT, whole), (FOUND, named), (THIRD, named)]))
    held = " UNION ".join(f"SELECT function_name FROM {SCHEMA}.{name}" for name in ("kept", "found", "third"))
    assert world.overview().resources == len(world.tables.query(held))


NUMBERS = st.sets(st.tuples(st.integers(0, 5), st.sampled_from(REGIONS)), max_size=8)
COLUMNS = {
    "kept": ("function_arn", "function_name", "runtime"),
    "found": ("function_name", "runtime"),
    "third": ("function_name", "account_id", "state", "region"),
}
STEP = st.one_of(
    st.tuples(st.just("load"), st.sampled_from(sorted(COLUMNS)), NUMBERS),
    st.tuples(st.just("drop"), st.sampled_from(sorted(COLUMNS)), st.none()),
    st.tuples(st.just("call"), st.sampled_from(sorted(COLUMNS)), st.sampled_from(TableKind)),
)


@given(steps=st.lists(STEP, min_size=2, max_size=6))
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_number_is_how_many_resources_there_are(once_engine: sa.Engine, steps: list[Any]) -> None:
    """Over random tables, in any order, dropped and called otherwise meanwhile."""
    world = World(once_engine)
    held: dict[str, set[Any]] = {}
    empty: set[str] = set()
    kinds = dict.fromkeys(COLUMNS, TableKind.INVENTORY)
    for what, table, value in steps:
        if what == "load":
            rows = [{**function(n, region, *COLUMNS[table]), "_in": region} for n, region in sorted(value)]
            if not rows and table not in held:
                continue
            world.load(functions(table, kind=kinds[table]), rows, days=1)
            # where all regions answer empty at once the rows are kept for a day: the next time, a day on, they go
            if rows or not held.get(table) or table in empty:
                held[table] = value
            empty = empty - {table} if rows else empty | {table}
        elif table in held and what == "drop":
            world.drop(table)
            del held[table]
            empty -= {table}
            kinds[table] = TableKind.INVENTORY
        elif table in held:
            world.call(table, value)
            kinds[table] = value
        counted = [value for name, value in held.items() if kinds[name] is TableKind.INVENTORY]
        assert world.total() == len(set().union(*counted))
