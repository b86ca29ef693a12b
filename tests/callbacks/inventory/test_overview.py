"""The overview as its callbacks make it of a real inventory."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from dash import no_update
from fakes.components import text
from fakes.inventory import instances, load, schedule

from callbacks.inventory.overview import draw_charts, show_overview, watch
from inventory_runner.errors import DatabaseUnavailable
from layouts.components.markup import TABLE
from layouts.inventory import addresses
from services.models.inventory import InventoryFilter
from services.users import NOBODY, SYSTEM, act_as

NOW = datetime.now(UTC)


def asked_for(shown: dict[str, Any]) -> dict[str, Any]:
    """What the browser asks for when every chart's place is in view."""
    places = [part for part in shown["charts"] if "of" in part]
    return {"of": places[0]["of"] if places else "", "keys": [part["key"] for part in places]}


def said(services: Any, shown: dict[str, Any]) -> str:
    """All that a page of this says, with its charts."""
    first = [part["html"] for part in [*shown["first"], *shown["charts"]] if "html" in part]
    return "\n".join([text(shown["body"]), *first, *draw_charts(services, asked_for(shown))["html"].values()])


def test_the_overview_shows_numbers_with_what_qualifies_them(services, as_engineer):
    shown = show_overview(services, InventoryFilter())
    words = said(services, shown)
    for one in (
        "1 of 2",
        "1 scope denied since",
        "Resources over time",
        "Where they are",
        "By region",
        "By owner",
    ):
        assert one in words
    assert "Data from 1 schedule" in text(shown["subtitle"]) and not shown["no_tables"]
    assert [one["value"] for one in shown["providers"]] == ["*", "aws"]
    assert "us-east-1" in [one["value"] for one in shown["regions"]]


def test_the_week_says_what_happened_and_how_sure_one_can_be(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(22), "eu-west-1": []}, NOW - timedelta(days=9))
    load(engine, "aws_ec2_instances", {"us-east-1": instances(60), "eu-west-1": "denied"}, NOW)
    words = said(empty, show_overview(empty, InventoryFilter()))
    assert "This week" in words and "How sure: " in words and ">50 %<" in words
    # each line leads to what it tells: a table's coverage, a region's overview
    assert '"/inventory/aws_ec2_instances?tab=coverage"' in words
    assert '"/inventory?region=us-east-1"' in words and "grew by" in words
    narrowed = show_overview(empty, InventoryFilter(region="us-east-1"))
    assert "This week</h2>" not in said(empty, narrowed)


def test_a_quiet_week_is_said(empty, engine):
    for days in (9, 0):
        load(engine, "aws_ec2_instances", {"us-east-1": instances(5)}, NOW - timedelta(days=days))
    words = said(empty, show_overview(empty, InventoryFilter()))
    assert "A quiet week" in words and ">100 %<" in words


def test_a_history_of_hours_is_no_quiet_week(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(5)}, NOW)
    words = said(empty, show_overview(empty, InventoryFilter()))
    assert "The history begins on" in words and "A quiet week" not in words


def test_under_a_region_only_what_is_of_it_is_drawn(services, engine):
    load(
        engine,
        "google_disks",
        {"prod": instances(9, region="eu")},
        NOW,
        provider="google",
        parameter="project",
    )
    shown = show_overview(services, InventoryFilter(region="us-east-1"))
    assert asked_for(shown)["keys"] == ["over-time", "where", "changes", "types", "freshness"]
    # what is known of whole tables only is not told as the region's
    words = said(services, shown)
    assert "strip: scopes read" not in words and "no table moved much" not in words


def test_what_is_read_for_the_first_time_is_no_growth(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(5)}, NOW - timedelta(days=9))
    load(engine, "aws_ec2_instances", {"us-east-1": instances(7)}, NOW)
    assert "newly tracked" not in said(empty, show_overview(empty, InventoryFilter()))
    load(engine, "b", {"us-east-1": instances(40, first=100)}, NOW)
    words = said(empty, show_overview(empty, InventoryFilter()))
    assert "42 this week" in words and "40 newly tracked" in words


