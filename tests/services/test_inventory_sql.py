"""SQL over the inventory on a real Postgres: what is read, what is refused by Postgres itself, and every limit."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from inventory_runner.contract import (
    AnswerTooLarge,
    CancelToken,
    EngineError,
    NotChecked,
    QueryCancelled,
    QueryResult,
    QueryTimeout,
    UnknownColumn,
    UnknownResource,
)
from inventory_runner.errors import InventoryError
from inventory_runner.platform import database
from inventory_runner.settings import read as read_settings
from inventory_runner.sql import guard, parameters, postgres
from inventory_runner.sql.guard import CheckedInventoryStatement
from inventory_runner.sql.postgres_words import FUNCTIONS
from inventory_runner.sql.statement import Source, read
from services.inventory_sql import InventoryEngine, InventoryReader
from services.inventory_sql.reader import ReaderMissing


@pytest.fixture
def inventory(engine: sa.Engine, database_url: str) -> Iterator[InventoryEngine]:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE stackql_inventory.machines AS SELECT g AS id, 'name ' || g AS name, g / 3.0 AS load,"
            " mod(g, 2) = 0 AS \"on\", jsonb_build_object('b', g, 'a', 'x') AS tags, now() AS seen"
            " FROM generate_series(1, 1500) g"
        )
    yield make(database_url)


def make(url: str, seconds: float = 20, login: str = "") -> InventoryEngine:
    target = database.find_target(read_settings(database_url=url))
    return InventoryEngine(InventoryReader(lambda: target, login), seconds)


def run(
    engine: InventoryEngine,
    text: str,
    limit: int | None = 10_000,
    cancel: CancelToken | None = None,
    **values: str,
) -> QueryResult:
    checked = parameters.bind(guard.check(read(text), Source.INVENTORY), values)
    return engine.execute(
        checked, credentials={}, timeout=60, cancel=cancel or CancelToken(), row_limit=limit
    )


def run_unguarded(engine: InventoryEngine, text: str) -> QueryResult:
    """As if both of the guard's readings had let it pass."""
    checked = CheckedInventoryStatement(text, postgres.Reading(text, (), ()), (), guard._PASSED)
    return engine.execute(checked, credentials={}, timeout=60, cancel=CancelToken(), row_limit=10)


def test_rows_come_in_order_with_their_types_up_to_the_limit(inventory: InventoryEngine) -> None:
    found = run(inventory, "SELECT * FROM machines WHERE id > :from ORDER BY id DESC", 1200, **{"from": "10"})
    rows = found.table.to_pylist()
    assert [row["id"] for row in rows] == list(range(1500, 300, -1))
    assert not found.complete
    assert (rows[0]["tags"], rows[0]["on"], rows[0]["load"]) == (
        '{"a":"x","b":1500}',
        True,
        "500.0000000000000000",
    )
    assert rows[0]["seen"].endswith("+00:00")
    assert found.json_columns == {"tags"}
    assert run(inventory, "TABLE machines", 1500).complete
    assert run(inventory, "SELECT 1 AS a, 2 AS a, NULL").table.num_columns == 3


def test_parameters_take_the_types_that_postgres_finds(inventory: InventoryEngine) -> None:
    text = "SELECT count(*) AS n FROM machines WHERE id = :id AND name = :name AND seen > :day"
    found = run(inventory, text, id="7", name="name 7", day="2020-01-01")
    assert found.table.to_pylist() == [{"n": 1}]
    with pytest.raises(EngineError, match="nvalid input syntax for type integer"):
        run(inventory, text, id="7 OR 1=1", name="x", day="2020-01-01")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT 1; RESET ROLE", "multiple commands"),
        ("SELECT count(*) FROM stackql_app.queries", "ermission denied"),
        ("SELECT * FROM stackql_app.provider_config", "ermission denied"),
        ("DELETE FROM machines", "ermission denied|yntax error"),
        ("SELECT * FROM machines FOR UPDATE", "ermission denied|read-only"),
        ("WITH d AS (DELETE FROM machines RETURNING *) SELECT * FROM d", "WITH clause|ermission denied"),
        ("SELECT pg_read_file('/etc/passwd')", "ermission denied"),
        ("SELECT lo_create(0)", "read-only"),
        ("SELECT nextval('stackql_app.queries_id_seq')", "ermission denied"),
        ("SELECT 1) AS a) AS b; DROP TABLE machines; --", "yntax error"),
    ],
)
def test_postgres_itself_refuses_what_the_guard_would_have_missed(
    inventory: InventoryEngine, text: str, why: str
) -> None:
    with pytest.raises(InventoryError) as refused:
        run_unguarded(inventory, text)
    assert any(word in f"{refused.value} {refused.value.details}" for word in why.split("|"))


def test_every_function_on_the_list_is_there_and_only_reads(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT proname, bool_or(provolatile = 'v'), bool_and(pronamespace = 'pg_catalog'::regnamespace)"
                " FROM pg_proc WHERE proname = ANY(:names) GROUP BY 1"
            ),
            {"names": sorted(FUNCTIONS)},
        ).all()
    assert {name for name, *_ in rows} == FUNCTIONS
    assert [name for name, volatile, own in rows if volatile or not own] == []


