from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from fakes.inventory import instances, load, schedule, service_at

from inventory_runner.errors import InvalidInput, NotAllowed, NotFound
from inventory_runner.models import WriteMode
from layouts.inventory.overview.bars import share_bars
from services.inventory_service import InventoryService
from services.models.inventory import ChartChoice, Freshness, InventoryFilter, TableRef
from services.models.wording import format_day
from services.users import NOBODY, act_as

NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
REF = TableRef("stackql_inventory", "aws_ec2_instances")


@pytest.fixture
def service(engine: sa.Engine) -> InventoryService:
    """Two weeks in which aws grows, a region of it goes dark, and a bucket of google opens."""
    ec2 = schedule(engine, "aws_ec2_instances", status="PARTIAL")
    gcs = schedule(engine, "google_storage_buckets", provider="google", cron="0 5 * * *")
    eu = instances(10, first=500, region="eu-west-1")
    for days, count in ((9, 40), (4, 60)):
        at = NOW - timedelta(days=days)
        load(
            engine, "aws_ec2_instances", {"us-east-1": instances(count), "eu-west-1": eu}, at, schedule_id=ec2
        )
    load(
        engine,
        "aws_ec2_instances",
        {"us-east-1": instances(90), "eu-west-1": "denied"},
        NOW - timedelta(minutes=30),
        schedule_id=ec2,
    )
    buckets = [{"id": f"b-{n}", "is_public": False} for n in range(5)]
    more = {
        "provider": "google",
        "service": "storage",
        "resource": "buckets",
        "parameter": "project",
        "schedule_id": gcs,
    }
    load(engine, "google_storage_buckets", {"prod": buckets}, NOW - timedelta(days=3), **more)
    opened = [{**buckets[0], "is_public": True}, *buckets[1:]]
    load(engine, "google_storage_buckets", {"prod": opened}, NOW - timedelta(days=2), **more)
    schedule(engine, "aws_never", status="FAILED")
    return service_at(engine, NOW)


def count_statements(engine: sa.Engine) -> list[str]:
    seen: list[str] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _count(_connection, _cursor, statement, _parameters, _context, _many):
        seen.append(statement)

    return seen


def test_the_overview_tells_how_much_how_sure_and_what_moved(service, engine):
    seen = count_statements(engine)
    with act_as(NOBODY):
        shown = service.overview(InventoryFilter())
    assert len(seen) <= 7
    # nothing of a page may read the big tables whole
    for statement in seen:
        assert "stackql_inventory.assets" not in statement and "FROM stackql_inventory.aws" not in statement
    assert shown.resources == 105 and shown.week_ago == 50
    assert [day.isoformat() for day in (shown.days[0], shown.days[-1])] == [
        (NOW - timedelta(days=9)).date().isoformat(),
        NOW.date().isoformat(),
    ]
    assert shown.levels["aws"] == (50, 50, 50, 50, 50, 70, 70, 70, 70, 100)
    assert shown.levels["google"] == (0, 0, 0, 0, 0, 0, 5, 5, 5, 5)
    today = shown.changes[-1]
    assert (today.added, today.removed, today.scopes_ok, today.scopes_total) == (30, 0, 1, 2)
    assert (shown.scopes_ok, shown.scopes_total, shown.uncovered_words) == (2, 3, "1 scope denied")
    # the denied scope's rows are four days old, although its table has just been written
    assert (
        shown.oldest is not None and shown.oldest.table == REF and shown.oldest.at == NOW - timedelta(days=4)
    )
    assert {table.ref.name: table.freshness for table in shown.tables} == {
        "aws_ec2_instances": Freshness.FRESH,
        "google_storage_buckets": Freshness.LATE,
        "aws_never": Freshness.NEVER,
    }
    assert next(table for table in shown.tables if table.ref.name == "aws_never").rows is None


def test_the_overview_divides_by_region_state_and_owner(service):
    shares = service.overview(InventoryFilter()).shares
    # a resource without a region is counted as not known, at the end
    assert [(one.value, one.total) for one in shares["region"]] == [
        ("us-east-1", 90),
        ("eu-west-1", 10),
        ("", 5),
    ]
    assert {one.value: one.total for one in shares["state"]} == {"running": 50, "stopped": 50, "": 5}
    assert {one.value: one.total for one in shares["owner"]} == {"payments": 50, "data": 50, "": 5}


