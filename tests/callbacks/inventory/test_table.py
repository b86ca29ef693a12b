"""A table's page and a resource's page, over a real inventory."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from dash import no_update
from fakes.components import links, text, walk, words
from fakes.inventory import REF, schedule
from fakes.marks import marks

from callbacks.inventory.resources import show_resources
from callbacks.inventory.table.charts import draw_chart
from callbacks.inventory.table.columns import save_rules
from callbacks.inventory.table.page import show_content, show_header
from callbacks.inventory.table.rows import name_view, show_rows
from callbacks.inventory.table.source import make_view, refresh_view
from inventory_runner.errors import InvalidInput
from layouts.inventory.table.charts import draw_numbers
from layouts.inventory.table.source import view_card
from services.db.assets import ASSET_COLUMNS
from services.inventory_service.grid_view import read_view
from services.models.inventory import ChartChoice, TableRef, ViewChoice
from services.models.url_values import parse_only
from services.users import NOBODY, SYSTEM, act_as

NOW = datetime.now(UTC)


@pytest.mark.parametrize("tab", ["rows", "charts", "changes", "coverage", "columns", "source"])
def test_every_tab_of_a_table_is_drawn_for_engineers_and_viewers(services, tab):
    arguments = {"table": REF.name, "tab": tab}
    with act_as(SYSTEM):
        engineer = text(show_content(services, arguments, None))
    with act_as(NOBODY):
        viewer = text(show_content(services, arguments, None))
    assert "Something went wrong" not in engineer
    expected = {
        "coverage": "eu-west-1",
        "source": "stackql_inventory_catalog.stackql_inventory.aws_ec2_instances",
    }
    assert expected.get(tab, "") in viewer
    if tab == "source":
        assert "Create the view" in engineer and "Create the view" not in viewer
        assert "/ide?query=" in engineer and "/ide?query=" not in viewer and "Every 2 hours" in viewer


def test_a_table_that_is_not_there_or_never_loaded(services, engine):
    for name in ("nope", "assets", '"; DROP TABLE x; --'):
        words = text(show_content(services, {"table": name, "tab": "rows"}, None))
        assert "There is no inventory table" in words and "Back to the inventory" in words
        assert '"not-there"' in words
        assert show_header(services, {"table": name})
    schedule(engine, "aws_never", status=None)
    words = text(show_content(services, {"table": "aws_never", "tab": "rows"}, None))
    assert "has never been loaded" in words


def test_rows_as_of_a_time(services):
    day = (NOW - timedelta(days=2)).date().isoformat()
    for asof, said in ((day, "23:59"), (f"{day}T13:05", "13:05"), (f" {day} 13:05", "13:05")):
        shown = show_rows(services, {"table": REF.name}, asof)
        quoted = urlencode({"asof": asof.strip()})
        assert quoted in text(shown["grid"]) and quoted in text(shown["exports"])
        head = show_header(services, {"table": REF.name}, {"tab": "rows", "asof": asof.strip()})
        assert f"As it was at {day} {said} UTC" in text(head) and "Rows then" in text(head)
    now = show_header(services, {"table": REF.name}, {"tab": "source", "asof": day})
    assert "As it was" not in text(now)
    assert show_rows(services, {"table": REF.name}, "")["note"] is None
    for nonsense in ("<b>", "2026-11-21T99:99", "9999-99-99", "2026-11"):
        assert (
            "is no time: write it as 2026-11-13 19:11"
            in show_rows(services, {"table": REF.name}, nonsense)["note"]
        )
    # the last day that there is, is no trap
    assert "i-0001" not in str(show_rows(services, {"table": REF.name}, "9999-12-31T23:59")["unread"])
    problem = show_rows(services, {"table": REF.name}, "2001-01-01")["grid"]
    assert "can be shown as it was since" in text(problem)


def test_the_rows_keep_what_the_address_says_of_columns_and_say_what_has_gone(services):
    state = {"filterType": "values", "type": "in", "values": ["running"]}
    view = {
        "where": json.dumps(
            {"state": state, "zone": state, "size": {"filterType": "number", "type": "like"}}
        ),
        "sort": json.dumps([{"column": "id", "descending": True}, {"column": "zone"}]),
    }
    shown = show_rows(services, {"table": REF.name}, "", {}, view)
    (grid,) = [one for one in walk(shown["grid"]) if hasattr(one, "data-columns")]
    assert json.loads(getattr(grid, "data-where")) == {"state": state}
    assert json.loads(getattr(grid, "data-sort")) == [{"column": "id", "descending": True}]
    said = words(shown["unread"])
    assert "“zone” (any more): its filter is left out" in said and "'size' cannot be" in said
    assert "not sorted by it" in said
    # each chip is a way to the same without it
    found = name_view(services, REF, view, "", {"region": "us-east-1"}, "web")
    assert words(found) == "state is running sorted by id, descending"
    left = [dict(parse_qsl(urlsplit(address).query)) for address in links(found)]
    assert [one.keys() for one in left] == [{"find", "only", "sort"}, {"find", "only", "where"}]
    assert json.loads(left[1]["where"]) == {"state": state}
    assert name_view(services, REF, {"where": "", "sort": ""}, "", {}, "") is None
    assert name_view(services, TableRef("stackql_inventory", "nope"), view, "", {}, "") is None
    (grid,) = [
        one
        for one in walk(
            show_resources(services, {}, read_view('{"type":{"type":"blank"}}', "", ASSET_COLUMNS))
        )
        if hasattr(one, "data-columns")
    ]
    assert json.loads(getattr(grid, "data-where")) == {"type": {"type": "blank"}}


def test_the_rows_behind_a_mark_are_those_that_it_counts(services):
    data = services.inventory.chart(REF, ChartChoice("state", split="region"))
    for mark in marks(draw_numbers(REF, data)):
        only = parse_only(dict(parse_qsl(urlsplit(mark.address).query))["only"])
        count = services.inventory.rows(REF, 0, 1, only=only)["total"]
        assert only.keys() == {"state", "region"} and mark.words == f"{only['state']}: {count}"
    shown = show_rows(services, {"table": REF.name}, "", {"state": "running"})
    assert words(shown["note"]) == "state running" and "remove" in text(shown["note"])
    assert "only=%7B%22state" in text(shown["grid"]) and "only=%7B%22state" in text(shown["exports"])
    assert parse_only("[1]") == parse_only("{") == parse_only("[" * 9999) == {}
    with pytest.raises(InvalidInput, match="no column"):
        services.inventory.rows(REF, 0, 1, only={"nope": "x"})


def test_a_resource_page(services):
    arguments = {"table": REF.name, "tab": "rows", "key": "i-0001", "scope": '{"region":"us-east-1"}'}
    assert "web-0001" in text(show_header(services, arguments))
    assert "No run found a change of it" in text(show_content(services, arguments, None))
    gone = text(show_content(services, {**arguments, "key": "i-0023"}, None))
    assert "This resource is gone" in gone and "removed" in gone
    for wrong in ("nope", "[1]"):
        assert "names no valid scope" in text(show_content(services, {**arguments, "scope": wrong}, None))
    unknown = text(show_content(services, {**arguments, "key": "no such"}, None))
    assert '"/inventory/aws_ec2_instances?find=no+such"' in unknown


def test_a_chart_of_a_table_and_its_mistakes(services):
    assert "Instances by state" in text(draw_chart(services, REF, ChartChoice(by="state", kind="pie")))
    assert "Choose a column of numbers" in text(draw_chart(services, REF, ChartChoice("state", "sum")))
    for kind in ("bar", "column", "line", "area", "pie", "treemap"):
        words = text(draw_chart(services, REF, ChartChoice("state", split="region", kind=kind)))
        assert "/inventory/aws_ec2_instances" in words
    assert "is no kind of chart" in text(draw_chart(services, REF, ChartChoice("state", kind="3d")))


@pytest.mark.parametrize("kind", ["pie", "treemap"])
def test_a_part_of_a_whole_is_its_groups_number_whatever_the_colours(services, kind):
    data = services.inventory.chart(REF, ChartChoice("state", "avg", "size"))
    panel = draw_chart(services, REF, ChartChoice("state", "avg", "size", "region", kind))
    drawn = panel.parts[0]["html"]
    for group, number in zip(data.groups, data.series[""], strict=True):
        found = re.search(rf'href="([^"]*)"[^>]*aria-label="{group}: ([0-9.,]+?)(, [0-9.]+ %)?"', drawn)
        assert found and float(found[2].replace(",", "")) == number
        assert parse_only(dict(parse_qsl(urlsplit(unescape(found[1])).query))["only"]) == {"state": group}
    assert "Average of size by state" in drawn and "and region" not in drawn


def test_a_filter_of_a_chart_leaves_the_rows_that_have_the_words(services):
    whole = services.inventory.chart(REF, ChartChoice("state"))
    found = services.inventory.chart(REF, ChartChoice("state", filter="running"))
    assert found.groups == ("running",)
    assert found.series[""] == (whole.series[""][whole.groups.index("running")],)
    panel = draw_chart(services, REF, ChartChoice("state", filter="running"))
    drawn = panel.parts[0]["html"]
    assert "only rows with “running”" in drawn
    # a mark leads to these rows, and the file has their numbers
    led = re.findall(r'<a [^>]*href="([^"]*)"[^>]*aria-label', drawn)
    assert led and all("find=running" in address for address in led)
    assert "filter=running" in drawn
    assert "No row has these words" in words(
        draw_chart(services, REF, ChartChoice("state", filter="no such"))
    )


def test_a_view_says_that_it_is_older_than_its_table_until_it_is_refreshed(services, engine, as_engineer):
    make_view(services, REF, ["state"], 0)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE stackql_app.view_refreshes SET holds = holds - interval '1 hour'")
    (view,) = services.inventory.views(REF)
    assert "older than the table" in text(view_card(view, True))
    done = refresh_view(services, REF, view.name)
    assert "was refreshed" in text(done["notice"])
    assert "refreshed" in text(done["list"]) and "older than" not in text(done["list"])
    # one that somebody else made is not said to be as new as the table
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM stackql_app.view_refreshes")
    (view,) = services.inventory.views(REF)
    assert "may be older than the table" in text(view_card(view, True))


def test_views_and_rules(services, as_engineer):
    made = make_view(services, REF, ["state"], 0)
    assert "aws_ec2_instances_mv is ready" in text(made["result"])
    assert "aws_ec2_instances_mv" in text(made["list"]) and "older than" not in text(made["list"])
    assert "Saved" in text(save_rules(services, REF, {"name": "state", "id": "*"}, 0)["result"])
    assert services.inventory.list_asset_rules(REF).corrected == {"name": "state"}
    # what began from an older version is shown beside the newer one, and nothing is written
    refused = save_rules(services, REF, {"name": "id"}, 0)
    assert "Keep mine" in text(refused["result"]) and refused["version"] is no_update
    assert services.inventory.list_asset_rules(REF).corrected == {"name": "state"}
    refused = make_view(services, REF, [], 0)
    assert "nothing: all columns and rows" in text(refused["result"]) and refused["list"] is no_update
    assert services.inventory.view_choice(REF) == ViewChoice(("state",), 1)
    assert make_view(services, REF, [], 1)["version"] == 2
    with act_as(NOBODY):
        assert "Not allowed" in text(make_view(services, REF, [], 2)["result"])
