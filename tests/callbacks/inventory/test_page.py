from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import flask
import pytest
from dash import no_update
from fakes.inventory import instances, load, schedule

from app.api import inventory as routes_inventory
from callbacks.inventory import page as inventory
from callbacks.inventory import table as inventory_table
from callbacks.shell import search
from inventory_runner.errors import DatabaseUnavailable, InvalidInput
from layouts.inventory import addresses
from layouts.inventory import page as layout
from layouts.inventory.overview import bars as inventory_bars
from layouts.inventory.overview import charts as inventory_charts
from layouts.inventory.table import charts as inventory_chart_tab
from layouts.inventory.table import page as table_layout
from services.db import DatabaseService
from services.inventory_service import InventoryService
from services.models.inventory import Freshness, InventoryFilter, Overview, Share, TableRef, TableSummary
from services.models.url_values import only_of
from services.users import NOBODY, SYSTEM, acting_as, set_current_user

NOW = datetime.now(UTC)
REF = TableRef("stackql_inventory", "aws_ec2_instances")


class Parts:
    """What the callbacks use of the services."""

    def __init__(self, engine) -> None:
        self.db = DatabaseService(engine)
        self.inventory = InventoryService(self.db)


@pytest.fixture
def empty(engine) -> Parts:
    return Parts(engine)


@pytest.fixture
def services(engine) -> Parts:
    id = schedule(engine, "aws_ec2_instances", status="PARTIAL")
    for days, count in ((3, 20), (1, 24)):
        load(
            engine,
            "aws_ec2_instances",
            {"us-east-1": instances(count)},
            NOW - timedelta(days=days),
            schedule_id=id,
        )
    load(
        engine,
        "aws_ec2_instances",
        {"us-east-1": instances(22), "eu-west-1": "denied"},
        NOW - timedelta(minutes=1),
        schedule_id=id,
    )
    return Parts(engine)


def text(component) -> str:
    """Everything that a component says, and where its links lead."""
    return json.dumps(
        component, default=lambda one: one.to_plotly_json() if hasattr(one, "to_plotly_json") else str(one)
    )


def test_the_overview_shows_numbers_with_what_qualifies_them(services, as_engineer):
    body, subtitle, providers, regions, hidden = inventory.overview(services, InventoryFilter(), False)
    words = text(body)
    for said in (
        "1 of 2",
        "1 scope denied since",
        "Resources over time",
        "Where they are",
        "By region",
        "By owner tag",
    ):
        assert said in words
    assert "Data from 1 schedule, newest" in text(subtitle) and not hidden
    assert [one["value"] for one in providers] == ["*", "aws"] and "us-east-1" in [
        one["value"] for one in regions
    ]


def test_the_week_says_what_happened_and_how_sure_one_can_be(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(22), "eu-west-1": []}, NOW - timedelta(days=9))
    load(engine, "aws_ec2_instances", {"us-east-1": instances(60), "eu-west-1": "denied"}, NOW)
    body, *_ = inventory.overview(empty, InventoryFilter(), False)
    words = text(body)
    assert "This week" in words and "How sure: " in words and '"50 %"' in words
    # each line leads to what it tells: a table's coverage, a region's overview
    assert '"/inventory/aws_ec2_instances?tab=coverage"' in words
    assert '"/inventory?region=us-east-1"' in words and "grew by" in words
    assert "This week" not in text(inventory.overview(empty, InventoryFilter(region="us-east-1"), False)[0])


def test_a_quiet_week_is_said(empty, engine):
    for days in (9, 0):
        load(engine, "aws_ec2_instances", {"us-east-1": instances(5)}, NOW - timedelta(days=days))
    body, *_ = inventory.overview(empty, InventoryFilter(), False)
    assert "A quiet week" in text(body) and '"100 %"' in text(body)


def test_a_history_of_hours_is_no_quiet_week(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(5)}, NOW)
    body, *_ = inventory.overview(empty, InventoryFilter(), False)
    assert "The history begins on" in text(body) and "A quiet week" not in text(body)