def test_an_account_is_called_by_the_name_that_a_table_of_accounts_has(service, engine):
    guid = "11111111-2222-3333-4444-555555555555"
    rows = [
        {"id": f"/subscriptions/{guid}", "name": "Playground"},
        {"id": "/subscriptions/other", "name": "Other"},
    ]
    kind = {"provider": "azure", "service": "subscription", "resource": "subscriptions"}
    load(engine, "azure_subscriptions", {"": rows}, NOW, **kind)
    disks = [
        {"id": f"disk-{number}", "name": f"disk-{number}", "subscription_id": guid} for number in range(3)
    ]
    kind = {"provider": "azure", "service": "compute", "resource": "disks", "parameter": "subscription_id"}
    load(engine, "azure_disks", {guid: disks}, NOW, **kind)
    shown = service.overview(InventoryFilter())
    assert guid in [share.value for share in shown.shares["account"]]
    assert shown.account_names == {guid: "Playground", "other": "Other"}
    drawn = share_bars(shown, "account")
    assert any("Playground" in bar.label and guid in bar.whole for bar in drawn)
    scope = json.dumps({"subscription_id": guid}, separators=(",", ":"))
    found = service.resource(TableRef("stackql_inventory", "azure_disks"), "disk-1", scope)
    assert found.account_name == "Playground"


def test_what_needs_attention_has_a_table_a_text_and_an_age(service):
    lines = {(one.tables[0].name, one.tab): one for one in service.overview(InventoryFilter()).attention}
    assert lines["aws_ec2_instances", "coverage"].text == "eu-west-1: denied"
    assert lines["aws_ec2_instances", "coverage"].since == NOW - timedelta(minutes=30)
    assert lines["google_storage_buckets", "rows"].text == "1 resource became public"
    assert lines["google_storage_buckets", "source"].severity == "warning"
    assert lines["aws_ec2_instances", "changes"].text == "grew by 50 (100 %) in 7 days"
    assert lines["aws_never", "source"].text == "has never been loaded"


def test_a_bucket_that_closed_again_is_no_news(service, engine):
    buckets = [{"id": f"b-{n}", "is_public": False} for n in range(5)]
    load(
        engine,
        "google_storage_buckets",
        {"prod": buckets},
        NOW - timedelta(hours=1),
        provider="google",
        service="storage",
        resource="buckets",
        parameter="project",
    )
    assert not [one for one in service.overview(InventoryFilter()).attention if "public" in one.text]


def test_one_cause_is_one_line(service, engine):
    for name in ("one", "two"):
        load(engine, name, {"us-east-1": instances(1), "ap-south-1": "denied"}, NOW)
    causes = [one for one in service.overview(InventoryFilter()).attention if one.cause]
    assert [(one.cause, one.text, sorted(ref.name for ref in one.tables)) for one in causes] == [
        ("ap-south-1", "denied for 2 tables", ["one", "two"])
    ]


def test_what_piles_up_is_told(service, engine):
    disks = [{"id": f"d-{n}", "state": "unattached"} for n in range(40)]
    load(engine, "disks", {"us-east-1": disks[:15]}, NOW - timedelta(days=8), resource="disks")
    load(engine, "disks", {"us-east-1": disks}, NOW, resource="disks")
    texts = [one.text for one in service.overview(InventoryFilter()).attention if one.tab == "charts"]
    assert texts == ["40 unattached, 25 more than a week ago"]


def week(service: InventoryService, **wanted: str) -> dict[tuple[str, str], str]:
    """(kind, subject) → text of the week's news."""
    return {(one.kind, one.subject): one.text for one in service.overview(InventoryFilter(**wanted)).week}