def test_a_table_of_the_inventory_never_stands_for_a_type_or_a_function(
    inventory: InventoryEngine, engine: sa.Engine
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stackql_inventory.text (a int)")
        connection.exec_driver_sql(
            "CREATE FUNCTION stackql_inventory.upper(text) RETURNS text LANGUAGE sql AS $$ SELECT 'theirs' $$"
        )
    assert run(inventory, "SELECT upper('a'::text) AS a").table.to_pylist() == [{"a": "A"}]


def test_errors_say_what_is_wrong_and_where(inventory: InventoryEngine) -> None:
    with pytest.raises(UnknownColumn, match='Line 2: Column "nmae" does not exist') as column:
        run(inventory, "SELECT id,\n nmae FROM machines")
    assert "name" in column.value.hint
    with pytest.raises(UnknownResource, match="nosuch"):
        run(inventory, "SELECT 1 FROM nosuch")
    found = inventory.inspect(guard.check(read("SELECT nmae FROM machines WHERE id = :id"), Source.INVENTORY))
    assert isinstance(found, UnknownColumn)
    assert (
        inventory.inspect(guard.check(read("SELECT name FROM machines WHERE id = :id"), Source.INVENTORY))
        is None
    )
    with pytest.raises(NotChecked):
        inventory.execute(
            guard.check(read("SELECT 1"), Source.LIVE), credentials={}, timeout=1, cancel=CancelToken()
        )


@pytest.mark.parametrize(
    "text",
    [
        "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
        "WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a) SELECT max(n) FROM a",
        "SELECT g FROM generate_series(1, 1000000000000) g",
        "SELECT count(*) FROM generate_series(1, 10000000) g WHERE g::text ~ '^(1*)*(2*)*$'",
    ],
)
def test_what_has_no_end_is_ended(database_url: str, text: str) -> None:
    with pytest.raises((QueryTimeout, EngineError), match=r"stopped|temporary files"):
        run(make(database_url, seconds=0.4), text)


def test_a_large_row_is_refused_before_it_is_sent(inventory: InventoryEngine) -> None:
    text = "SELECT string_agg(name, '') AS a FROM machines, generate_series(1, 100)"
    with pytest.raises(AnswerTooLarge):
        run(inventory, text)
    assert run(inventory, f"SELECT a FROM ({text}) t WHERE length(a) < 9").table.num_rows == 0


def test_cancelling_ends_it_in_postgres(inventory: InventoryEngine, engine: sa.Engine) -> None:
    cancel = CancelToken()
    threading.Timer(0.2, cancel.cancel).start()
    with pytest.raises(QueryCancelled):
        run(inventory, "SELECT count(*) FROM machines a, machines b, machines c", cancel=cancel)
    with engine.connect() as connection:
        running = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'inventory-sql' AND state = 'active'"
        assert connection.exec_driver_sql(running).scalar_one() == 0


def test_a_plan_is_told_in_words_without_running(inventory: InventoryEngine) -> None:
    text = 'SELECT "on", count(*) FROM machines WHERE id < :n GROUP BY 1 ORDER BY 2 DESC LIMIT 1'
    checked = parameters.bind(guard.check(read(text), Source.INVENTORY), {"n": "10"})
    plan = inventory.explain(checked)
    assert plan.steps[0].words == "Stops after the first rows"
    assert any("Reads all of machines, keeps (id < 10)" in step.words for step in plan.steps)
    assert "Nothing was run" in plan.summary
    never = guard.check(
        read("SELECT count(*) FROM machines a, machines b, machines c, machines d"), Source.INVENTORY
    )
    assert inventory.explain(never).steps


def test_without_the_role_nothing_is_run(engine: sa.Engine, database_url: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("GRANT USAGE ON SCHEMA stackql_app TO inventory_reader")
    with pytest.raises(ReaderMissing, match="app's records"):
        run(make(database_url), "SELECT 1")
    with engine.begin() as connection:
        connection.exec_driver_sql("REVOKE USAGE ON SCHEMA stackql_app FROM inventory_reader")
        connection.exec_driver_sql("REVOKE USAGE ON SCHEMA stackql_inventory FROM inventory_reader")
    with pytest.raises(ReaderMissing, match="may not read"):
        run(make(database_url), "SELECT 1")
    database.init_db(engine)
    assert run(make(database_url), "SELECT 1 AS a").table.num_rows == 1


def test_a_login_of_its_own_reads_without_the_apps(engine: sa.Engine, database_url: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE ROLE own_reader LOGIN IN ROLE inventory_reader")
    try:
        login = (
            sa.engine.make_url(database_url).set(username="own_reader").render_as_string(hide_password=False)
        )
        assert run(make(database_url, login=login), "SELECT count(*) FROM assets").complete
        with pytest.raises(InventoryError, match="denied"):
            run_unguarded(make(database_url, login=login), "SELECT 1 FROM stackql_app.runs")
        # the app's own login can do more, and is refused
        with pytest.raises(ReaderMissing, match="app's records"):
            run(make(database_url, login=database_url), "SELECT 1")
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP ROLE own_reader")