def test_under_a_region_only_what_is_of_it_is_drawn(services, engine):
    load(
        engine,
        "google_disks",
        {"prod": instances(9, region="eu")},
        NOW,
        provider="google",
        parameter="project",
    )
    charts = {"over-time", "where", "changes", "types", "freshness"}
    body = text(inventory.overview(services, InventoryFilter(region="us-east-1"), False)[0])
    assert {
        name for name in (*charts, "region", "state", "account", "owner") if f'"chart": "{name}"' in body
    } == charts
    # what is known of whole tables only is not told as the region's
    assert "strip: scopes read" not in body and "no table moved much" not in body
    listed = text(inventory.tables(services, InventoryFilter(region="us-east-1"), "", {})[0])
    assert "Since yesterday" not in listed and "data:image/svg+xml" not in listed


def test_a_share_is_drawn_whole_and_each_part_leads_to_its_own():
    at = {"filter": InventoryFilter(), "at": NOW, "levels": {"aws": (1,)}}
    rows, tables = {"aws": 2, "google": 5}, {"aws": REF}
    shown = Overview(**at, shares={"state": (Share("active", rows, tables),), "owner": (Share("web", rows),)})
    drawn = {
        dimension: [
            trace
            for trace in inventory_bars.share_bars(shown, dimension, False)["data"]
            if trace["type"] == "bar"
        ]
        for dimension in ("state", "owner")
    }
    assert sum(trace["x"][0] for trace in drawn["state"]) == 7
    # a state's column may have another name in the table
    assert [trace["customdata"] for trace in drawn["state"]] == [
        ["/inventory/aws_ec2_instances?tab=charts"],
        [""],
    ]
    assert [trace["customdata"][0] for trace in drawn["owner"]] == [
        f"/inventory?view=resources&owner=web&provider={provider}" for provider in rows
    ]


def test_many_providers_are_drawn_together_and_keep_their_colours():
    levels = {f"cloud{i}": (100 - i, 100 - i) for i in range(20)}
    tables = tuple(
        TableSummary(TableRef("s", name), name, rows=1, updated_at=NOW, freshness=Freshness.UNMANAGED)
        for name in levels
    )
    days = (NOW.date() - timedelta(days=1), NOW.date())
    shown = Overview(InventoryFilter(), NOW, tables, days, levels, providers=tuple(levels))
    traces = inventory_charts.over_time(shown, False)["data"]
    assert len(traces) == 10 and traces[-1]["name"] == "11 others"
    assert sum(trace["y"][0] for trace in traces) == sum(values[0] for values in levels.values())
    assert inventory_bars.ages(shown, False)["layout"]["yaxis"]["ticktext"][-1] == "11 others"
    alone = replace(shown, levels={"cloud7": (1, 1)}, providers=("cloud7",))
    assert inventory_charts.over_time(alone, False)["data"][0]["line"]["color"] == traces[7]["line"]["color"]


def test_what_is_read_for_the_first_time_is_no_growth(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(5)}, NOW - timedelta(days=9))
    load(engine, "aws_ec2_instances", {"us-east-1": instances(7)}, NOW)
    assert "newly tracked" not in text(inventory.overview(empty, InventoryFilter(), False)[0])
    load(engine, "b", {"us-east-1": instances(40)}, NOW)
    body = text(inventory.overview(empty, InventoryFilter(), False)[0])
    assert "42 this week" in body and "40 newly tracked" in body


def test_two_clouds_that_call_a_type_the_same_are_told_apart(empty, engine):
    for name, provider in (("a", "azure"), ("b", "google")):
        load(engine, name, {"": instances(2)}, NOW, provider=provider, service="compute", resource="disks")
    drawn = inventory_bars.type_bars(empty.inventory.overview(InventoryFilter()), False)
    assert set(drawn["layout"]["yaxis"]["ticktext"]) == {"azure disks", "google disks"}


def test_what_was_not_read_today_is_not_called_unchanged(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(2)}, NOW - timedelta(days=1))
    body = text(inventory.overview(empty, InventoryFilter(), False)[0])
    assert "nothing was read yet today" in body and '"+0"' not in body
    listed = text(inventory.tables(empty, InventoryFilter(), "", {})[0])
    assert "Not read yet today" in listed and "no change" not in listed
    load(engine, "aws_ec2_instances", {"us-east-1": instances(2)}, NOW)
    assert "no change" in text(inventory.tables(empty, InventoryFilter(), "", {})[0])