def test_the_week_in_sentences(service, engine):
    told = week(service)
    assert told["opened", "google_storage_buckets"] == "1 resource became public and is still"
    assert (
        told["unread", "eu-west-1"]
        == f"denied since {format_day(NOW.date(), NOW.date())}; 10 rows from before"
    )
    assert told["grew", "us-east-1"] == "grew by 50 (125 %) to 90"
    assert told["grew", "aws_ec2_instances"] == "grew by 50 (100 %)"
    assert ("read", "aws") not in told
    # then everything is read and the bucket closes: what was, is said as over
    google = {"provider": "google", "service": "storage", "resource": "buckets", "parameter": "project"}
    closed = [{"id": f"b-{n}", "is_public": False} for n in range(5)]
    load(engine, "google_storage_buckets", {"prod": closed}, NOW - timedelta(minutes=20), **google)
    eu = instances(10, first=500, region="eu-west-1")
    earlier = NOW - timedelta(days=1)
    load(engine, "aws_s3", {"us-east-1": instances(9), "eu-west-1": eu}, earlier - timedelta(days=1))
    load(engine, "aws_s3", {"us-east-1": instances(9), "eu-west-1": "denied"}, earlier)
    for name, count in (("aws_ec2_instances", 90), ("aws_s3", 9)):
        load(engine, name, {"us-east-1": instances(count), "eu-west-1": eu}, NOW - timedelta(minutes=10))
    told = week(service)
    assert (
        told["closed", "google_storage_buckets"]
        == f"1 resource was public, closed again {format_day(NOW.date(), NOW.date())}"
    )
    assert (
        told["read", "aws"]
        == f"all scopes are read again; 1 scope was missing on {format_day(earlier.date(), NOW.date())}"
    )
    assert not {kind for kind, _ in told} & {"opened", "unread"}
    # a provider's filter drives it, and of a region only counts are known
    assert {kind for kind, _ in week(service, provider="google")} == {"closed"}
    assert week(service, region="us-east-1") == {}


def test_a_busy_day_and_what_piles_up_are_news(service, engine):
    for days, count in ((8, 15), (6, 16), (5, 17), (3, 18), (2, 19), (0, 80)):
        disks = [{"id": f"d-{n}", "state": "unattached"} for n in range(count)]
        load(engine, "disks", {"us-east-1": disks}, NOW - timedelta(days=days), resource="disks")
    told = week(service)
    assert told["piled", "unattached"] == "65 more, now 80: disks"
    assert (
        told["burst", format_day(NOW.date(), NOW.date())]
        == "the busiest day: 91 appeared, 0 vanished, mostly aws"
    )
    # what piles up is not said a second time as growth
    assert ("grew", "disks") not in told


def test_of_a_thousand_tables_the_largest_tell_the_regions(service, monkeypatch):
    from services.db import inventory as records
    from services.inventory_service import week as weekly

    for module in (records, weekly):
        monkeypatch.setattr(module, "LARGEST_TABLES", 1)
    assert week(service)["grew", "us-east-1"] == "grew by 50 (125 %) in the 1 largest tables"


def test_filters_narrow_everything(service):
    google = service.overview(InventoryFilter(provider="google"))
    assert google.resources == 5 and set(google.levels) == {"google"} and google.scopes_total == 1
    assert google.providers == ("aws", "google") and "us-east-1" not in {
        one.value for one in google.shares["region"]
    }
    region = service.overview(InventoryFilter(region="us-east-1"))
    assert region.resources == 90 and [table.ref.name for table in region.tables] == ["aws_ec2_instances"]
    assert region.levels["aws"][-1] == 90 and region.levels["aws"][0] == 40
    assert (region.changes[-1].added, region.scopes_ok, region.scopes_total) == (30, 1, 1)
    # what the first load found did not appear on that day
    assert [day.added for day in region.changes] == [0, 0, 0, 0, 0, 20, 0, 0, 0, 30]
    nowhere = service.overview(InventoryFilter(region="nowhere"))
    assert nowhere.tables == () and nowhere.resources == 0
    assert len(service.overview(InventoryFilter(days=7)).days) == 7
    with pytest.raises(InvalidInput):
        service.overview(InventoryFilter(days=8))


def test_an_empty_inventory_is_no_error(engine):
    service = service_at(engine, NOW)
    shown = service.overview(InventoryFilter())
    assert shown.tables == () and shown.days == () and shown.oldest is None and shown.attention == ()
    assert service.tables(InventoryFilter()).total == 0


def test_a_dropped_table_leaves_no_trace_in_the_levels(service, engine):
    with engine.begin() as connection:
        connection.execute(
            sa.text("DELETE FROM stackql_app.inventory_tables WHERE target_table = 'google_storage_buckets'")
        )
    assert "google" not in service.overview(InventoryFilter()).levels


