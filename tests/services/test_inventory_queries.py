"""A query of the inventory goes the way of all: slots, results, history, saved queries, schedules, the check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes import anthropic as fake_anthropic
from fakes.waiting import wait_until

from app.settings import read_settings
from inventory_runner.errors import InvalidInput, NotFound, StatementRefused
from inventory_runner.sql.statement import Source
from services import Services, build
from services.ai_service import tools
from services.ai_service.events import Lookup, Revision, Verdict
from services.ai_service.prompts import build_system_prompt
from services.db.queries import QueryInUse
from services.models.core import Draft, Query
from services.models.queryable import QueryableColumn, QueryableTable, write_template
from services.query_service import QueryState, QueryStatus
from services.starter import load_library

pytestmark = pytest.mark.usefixtures("as_engineer")


@pytest.fixture
def services(engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("INVENTORY_DATA_DIR", str(tmp_path))
    with engine.begin() as connection:
        connection.exec_driver_sql('CREATE TABLE stackql_inventory.buckets (id int, "Owner" text)')
        connection.exec_driver_sql("COMMENT ON TABLE stackql_inventory.buckets IS 'Where files are'")
        connection.exec_driver_sql("COMMENT ON COLUMN stackql_inventory.buckets.id IS 'A number'")
        connection.exec_driver_sql(
            "INSERT INTO stackql_inventory.buckets SELECT g, 'o' FROM generate_series(1, 40) g"
        )
    yield build(engine, read_settings(inventory_engine="sample"))


def ended(services: Services, id: str) -> QueryState:
    wait_until(lambda: services.queries.runner.poll(id).status.final)
    return services.queries.runner.poll(id)


def test_a_query_runs_to_its_rows_and_its_entry_of_the_history(services: Services) -> None:
    sql = "SELECT id FROM buckets WHERE id > :least ORDER BY id"
    with pytest.raises(InvalidInput, match=":least has no value"):
        services.queries.runner.start(sql, source=Source.INVENTORY)
    started = services.queries.runner.start(sql, parameter_values={"least": "37"}, source=Source.INVENTORY)
    state = ended(services, started.id)
    assert (state.status, state.source, state.error) == (QueryStatus.SUCCEEDED, Source.INVENTORY, None)
    assert services.queries.results.block(state.id, 0, 10)["rows"] == [{"id": 38}, {"id": 39}, {"id": 40}]
    wait_until(services.db.history.get_history)
    (entry,) = services.db.history.get_history()
    assert (entry.query_text, entry.source, entry.parameters) == (sql, "inventory", {"least": "37"})
    with pytest.raises(StatementRefused, match="pg_sleep"):
        services.queries.runner.start("SELECT pg_sleep(9)", source=Source.INVENTORY)


def test_a_failure_says_its_line_and_a_cancel_ends_it(services: Services) -> None:
    runner = services.queries.runner
    state = ended(services, runner.start("SELECT id,\n nothing FROM buckets", source=Source.INVENTORY).id)
    assert state.error is not None
    assert (state.error["line"], state.error["code"]) == (2, "unknown_column")
    endless = "SELECT count(*) FROM " + ", ".join(f"buckets b{n}" for n in range(9))
    started = runner.start(endless, source=Source.INVENTORY)
    wait_until(lambda: runner.poll(started.id).stage == "running")
    runner.cancel(started.id)
    assert ended(services, started.id).status is QueryStatus.CANCELLED


def test_what_is_kept_says_its_source(services: Services) -> None:
    kept = Draft("a", "SELECT 1", "t", source="inventory", version=1)
    saved, stored = services.db.drafts.save_draft(kept, [0])
    assert (saved, stored.source) == (True, "inventory")
    query = services.queries.saved.save(Query("mine", "SELECT 1", source="inventory"))
    assert services.db.get_query(query.id or 0).source == "inventory"  # type: ignore[union-attr]
    changed = services.queries.saved.save(
        Query("mine", "SELECT * FROM aws.ec2.vpcs", id=query.id, version=query.version)
    )
    assert [one.source for one in services.queries.saved.list_versions(changed.id or 0).former] == [
        "inventory"
    ]
    assert services.queries.saved.restore(changed.id or 0, 1, changed.version).source == "inventory"
    assert services.queries.saved.duplicate(changed.id or 0).source == "inventory"


def test_a_query_of_the_inventory_feeds_no_schedule(services: Services) -> None:
    query = services.queries.saved.save(Query("mine", "SELECT 1", source="inventory"))
    with pytest.raises(InvalidInput, match="reads the inventory"):
        services.schedules.find_query_facts(query.id or 0)
    fed = services.queries.saved.save(Query("fed", "SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'x'"))
    with services.db.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.schedules (query_id, cron_expression, target_table)"
                " VALUES (:id, '0 6 * * *', 'vpcs')"
            ),
            {"id": fed.id},
        )
    with pytest.raises(QueryInUse):
        services.queries.saved.save(
            Query("fed", "SELECT 1", source="inventory", id=fed.id, version=fed.version)
        )


def test_the_check_and_the_assistant_ask_postgres(services: Services) -> None:
    check = services.queries.check("SELECT nothing FROM buckets WHERE id = :id", Source.INVENTORY)
    assert check.parameters == ("id",)
    assert ['Column "nothing" does not exist' in one.message for one in check.findings] == [True]
    assert services.queries.check("SELECT pg_sleep(1)", Source.INVENTORY).findings[0].refused
    assert services.queries.check("SELECT id FROM buckets", Source.INVENTORY).findings == ()
    asked = services.ai._choose_tools(Source.INVENTORY)
    assert isinstance(asked, tools.InventoryTools)
    assert '"buckets"' in asked.call("list_tables", {}).content
    assert '"Owner"' in asked.call("describe_table", {"table": "stackql_inventory.buckets"}).content
    assert asked.call("describe_table", {"table": "nothing"}).failed
    assert asked.check("SELECT id FROM buckets WHERE id = :id").text == "Postgres can run it; asks for :id"
    assert not asked.check("SELECT nothing FROM buckets").ok
    assert not asked.check("DELETE FROM buckets").ok
    assert "PostgreSQL" in build_system_prompt("results", Source.INVENTORY)


def test_what_can_be_queried_is_told_with_types_comments_and_counts(services: Services) -> None:
    tables = {one.name: one for one in services.db.queryable.list_tables()}
    assert {"assets", "resource_changes", "buckets"} <= set(tables)
    assert not any(name.startswith("pg_") for name in tables)
    table = tables["buckets"]
    assert (table.comment, table.written, table.counted) == ("Where files are", "buckets", False)
    assert table.columns == (
        QueryableColumn("id", "integer", "A number", key=True),
        QueryableColumn("Owner", "text"),
    )
    assert {one.type for one in tables["assets"].columns if one.name.endswith("_at")} == {"timestamptz"}


def test_the_keys_of_a_json_column_are_its_most_frequent_and_no_more_than_fifty(
    services: Services, engine: sa.Engine
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            """CREATE TABLE stackql_inventory.disks AS
               SELECT g AS id, jsonb_build_object('k' || mod(g, 60), 1, 'all', 1,
               'it''s', jsonb_build_object('deep', g)) AS "Tags" FROM generate_series(1, 100) g
               UNION ALL SELECT 0, '[{"Key": "a"}]' UNION ALL SELECT 0, '"text"' UNION ALL SELECT 0, NULL"""
        )
    keys = services.db.queryable.list_keys("disks", "Tags")
    assert keys[:2] == ["all", "it's"] and len(keys) == 50
    # of the sixty others those that twice as many rows have
    assert set(keys[2:42]) == {f"k{number}" for number in range(1, 41)}
    assert services.db.queryable.list_keys("disks", "Tags", ["it's"]) == ["deep"]
    assert services.db.queryable.list_keys("disks", "Tags", ["nothing", "0"]) == []
    for table, column in (
        ("disks", "id"),
        ("disks", "tags"),
        ("nothing", "Tags"),
        ("stackql_app.queries", "name"),
    ):
        with pytest.raises(NotFound):
            services.db.queryable.list_keys(table, column)


def test_a_question_of_the_library_runs(services: Services) -> None:
    for question in load_library().questions:
        state = ended(
            services, services.queries.runner.start(question.query_text, source=Source.INVENTORY).id
        )
        assert state.status is QueryStatus.SUCCEEDED, state.error


@pytest.mark.parametrize("name", ["order", "A b", 'with "quotes"', "plain", "ünicode", "1st"])
def test_a_template_can_be_run_whatever_the_names(services: Services, engine: sa.Engine, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE stackql_inventory.{quoted} ({quoted} int)")
    table = QueryableTable("stackql_inventory", name, columns=(QueryableColumn(name, "integer"),))
    state = ended(services, services.queries.runner.start(write_template(table), source=Source.INVENTORY).id)
    assert (state.status, [one["name"] for one in state.columns]) == (QueryStatus.SUCCEEDED, [name])


def test_the_assistant_writes_for_the_inventory_and_mends_what_postgres_says(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_anthropic.serve() as api:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "key-1")
        monkeypatch.setattr(services.ai, "_resolve_key", lambda: "key-1")
        api.use("describe_table", table="buckets")
        api.say("Here:\n```sql\nSELECT nothing FROM buckets\n```")
        api.say("Here:\n```sql\nSELECT id FROM buckets\n```")
        found = list(
            services.ai.converse([{"role": "user", "content": "buckets?"}], "query", source=Source.INVENTORY)
        )
    assert [one.text for one in found if isinstance(one, Lookup)] == ["looked up buckets: 2 columns"]
    assert [one.reason for one in found if isinstance(one, Revision)] != []
    assert [(one.sql, one.ok) for one in found if isinstance(one, Verdict)] == [
        ("SELECT id FROM buckets", True)
    ]
    sent = api.requests[0]
    assert "PostgreSQL" in sent["system"][0]["text"]
    assert [one["name"] for one in sent["tools"]] == ["list_tables", "describe_table", "check_query"]