def test_every_mark_leads_somewhere(services):
    body, *_ = inventory.overview(services, InventoryFilter(), True)
    charts = {}

    def walk(one):
        if isinstance(one, list | tuple):
            for child in one:
                walk(child)
        elif hasattr(one, "children") and type(one).__name__ != "Graph":
            walk(one.children)
        if type(one).__name__ == "Graph":
            charts[one.id["chart"]] = one.figure

    walk(body)
    assert {"over-time", "where", "changes", "types", "region", "state", "owner", "freshness"} <= set(charts)
    for name, figure in charts.items():
        for trace in figure["data"]:
            if trace.get("hoverinfo") == "skip":
                continue
            marks = [address for address in trace["customdata"] if address or name != "where"]
            assert marks and all(address.startswith("/inventory") for address in marks), name


def test_nothing_yet_says_what_to_do_next(empty, engine):
    with acting_as(SYSTEM):
        body, _, _, _, hidden = inventory.overview(empty, InventoryFilter(), False)
    assert hidden and '"/ide"' in text(body) and "Nothing is in the inventory yet" in text(body)
    with acting_as(NOBODY):
        body, *_ = inventory.overview(empty, InventoryFilter(), False)
    assert "Ask an engineer" in text(body) and '"/ide"' not in text(body)
    schedule(engine, "aws_never", status=None)
    body, *_ = inventory.overview(empty, InventoryFilter(), False)
    assert "none has been loaded" in text(body)


def test_filters_without_a_match_can_be_cleared(services):
    body, _, providers, *_ = inventory.overview(services, InventoryFilter(provider="nope"), False)
    assert "Nothing matches these filters" in text(body) and providers[-1]["value"] == "nope"


def test_many_late_tables_are_said_first(services, engine):
    for name in ("a", "b"):
        id = schedule(engine, name, cron="* * * * *")
        load(engine, name, {"": instances(1)}, NOW - timedelta(days=2), schedule_id=id)
    body, *_ = inventory.overview(services, InventoryFilter(), False)
    assert "2 of 3 tables missed a run" in text(body)


def test_a_database_that_is_away_is_words_not_a_trace(services):
    def away(_filter):
        raise DatabaseUnavailable("Postgres did not answer.")

    services.inventory.overview = away
    body, *_ = inventory.overview(services, InventoryFilter(), False)
    assert "Postgres did not answer." in text(body)


def test_the_list_of_tables(services):
    listed, count = inventory.tables(services, InventoryFilter(), "", {"sort": "rows", "page": 1})
    words = text(listed)
    assert (
        count == "1"
        and "1 of 2" in words
        and "data:image/svg+xml" in words
        and '"+' not in words.split("Since")[0]
    )
    listed, _ = inventory.tables(services, InventoryFilter(), "zzz", {})
    assert "No table of that name" in text(listed)


def test_sorting_and_paging():
    view = {"sort": "rows", "page": 3}
    assert inventory.turned(view, {"type": "inventory_sort", "column": "rows"}, True) == {
        "sort": "-rows",
        "page": 1,
    }
    assert inventory.turned(view, {"type": "inventory_sort", "column": "name"}, True) == {
        "sort": "name",
        "page": 1,
    }
    assert inventory.turned(view, {"type": "inventory_page", "page": 2}, True) == {"sort": "rows", "page": 2}
    assert inventory.turned(view, "inventory_tables_find", True) == {"sort": "rows", "page": 1}
    assert inventory.turned(view, {"type": "inventory_sort", "column": "rows"}, False) is no_update


def test_a_page_is_drawn_anew_when_there_is_news_and_not_at_the_first_look():
    assert inventory.watched("a", None) == ("a", no_update)
    assert inventory.watched("a", "a") == ("a", no_update)
    assert inventory.watched("b", "a") == ("b", "b")


def test_the_url_names_the_filters_and_nonsense_is_left_out():
    wanted = layout.wanted_of({"provider": "aws", "region": "*", "days": "30"})
    assert wanted == InventoryFilter("aws", "", 30)
    assert layout.wanted_of({"days": "9999", "provider": None}) == InventoryFilter()
    assert (
        addresses.overview(InventoryFilter("aws", "eu-west-1")) == "/inventory?provider=aws&region=eu-west-1"
    )
    for arguments in (
        {},
        {"view": "changes", "day": "x", "kind": "y"},
        {"view": "resources", "region": ""},
        {"page": "0x1"},
    ):
        assert layout.layout(**arguments).children