def test_the_list_of_tables_is_sorted_searched_and_paged(service, engine):
    page = service.tables(InventoryFilter())
    assert [table.ref.name for table in page.tables] == [
        "aws_ec2_instances",
        "google_storage_buckets",
        "aws_never",
    ]
    assert page.trends[REF][-5:] == (70, 70, 70, 70, 100) and page.trends[REF][0] is None
    assert (
        next(t.ref.name for t in service.tables(InventoryFilter(), sort="name").tables) == "aws_ec2_instances"
    )
    assert (
        next(t.ref.name for t in service.tables(InventoryFilter(), sort="-name").tables)
        == "google_storage_buckets"
    )
    assert [t.ref.name for t in service.tables(InventoryFilter(), sort="coverage").tables][
        1
    ] == "aws_ec2_instances"
    assert service.tables(InventoryFilter(), search="GOOGLE buck").total == 1
    assert service.tables(InventoryFilter(), sort="'; --", page=99).page == 1
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.inventory_tables (target_schema, target_table)"
                " SELECT 'stackql_inventory', 't' || n FROM generate_series(1, 60) n"
            )
        )
    second = service.tables(InventoryFilter(), page=2)
    assert (second.total, second.pages, len(second.tables)) == (63, 4, 20)


def test_a_table_says_where_it_comes_from(service):
    table = service.table(REF)
    assert table.key_columns == ("id",) and table.query_text.startswith("SELECT id")
    assert table.schedule_words == "Every 2 hours" and table.first_day == (NOW - timedelta(days=9)).date()
    assert [(one.scope.label, one.status) for one in service.scopes(REF)] == [
        ("eu-west-1", "denied"),
        ("us-east-1", "ok"),
    ]
    never = service.table(TableRef("stackql_inventory", "aws_never"))
    assert never.columns == () and never.summary.rows is None
    for name in ("resource_changes", "assets", "nope"):
        with pytest.raises(NotFound):
            service.table(TableRef("stackql_inventory", name))


def test_rows_now_and_as_they_were(service):
    now = service.rows(REF, 0, 200)
    assert now["total"] == 100 and "_first_seen_at" in now["rows"][0]
    then = service.rows(REF, 0, 200, [{"column": "id"}], {}, "", NOW - timedelta(days=8))
    assert then["total"] == 50 and then["rows"][0]["id"] == "i-0000"
    with pytest.raises(InvalidInput):
        service.rows(REF, 0, 10, as_of=NOW - timedelta(days=30))


def test_an_append_table_shows_its_newest_run(service, engine):
    for hours in (2, 1):
        load(engine, "log", {"": instances(3)}, NOW - timedelta(hours=hours), mode=WriteMode.APPEND, keys=())
    ref = TableRef("stackql_inventory", "log")
    assert service.rows(ref, 0, 50)["total"] == 3
    assert sum(service.chart(ref, ChartChoice(by="state")).series[""]) == 3


def test_a_chart_groups_splits_and_measures(service):
    data = service.chart(REF, ChartChoice())
    assert data.choice.by == "state" and dict(zip(data.groups, data.series[""], strict=True)) == {
        "running": 50,
        "stopped": 50,
    }
    data = service.chart(REF, ChartChoice(by="region", measure="avg", of="size", split="state"))
    assert data.groups == ("eu-west-1", "us-east-1") and data.series["running"] == (5040.0, 440.0)
    total = service.chart(REF, ChartChoice(by="region", measure="sum", of="size"))
    assert dict(zip(total.groups, total.series[""], strict=True)) == {"us-east-1": 40050, "eu-west-1": 50450}
    many = service.chart(REF, ChartChoice(by="id"))
    assert len(many.groups) == 30 and many.note == "The largest 30 of 100 values."
    for wrong in (
        ChartChoice(by="nope"),
        ChartChoice(by='id"; --'),
        ChartChoice(by="id", measure="max"),
        ChartChoice(by="id", kind="3d"),
        ChartChoice(by="id", measure="sum", of="state"),
        ChartChoice(by="id", measure="sum"),
        ChartChoice(by="id", split="x"),
    ):
        with pytest.raises(InvalidInput):
            service.chart(REF, wrong)


def test_profiles_name_the_frequent_values(service):
    found = {one.column.name: one for one in service.profiles(REF).columns}
    assert found["state"].distinct == 2 and found["state"].top[0] == ("running", 50)
    assert "_scope" not in found and not service.profiles(REF).sampled


def test_a_resource_has_values_a_timeline_and_its_scopes_state(service, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(89), "eu-west-1": "denied"}, NOW)
    scope = '{"region":"us-east-1"}'
    here = service.resource(REF, "i-0070", scope)
    assert (
        here.values is not None and here.values["name"] == "web-0070" and here.tags == {"owner": "payments"}
    )
    assert here.first_seen_at == NOW - timedelta(minutes=30) and [str(e.kind) for e in here.timeline] == [
        "added"
    ]
    assert here.confirmed_at == NOW
    gone = service.resource(REF, "i-0089", scope)
    assert gone.values is None and gone.last["name"] == "web-0089" and str(gone.timeline[0].kind) == "removed"
    dark = service.resource(REF, "i-0500", '{"region":"eu-west-1"}')
    assert dark.scope_state is not None and dark.scope_state.status == "denied"
    with pytest.raises(NotFound):
        service.resource(REF, "i-9999", scope)


