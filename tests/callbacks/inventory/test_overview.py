"""The overview as its callbacks make it of a real inventory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dash import no_update
from fakes.components import graphs, text
from fakes.inventory import instances, load, schedule

from callbacks.inventory.overview import show_overview, watch
from inventory_runner.errors import DatabaseUnavailable
from services.models.inventory import InventoryFilter
from services.users import NOBODY, SYSTEM, act_as

NOW = datetime.now(UTC)


def test_the_overview_shows_numbers_with_what_qualifies_them(services, as_engineer):
    shown = show_overview(services, InventoryFilter(), False)
    words = text(shown["body"])
    for said in (
        "1 of 2",
        "1 scope denied since",
        "Resources over time",
        "Where they are",
        "By region",
        "By owner",
    ):
        assert said in words
    assert "Data from 1 schedule" in text(shown["subtitle"]) and not shown["no_tables"]
    assert [one["value"] for one in shown["providers"]] == ["*", "aws"]
    assert "us-east-1" in [one["value"] for one in shown["regions"]]


def test_the_week_says_what_happened_and_how_sure_one_can_be(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(22), "eu-west-1": []}, NOW - timedelta(days=9))
    load(engine, "aws_ec2_instances", {"us-east-1": instances(60), "eu-west-1": "denied"}, NOW)
    body = show_overview(empty, InventoryFilter(), False)["body"]
    words = text(body)
    assert "This week" in words and "How sure: " in words and '"50 %"' in words
    # each line leads to what it tells: a table's coverage, a region's overview
    assert '"/inventory/aws_ec2_instances?tab=coverage"' in words
    assert '"/inventory?region=us-east-1"' in words and "grew by" in words
    assert "This week" not in text(show_overview(empty, InventoryFilter(region="us-east-1"), False)["body"])


def test_a_quiet_week_is_said(empty, engine):
    for days in (9, 0):
        load(engine, "aws_ec2_instances", {"us-east-1": instances(5)}, NOW - timedelta(days=days))
    body = show_overview(empty, InventoryFilter(), False)["body"]
    assert "A quiet week" in text(body) and '"100 %"' in text(body)


def test_a_history_of_hours_is_no_quiet_week(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(5)}, NOW)
    body = show_overview(empty, InventoryFilter(), False)["body"]
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
    body = show_overview(services, InventoryFilter(region="us-east-1"), False)["body"]
    assert set(graphs(body)) == {"over-time", "where", "changes", "types", "freshness"}
    # what is known of whole tables only is not told as the region's
    assert "strip: scopes read" not in text(body) and "no table moved much" not in text(body)


def test_what_is_read_for_the_first_time_is_no_growth(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(5)}, NOW - timedelta(days=9))
    load(engine, "aws_ec2_instances", {"us-east-1": instances(7)}, NOW)
    assert "newly tracked" not in text(show_overview(empty, InventoryFilter(), False)["body"])
    load(engine, "b", {"us-east-1": instances(40, first=100)}, NOW)
    body = text(show_overview(empty, InventoryFilter(), False)["body"])
    assert "42 this week" in body and "40 newly tracked" in body


def test_what_was_not_read_today_is_not_called_unchanged(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(2)}, NOW - timedelta(days=1))
    body = text(show_overview(empty, InventoryFilter(), False)["body"])
    assert "not read yet today" in body and '"+0"' not in body


def test_every_mark_leads_somewhere(services):
    body = show_overview(services, InventoryFilter(), True)["body"]
    charts = graphs(body)
    assert {"over-time", "where", "changes", "types", "region", "state", "owner", "freshness"} <= set(charts)
    for name, figure in charts.items():
        for trace in figure["data"]:
            if trace.get("hoverinfo") == "skip":
                continue
            marks = [address for address in trace["customdata"] if address or name != "where"]
            assert marks and all(address.startswith("/inventory") for address in marks), name


def test_nothing_yet_says_what_to_do_next(empty, engine):
    with act_as(SYSTEM):
        shown = show_overview(empty, InventoryFilter(), False)
    body = shown["body"]
    assert shown["no_tables"] and '"/ide"' in text(body) and "Nothing is in the inventory yet" in text(body)
    with act_as(NOBODY):
        body = show_overview(empty, InventoryFilter(), False)["body"]
    assert "Ask an engineer" in text(body) and '"/ide"' not in text(body)
    schedule(engine, "aws_never", status=None)
    body = show_overview(empty, InventoryFilter(), False)["body"]
    assert "none has been loaded" in text(body)


def test_filters_without_a_match_can_be_cleared(services):
    shown = show_overview(services, InventoryFilter(provider="nope"), False)
    assert "Nothing matches these filters" in text(shown["body"])
    assert shown["providers"][-1]["value"] == "nope"


def test_many_late_tables_are_said_first(services, engine):
    for name in ("a", "b"):
        id = schedule(engine, name, cron="* * * * *")
        load(engine, name, {"": instances(1)}, NOW - timedelta(days=2), schedule_id=id)
    body = show_overview(services, InventoryFilter(), False)["body"]
    assert "2 of 3 tables missed a run" in text(body)


def test_a_database_that_is_away_is_words_not_a_trace(services):
    def away(_filter):
        raise DatabaseUnavailable("Postgres did not answer.")

    services.inventory.overview = away
    body = show_overview(services, InventoryFilter(), False)["body"]
    assert "Postgres did not answer." in text(body)


def test_a_page_is_drawn_anew_when_there_is_news_and_not_at_the_first_look():
    assert watch("a", None) == {"known": "a", "shown": no_update}
    assert watch("a", "a") == {"known": "a", "shown": no_update}
    assert watch("b", "a") == {"known": "b", "shown": "b"}
