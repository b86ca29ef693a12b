from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from fakes.inventory import instances, load, schedule

from inventory_runner.errors import InvalidInput, NotAllowed, NotFound
from inventory_runner.store import create_view
from inventory_runner.store.sql import Identifier
from services.db import DatabaseService
from services.db.inventory_rows import Relation, TooSlow
from services.models.inventory import ColumnInfo, TableRef
from services.models.limits import LONGEST_CELL
from services.users import NOBODY, act_as

NOW = datetime.now(UTC)
REF = TableRef("stackql_inventory", "aws_ec2_instances")


@pytest.fixture
def db(engine: sa.Engine) -> DatabaseService:
    return DatabaseService(engine)


def test_get_inventory_tables_lists_counts_and_coverage_without_our_own_tables(engine, db):
    schedule_id = schedule(engine, "aws_ec2_instances")
    load(
        engine,
        "aws_ec2_instances",
        {"us-east-1": instances(3), "eu-west-1": "denied"},
        NOW,
        schedule_id=schedule_id,
    )
    schedule(engine, "aws_never", status=None)
    create_view(engine, "stackql_inventory", "aws_ec2_instances")
    # a viewer may read it
    with act_as(NOBODY):
        tables = db.get_inventory_tables()
    assert [table["name"] for table in tables] == ["aws_ec2_instances", "aws_never"]
    first, never = tables
    assert (first["rows"], first["coverage"], first["provider"], first["view_exists"]) == (
        3,
        "1 of 2",
        "aws",
        True,
    )
    assert first["updated_at"] == NOW
    # what no run has loaded is not known, which is not nought
    assert never["rows"] is None and never["updated_at"] is None and not never["view_exists"]


def test_get_inventory_preview_gives_rows_and_refuses_other_tables(engine, db):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(5)}, NOW)
    frame = db.get_inventory_preview("aws_ec2_instances", limit=2)
    assert len(frame) == 2 and {"id", "state", "_scope"} <= set(frame.columns)
    for name in ("runs", "assets", "resource_changes", 'x"; DROP TABLE stackql_app.runs; --', "pg_class"):
        with pytest.raises(NotFound):
            db.get_inventory_preview(name)
    with pytest.raises(InvalidInput):
        db.get_inventory_preview("aws_ec2_instances", limit=0)


def test_refresh_materialised_view_is_for_engineers_and_for_views_that_exist(engine, db, as_engineer):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(2)}, NOW)
    name, _ = create_view(engine, "stackql_inventory", "aws_ec2_instances", group_by=["state"])
    load(engine, "aws_ec2_instances", {"us-east-1": instances(6)}, NOW + timedelta(minutes=1))
    db.refresh_materialised_view(name)
    with engine.connect() as connection:
        counted = connection.execute(sa.text(f"SELECT sum(rows) FROM stackql_inventory.{name}")).scalar_one()
    assert counted == 6
    with pytest.raises(NotFound):
        db.refresh_materialised_view("aws_ec2_instances")
    with act_as(NOBODY), pytest.raises(NotAllowed):
        db.refresh_materialised_view(name)


def test_history_is_told_in_steps_also_over_days_without_a_run(engine, db):
    start = (NOW - timedelta(days=10)).date()
    load(engine, "aws_ec2_instances", {"us-east-1": instances(20)}, NOW - timedelta(days=5))
    load(engine, "aws_ec2_instances", {"us-east-1": instances(50)}, NOW - timedelta(days=2))
    load(engine, "aws_ec2_instances", {"us-east-1": instances(44)}, NOW)
    rows = db.inventory.list_history_steps(start, (NOW - timedelta(days=7)).date(), "")
    steps = {row.day: row.step for row in rows if row.day}
    assert [steps[day] for day in sorted(steps)] == [20, 30, -6]
    # from the second day on the table's own history is known
    later = db.inventory.list_history_steps(
        (NOW - timedelta(days=3)).date(), (NOW - timedelta(days=7)).date(), ""
    )
    moved = [row for row in later if not row.day]
    assert {row.day: row.step for row in later if row.day} == {day: steps[day] for day in sorted(steps)[1:]}
    assert [(row.name, row.recent) for row in moved] == [("aws_ec2_instances", 24)]
    assert db.inventory.list_history_steps(start, start, "google") == []