def test_search_wants_two_letters(service):
    assert service.search("i") == [] and service.search(" ") == []
    assert service.search("i-0042")[0].id == "i-0042"


@pytest.mark.parametrize("format", ["csv", "csv-exact", "json", "xlsx"])
def test_exports_hold_every_row(service, format):
    file = service.export(REF, format)
    suffix, content = file.suffix, b"".join(file.pieces)
    assert suffix.endswith(format.partition("-")[0])
    if format.startswith("csv"):
        lines = content.decode().splitlines()
        assert len(lines) == 101 and lines[0].startswith("id,name,state,size,region,tags")
    elif format == "json":
        rows = json.loads(content)
        assert len(rows) == 100 and rows[0]["tags"] == {"owner": "payments"} and rows[1]["size"] == 10
    else:
        assert content[:2] == b"PK"


def test_an_export_as_of_a_day_and_in_no_format(service):
    pieces = service.export(REF, "json", NOW - timedelta(days=8)).pieces
    assert len(json.loads(b"".join(pieces))) == 50
    with pytest.raises(InvalidInput):
        service.export(REF, "pdf")


@pytest.mark.parametrize(
    ("search", "filters", "asked"),
    [
        ("", {}, {}),
        ("us-east-1", {}, {}),
        ("", {"state": {"filterType": "values", "type": "notIn", "values": ["running"]}}, {}),
        ("", {}, {"as_of": NOW - timedelta(days=8)}),
        ("", {}, {"only": {"state": "running"}}),
    ],
)
def test_the_values_of_a_column_are_those_of_the_rows_that_the_grid_shows(service, search, filters, asked):
    rows = service.rows(REF, 0, 1_000, (), filters, search, **asked)["rows"]
    assert rows
    for column in ("state", "id"):
        with act_as(NOBODY):
            found = service.count_values(REF, column, filters, search, **asked)
        assert {one.value: one.rows for one in found.values} == Counter(row[column] for row in rows)
        assert found.rows == len(rows)
    with pytest.raises(InvalidInput, match="no column"):
        service.count_values(REF, "gone", filters, search, **asked)


def test_the_values_of_all_resources_are_counted_under_the_filter_language(service):
    rows = service.assets({}, 0, 1_000, search="state:running")["rows"]
    found = service.count_asset_values({}, "region", {}, "state:running")
    assert {one.value: one.rows for one in found.values} == Counter(row["region"] for row in rows)


def test_a_formula_in_a_cell_stays_text(service, engine):
    load(engine, "formulas", {"": [{"id": "=1+1"}, {"id": "\uff1d2+2"}, {"id": "\n=3"}]}, NOW)
    pieces = service.export(TableRef("stackql_inventory", "formulas"), "csv").pieces
    file = b"".join(pieces).decode()
    assert all(text in file for text in ("'=1+1", "'\uff1d2+2", "'\n=3"))


def test_views_and_rules_are_for_engineers(service, engine, as_engineer):
    assert service.make_view(REF, ["state"], 0) == ("aws_ec2_instances_mv", "aws_ec2_instances_view")
    assert {view.name for view in service.views(REF)} == {"aws_ec2_instances_mv"}
    service.refresh_view(REF, "aws_ec2_instances_mv")
    with pytest.raises(NotFound):
        service.refresh_view(REF, "aws_ec2_instances")
    rules = service.list_asset_rules(REF)
    derived, corrected = rules.derived, rules.corrected
    assert derived["id"] == "id" and corrected == {}
    assert service.correct_rules(REF, {"name": "state", "account": ""}, rules.version) == rules.version + 1
    assert service.list_asset_rules(REF).corrected == {"name": "state", "account": ""}
    with pytest.raises(InvalidInput):
        service.correct_rules(REF, {"name": "nope"}, 0)
    with pytest.raises(NotFound):
        service.make_view(TableRef("stackql_app", "runs"), [], 0)
    with act_as(NOBODY):
        for refused in (
            lambda: service.make_view(REF, [], 0),
            lambda: service.refresh_view(REF, "x"),
            lambda: service.correct_rules(REF, {}, 0),
        ):
            with pytest.raises(NotAllowed):
                refused()