def test_changes_are_paged_and_narrowed(services):
    of = {"schema": "", "table": "", "provider": ""}
    found, older = inventory.change_page(services, of, "", "", "", "")
    assert len(found) == 6 and older == "" and "aws_ec2_instances" in text(found)
    assert len(inventory.change_page(services, of, "removed", "", "", "")[0]) == 2
    assert inventory.change_page(services, of, "", "1999-01-01", "", "")[0] == []
    assert (
        len(
            inventory.change_page(
                services, {**of, "schema": REF.schema, "table": REF.name}, "added", "", "0021", ""
            )[0]
        )
        == 1
    )


@pytest.mark.parametrize("tab", ["rows", "charts", "changes", "coverage", "columns", "source", "views"])
def test_every_tab_of_a_table_is_drawn_for_engineers_and_viewers(services, tab):
    arguments = {"table": REF.name, "tab": tab}
    with acting_as(SYSTEM):
        engineer = text(inventory_table.content(services, arguments, None))
    with acting_as(NOBODY):
        viewer = text(inventory_table.content(services, arguments, None))
    assert "Something went wrong" not in engineer
    expected = {
        "coverage": "eu-west-1",
        "source": "stackql_inventory_catalog.stackql_inventory.aws_ec2_instances",
    }
    assert expected.get(tab, "") in viewer
    if tab == "views":
        assert "Make the view" in engineer and "Make the view" not in viewer
    if tab == "source":
        assert "/ide?query=" in engineer and "/ide?query=" not in viewer and "Every 2 hours" in viewer


def test_the_changes_are_summed_up_by_table(services, engine):
    load(
        engine,
        "google_disks",
        {"prod": instances(9)},
        NOW - timedelta(days=2),
        provider="google",
        parameter="project",
    )
    load(engine, "google_disks", {"prod": instances(12)}, NOW, provider="google", parameter="project")
    removed = text(inventory.changes_summary(services, {"provider": ""}, "", "removed"))
    assert "kind=removed" in removed and "google_disks" not in removed and '"+4"' not in removed
    week = text(inventory.changes_summary(services, {"provider": ""}, ""))
    # +4 a day ago and -2 now are told together
    assert "In 7 days by table" in week and '"+4"' in week and '"\\u22122"' in week and '"+3"' in week
    assert '"/inventory/aws_ec2_instances?tab=changes"' in week
    google = text(inventory.changes_summary(services, {"provider": "google"}, ""))
    assert "google_disks" in google and "aws_ec2" not in google
    today = NOW.astimezone(UTC).date().isoformat()
    one_day = text(inventory.changes_summary(services, {"provider": ""}, today))
    assert f"?tab=changes&day={today}" in one_day and '"+4"' not in one_day
    # a table's own page says it anyway
    assert inventory.changes_summary(services, {"table": REF.name, "schema": REF.schema}, "") is None


def test_a_table_that_is_not_there_or_never_loaded(services, engine):
    for name in ("nope", "assets", '"; DROP TABLE x; --'):
        words = text(inventory_table.content(services, {"table": name, "tab": "rows"}, None))
        assert "There is no inventory table" in words and "Back to the inventory" in words
        assert '"not-there"' in words
        assert inventory_table.header(services, {"table": name})
    schedule(engine, "aws_never", status=None)
    words = text(inventory_table.content(services, {"table": "aws_never", "tab": "rows"}, None))
    assert "has never been loaded" in words


def test_rows_as_of_a_time(services):
    day = (NOW - timedelta(days=2)).date().isoformat()
    for asof, said in ((day, "23:59"), (f"{day}T13:05", "13:05")):
        grid, words, exports = inventory_table.rows(services, {"table": REF.name}, asof)
        quoted = f"asof={asof.replace(':', '%3A')}"
        assert quoted in text(grid) and f"at {said} UTC" in text(words) and quoted in text(exports)
    for nonsense in ("<b>", "2026-11-21T99:99", "9999-99-99"):
        assert not inventory_table.rows(services, {"table": REF.name}, nonsense)[1]
    # the last day that there is, is no trap
    assert inventory_table.rows(services, {"table": REF.name}, "9999-12-31T23:59")[1]
    problem, _, _ = inventory_table.rows(services, {"table": REF.name}, "2001-01-01")
    assert "can be shown as it was since" in text(problem)