@pytest.fixture
def relation(engine, db) -> Relation:
    load(
        engine,
        "aws_ec2_instances",
        {"us-east-1": instances(30), "eu-west-1": instances(5, first=100, region="eu-west-1")},
        NOW,
    )
    columns = tuple(
        column for column in db.inventory.list_table_columns(REF) if not column.name.startswith("_")
    )
    return Relation(Identifier(REF.schema, REF.name), columns, ("id",), rows=35)


def test_a_block_is_sorted_filtered_and_searched_by_the_database(db, relation):
    block = db.rows.read_row_block(relation, 0, 2, [{"column": "size", "descending": True}])
    assert [row["id"] for row in block["rows"]] == ["i-0104", "i-0103"] and block["total"] == 35
    assert block["rows"][0]["_key"] == "i-0104" and block["rows"][0]["_scope"] == '{"region":"eu-west-1"}'
    assert block["rows"][0]["tags"] == '{"owner": "payments"}'
    text = {"filterType": "text", "type": "equals", "filter": "RUNNING"}
    number = {
        "filterType": "number",
        "operator": "OR",
        "conditions": [
            {"filterType": "number", "type": "lessThan", "filter": 40},
            {"filterType": "number", "type": "inRange", "filter": 100, "filterTo": 120},
        ],
    }
    block = db.rows.read_row_block(relation, 0, 100, [{"column": "size"}], {"state": text, "size": number})
    assert [row["id"] for row in block["rows"]] == ["i-0000", "i-0002", "i-0010", "i-0012"] and block[
        "total"
    ] == 4
    assert db.rows.read_row_block(relation, 0, 100, search="eu-west PAYMENTS")["total"] == 3
    # the signs of LIKE are only characters
    assert db.rows.read_row_block(relation, 0, 100, search="i_0001")["total"] == 0
    assert db.rows.read_row_block(relation, 10, 20, search="us-east")["total"] == 30
    # numbers are found by digits, and letters beyond ASCII in either case
    assert db.rows.read_row_block(relation, 0, 9, search="1040")["rows"][0]["id"] == "i-0104"
    with db.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE stackql_inventory.aws_ec2_instances SET name = 'Größe' WHERE id = 'i-0001'")
        )
    assert db.rows.read_row_block(relation, 0, 9, search="GRÖSSE GRÖ")["total"] == 0
    assert db.rows.read_row_block(relation, 0, 9, search="GRÖ")["total"] == 1


def test_a_table_of_very_many_columns_is_searched(engine, db):
    wide = {f"column_{number}": f"value {number}" for number in range(150)}
    load(
        engine, "aws_ec2_instances", {"us-east-1": [{"id": "i-1", **wide, "open": True}, {"id": "i-2"}]}, NOW
    )
    relation = Relation(
        Identifier(REF.schema, REF.name), tuple(db.inventory.list_table_columns(REF)), ("id",), rows=2
    )
    assert [
        db.rows.read_row_block(relation, 0, 9, search=word)["total"] for word in ("149", "true", "150")
    ] == [
        1,
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("sort", "filters", "window"),
    [
        ([{"column": "nope"}], {}, (0, 10)),
        ([{"column": 'id"; DROP TABLE x'}], {}, (0, 10)),
        ([], {"nope": {"type": "contains", "filter": "a"}}, (0, 10)),
        ([], {"id": {"type": "regexp", "filter": "a"}}, (0, 10)),
        ([], {"id": {"filterType": "number", "type": "equals", "filter": 1}}, (0, 10)),
        ([], {"id": "no model"}, (0, 10)),
        ([], {}, (5, 5)),
        ([], {}, (0, 5_000)),
    ],
)
def test_a_block_that_makes_no_sense_is_refused(db, relation, sort, filters, window):
    with pytest.raises(InvalidInput):
        db.rows.read_row_block(relation, *window, sort, filters)


def test_hostile_values_are_values(db, relation):
    text = {
        "filterType": "text",
        "type": "contains",
        "filter": "'; DROP TABLE stackql_inventory.assets; -- %s :x",
    }
    assert db.rows.read_row_block(relation, 0, 10, [], {"id": text}, "100%'\\ {0} %(x)s")["rows"] == []
    with db.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM stackql_inventory.assets")).scalar_one() == 35