def test_what_was_not_read_today_is_not_called_unchanged(empty, engine):
    load(engine, "aws_ec2_instances", {"us-east-1": instances(2)}, NOW - timedelta(days=1))
    words = said(empty, show_overview(empty, InventoryFilter()))
    assert "not read yet today" in words and ">+0<" not in words


def test_every_mark_leads_somewhere_with_the_filters_that_go_along(services):
    with addresses.carrying({"owner": "", "account": "a&b"}):
        shown = show_overview(services, InventoryFilter(provider="aws"))
    drawn = draw_charts(services, asked_for(shown))
    # the browser knows by this what it belongs to
    assert drawn["of"] == asked_for(shown)["of"]
    assert {"over-time", "where", "changes", "types", "region", "state", "owner", "freshness"} <= set(
        drawn["html"]
    )
    for name, html in drawn["html"].items():
        led = [unescape(one) for one in re.findall(r'<a [^>]*href="([^"]*)"', html)]
        pages = [one for one in led if not one.startswith("/api/inventory/charts/")]
        assert len(pages) == len(led) - 1 and pages, name
        assert all(one.startswith("/inventory") and "account=a%26b" in one for one in pages), name


def test_a_table_comes_when_it_is_asked_for_and_nothing_else_is_drawn(services):
    of = asked_for(show_overview(services, InventoryFilter()))["of"]
    keys = [f"where{TABLE}", "nope", "where table table", 3, {"a": 1}]
    drawn = draw_charts(services, {"of": of, "keys": keys})
    assert set(drawn["html"]) == {f"where{TABLE}"} and "<table" in drawn["html"][f"where{TABLE}"]
    # of a region it is not recorded how it divides: said in its place
    refused = draw_charts(services, {"of": "region=us-east-1&days=7", "keys": ["owner table"]})["html"]
    assert "not recorded" in refused["owner table"] and "<table" not in refused["owner table"]
    assert draw_charts(services, {"of": "<script>&days=x" * 999, "keys": []})["html"] == {}


def test_what_went_wrong_with_a_chart_is_said_in_its_place(services):
    def away(_filter):
        raise DatabaseUnavailable("Postgres did not answer.")

    services.inventory.overview = away
    drawn = draw_charts(services, {"of": "provider=aws", "keys": ["where"]})
    assert "Postgres did not answer." in drawn["html"]["where"] and 'role="alert"' in drawn["html"]["where"]


def test_nothing_yet_says_what_to_do_next(empty, engine):
    with act_as(SYSTEM):
        shown = show_overview(empty, InventoryFilter())
    body = shown["body"]
    assert shown["no_tables"] and '"/ide"' in text(body) and "Nothing is in the inventory yet" in text(body)
    with act_as(NOBODY):
        body = show_overview(empty, InventoryFilter())["body"]
    assert "Ask an engineer" in text(body) and '"/ide"' not in text(body)
    schedule(engine, "aws_never", status=None)
    body = show_overview(empty, InventoryFilter())["body"]
    assert "none has been loaded" in text(body)


def test_filters_without_a_match_can_be_cleared(services):
    shown = show_overview(services, InventoryFilter(provider="nope"))
    assert "Nothing matches these filters" in text(shown["body"])
    assert shown["providers"][-1]["value"] == "nope"


def test_many_late_tables_are_said_first(services, engine):
    for name in ("a", "b"):
        id = schedule(engine, name, cron="* * * * *")
        load(engine, name, {"": instances(1)}, NOW - timedelta(days=2), schedule_id=id)
    body = show_overview(services, InventoryFilter())["body"]
    assert "2 of 3 tables missed a run" in text(body)


def test_a_database_that_is_away_is_words_not_a_trace(services):
    def away(_filter):
        raise DatabaseUnavailable("Postgres did not answer.")

    services.inventory.overview = away
    body = show_overview(services, InventoryFilter())["body"]
    assert "Postgres did not answer." in text(body)


def test_a_page_is_drawn_anew_when_there_is_news_and_not_at_the_first_look():
    assert watch("a", None) == {"known": "a", "shown": no_update}
    assert watch("a", "a") == {"known": "a", "shown": no_update}
    assert watch("b", "a") == {"known": "b", "shown": "b"}