def test_the_rows_behind_a_mark_are_those_that_it_counts(services):
    from services.models.inventory import ChartChoice

    data = services.inventory.chart(REF, ChartChoice("state", split="region"))
    for trace in inventory_chart_tab.chart_figure(REF, data, False)["data"]:
        for address, count in zip(trace["customdata"], trace["x"], strict=True):
            only = only_of(dict(parse_qsl(urlsplit(address).query))["only"])
            assert services.inventory.rows(REF, 0, 1, only=only)["total"] == count
    grid, words, exports = inventory_table.rows(services, {"table": REF.name}, "", {"state": "running"})
    assert "only state running" in text(words) and "Show all rows" in text(words)
    assert "only=%7B%22state" in text(grid) and "only=%7B%22state" in text(exports)
    assert only_of("[1]") == only_of("{") == only_of("[" * 9999) == {}
    with pytest.raises(InvalidInput, match="no column"):
        services.inventory.rows(REF, 0, 1, only={"nope": "x"})


def test_a_resource_page(services):
    arguments = {"table": REF.name, "tab": "rows", "key": "i-0001", "scope": '{"region":"us-east-1"}'}
    assert "web-0001" in text(inventory_table.header(services, arguments))
    assert "Nothing has changed since it was first seen" in text(
        inventory_table.content(services, arguments, None)
    )
    gone = text(inventory_table.content(services, {**arguments, "key": "i-0023"}, None))
    assert "This resource is gone" in gone and "removed" in gone
    for wrong in ("nope", "[1]"):
        assert "names a scope that is none" in text(
            inventory_table.content(services, {**arguments, "scope": wrong}, None)
        )
    unknown = text(inventory_table.content(services, {**arguments, "key": "no such"}, None))
    assert '"/inventory/aws_ec2_instances?find=no+such"' in unknown


def test_a_chart_of_a_table_and_its_mistakes(services):
    from services.models.inventory import ChartChoice

    assert "Rows by state" in text(
        inventory_table.chart(services, REF, ChartChoice(by="state", kind="pie"), False)
    )
    assert "Choose a column of numbers" in text(
        inventory_table.chart(services, REF, ChartChoice("state", "sum"), False)
    )
    for kind in ("bar", "column", "line", "area", "pie", "treemap"):
        words = text(
            inventory_table.chart(services, REF, ChartChoice("state", split="region", kind=kind), True)
        )
        assert "/inventory/aws_ec2_instances" in words
    assert "is no kind of chart" in text(
        inventory_table.chart(services, REF, ChartChoice("state", kind="3d"), True)
    )


@pytest.mark.parametrize("kind", ["bar", "column", "line", "area", "pie", "treemap"])
def test_values_of_the_cloud_are_drawn_apart_and_as_text(kind):
    from services.models.inventory import ChartChoice, ChartData

    alike = tuple(f"arn:aws:iam::123456789012:role/{name}" for name in ("one", "two"))
    data = ChartData(
        ChartChoice("role", kind=kind), (*alike, '<a href="https://x.example">y</a>'), {"": (3, 2, 1)}
    )
    [trace] = inventory_chart_tab.chart_figure(REF, data, False)["data"]
    places = trace.get("labels") or (trace["y"] if kind == "bar" else trace["x"])
    assert len(set(places)) == 3
    assert "&lt;a href" in json.dumps(trace) and "<a" not in json.dumps(trace)


def test_views_and_rules(services, as_engineer):
    result, cards = inventory_table.make_view(services, REF, ["state"])
    assert "aws_ec2_instances_mv is ready" in text(result) and "aws_ec2_instances_mv" in text(cards)
    assert "Saved" in text(inventory_table.save_rules(services, REF, {"name": "state", "id": "*"}))
    assert services.inventory.asset_rules(REF)[1] == {"name": "state"}
    with acting_as(NOBODY):
        assert "Not allowed" in text(inventory_table.make_view(services, REF, [])[0])


def test_the_search_groups_by_type(services):
    children = text(search.found(services, "web-000"))
    assert "aws.ec2.instances" in children and "key=i-0001" in children
    assert search.found(services, "i") is None
    assert "Nothing is called" in text(search.found(services, "zzzz"))