def test_columns_with_signs_in_their_names_are_quoted(engine, db):
    load(engine, "odd", {"": [{"id": "a", 'we"ird %s :x': "1"}]}, NOW)
    columns = tuple(
        c
        for c in db.inventory.list_table_columns(TableRef("stackql_inventory", "odd"))
        if not c.name.startswith("_")
    )
    relation = Relation(Identifier("stackql_inventory", "odd"), columns, ("id",), rows=1)
    name = columns[1].name
    assert db.rows.read_row_block(relation, 0, 5, [{"column": name}], {}, "1")["rows"][0][name] == "1"


def test_long_cells_are_cut_by_the_database_and_one_is_read_whole(engine, db):
    rows = [{"id": f"i-{n}", "doc": '{"n": "' + "x" * 20_000 + f'{n}"}}'} for n in range(3)]
    load(engine, "long", {"": rows}, NOW)
    ref = TableRef("stackql_inventory", "long")
    columns = tuple(c for c in db.inventory.list_table_columns(ref) if not c.name.startswith("_"))
    relation = Relation(Identifier(ref.schema, ref.name), columns, ("id",), rows=3)
    order = [{"column": "id"}]
    block = db.rows.read_row_block(relation, 0, 9, order)
    assert block["cut"] == [{"row": n, "column": "doc"} for n in range(3)]
    assert {len(row["doc"]) for row in block["rows"]} == {LONGEST_CELL + 1}
    opened = db.rows.read_row_block(relation, 2, 9, order, whole="doc")
    assert [(row["id"], row["doc"]) for row in opened["rows"]] == [("i-2", rows[2]["doc"])]
    assert not opened["cut"]
    with pytest.raises(InvalidInput, match="words"):
        db.rows.read_row_block(relation, 0, 9, search="i " * 9)


def test_what_takes_too_long_is_stopped_with_words(db, relation, monkeypatch):
    monkeypatch.setattr("services.db.inventory_rows.TIMEOUT_SECONDS", 1)
    from dataclasses import replace

    from inventory_runner.store.sql import SQL

    slow = replace(
        relation, source=SQL("(SELECT t.*, t.ctid, pg_sleep(1) FROM stackql_inventory.aws_ec2_instances t)")
    )
    with pytest.raises(TooSlow) as raised:
        db.rows.read_row_block(slow, 0, 10, [{"column": "id"}])
    assert "after 1 second" in raised.value.message


def test_profiles_count_values_and_sample_what_is_large(db, relation, monkeypatch):
    found = db.profiles.profile_relation(relation)
    by_name = {one.column.name: (one.nulls, one.distinct, list(one.top)) for one in found.columns}
    assert found.rows == 35 and not found.sampled
    assert by_name["state"] == (0, 2, [("running", 18), ("stopped", 17)])
    assert by_name["id"][1] == 35 and len(by_name["id"][2]) == 5
    monkeypatch.setattr("services.db.profiles.SAMPLE_ROWS", 10)
    assert db.profiles.profile_relation(relation).rows <= 10


def test_batches_carry_every_row(db, relation, monkeypatch):
    monkeypatch.setattr("services.db.inventory_rows.EXPORT_BATCH", 8)
    batches = list(db.rows.iterate_row_texts(relation))
    assert [len(batch) for batch in batches] == [8, 8, 8, 8, 3]
    assert batches[0][0].startswith('"i-0000","web-0000",')


def test_columns_have_kinds(engine, db):
    load(engine, "kinds", {"": [{"id": "a", "n": 1, "f": 1.5, "b": True, "at": NOW, "tags": "{}"}]}, NOW)
    kinds = {
        column.name: column.kind
        for column in db.inventory.list_table_columns(TableRef("stackql_inventory", "kinds"))
    }
    assert kinds["n"] == kinds["f"] == "number" and kinds["b"] == "boolean" and kinds["at"] == "time"
    assert kinds["tags"] == "json" and kinds["id"] == "text"
    with pytest.raises(NotFound):
        db.inventory.list_table_columns(TableRef("stackql_app", "runs"))
    assert isinstance(db.inventory.list_table_columns(TableRef("stackql_inventory", "kinds"))[0], ColumnInfo)