@pytest.fixture
def client(services):
    server = flask.Flask("test")
    server.before_request(lambda: set_current_user(NOBODY))
    routes_inventory.install(server, services)
    return server.test_client()


def test_the_routes_give_rows_and_refuse_nonsense(client):
    path = "/data/inventory/tables/stackql_inventory/aws_ec2_instances"
    answer = client.post(f"{path}/rows", json={"start": 0, "end": 5, "sort": [], "filters": {}, "search": ""})
    assert answer.status_code == 200 and answer.json["total"] == 22 and len(answer.json["rows"]) == 5
    assert client.post(f"{path}/rows?asof=yesterday", json={"start": 0, "end": 5}).status_code == 400
    earlier = client.post(
        f"{path}/rows?asof={NOW - timedelta(days=2):%Y-%m-%dT%H:%M}", json={"start": 0, "end": 5}
    )
    assert earlier.json["total"] == 20
    assert client.post(f"{path}/rows", json={"start": "0", "end": 5}).status_code == 400
    assert client.post(f"{path}/rows", data="x").status_code == 400
    hostile = client.post("/data/inventory/tables/stackql_app/runs/rows", json={"start": 0, "end": 5})
    assert hostile.status_code == 404
    assets = client.post("/data/inventory/assets?region=us-east-1", json={"start": 0, "end": 3})
    assert assets.json["total"] == 22 and assets.json["rows"][0]["provider"] == "aws"


def test_what_no_table_can_hold_is_the_askers_mistake(client, services):
    window = {"start": 0, "end": 3}
    for wrong in ("\x00", "\ud800"):
        for field in ("provider", "search"):
            with pytest.raises(InvalidInput, match="no table can hold"):
                services.inventory.changes(**{field: f"a{wrong}"})
    assert client.post("/data/inventory/assets?region=%00", json=window).status_code == 400
    path = "/data/inventory/tables/stackql_inventory/aws_ec2_instances/rows"
    assert client.post(path, json={**window, "search": "\x00"}).status_code == 400
    assert services.inventory.changes(day=date.max).entries == ()


def test_the_routes_give_files(client):
    path = "/data/inventory/tables/stackql_inventory/aws_ec2_instances"
    answer = client.get(f"{path}/export?format=csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="aws_ec2_instances-')
    assert len(answer.text.splitlines()) == 23
    assert client.get(f"{path}/export?format=exe").status_code == 400
    chart = client.get(f"{path}/chart.csv?by=state").text.splitlines()
    assert chart[0] == "state,count" and all(line.rpartition(",")[2].isdigit() for line in chart[1:])
    assert client.get(f"{path}/chart.csv?by=nope").status_code == 400


@pytest.mark.parametrize(
    "name", ["over-time", "changes", "where", "types", "freshness", "region", "state", "account", "owner"]
)
def test_every_chart_gives_its_numbers(client, name):
    answer = client.get(f"/data/inventory/charts/{name}?days=7&provider=aws")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert answer.status_code == 200 and len(rows) > 1 and len({len(row) for row in rows}) == 1
    assert answer.headers["Content-Type"].startswith("text/csv")


def test_a_chart_that_there_is_not(client):
    # numbers of all regions are not passed off as one's
    assert client.get("/data/inventory/charts/owner?region=us-east-1").status_code == 400
    assert client.get("/data/inventory/charts/nope").status_code == 404
    for days in ("x", "3", "99999999999999999999", "9" * 5000):
        assert client.get(f"/data/inventory/charts/where?days={days}").status_code == 400


def test_addresses_are_quoted():
    odd = TableRef("other", "a/b?c")
    assert addresses.table(odd, "rows") == "/inventory/a%2Fb%3Fc?schema=other&tab=rows"
    assert (
        addresses.resource(REF, "arn:aws:x/&y", "{}")
        == "/inventory/aws_ec2_instances?key=arn%3Aaws%3Ax%2F%26y"
    )
    stored = table_layout.layout(table="a%2Fb%3Fc", schema="other").children[0].data
    assert table_layout.ref_of(stored) == odd
    assert replace(odd, schema="stackql_inventory").label == "a/b?c"
