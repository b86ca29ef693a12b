"""A resource's page."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dash import dcc
from fakes.addresses import opened
from fakes.components import links, walk, words
from fakes.overviews import AT, age_of, name_of, names_of, ref_of, seeds
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.models import Scope
from layouts.inventory import addresses, ids
from layouts.inventory.resource import body, header
from layouts.inventory.resource_related import alike, tag_chips
from services.models.core import Change
from services.models.inventory import Asset, ChangeEntry, ColumnInfo, ResourceDetail, ScopeState, TableRef
from services.models.resource_filter import parse_filter


def detail_of(random: Any) -> ResourceDetail:
    """A resource that is there, or gone; of a scope that was read, or not."""
    ref, key, scope = ref_of(random, 1), name_of(random), Scope({"region": "eu-west-1"})
    values = {name: name_of(random) for name in names_of(random, 5)}
    gone = random.random() < 0.3
    newest = Change.REMOVED if gone else Change.CHANGED
    timeline = tuple(
        ChangeEntry(
            number,
            ref,
            AT - age_of(random),
            Change.CHANGED if number else newest,
            key,
            scope,
            values,
            values,
            ("state",),
        )
        for number in range(random.randint(1 if gone else 0, 3))
    )
    asset = Asset(ref, scope.key, key, "aws", "ec2", "instances", name_of(random), random.choice(("", "web")))
    state = ScopeState(
        scope, random.choice(("ok", "denied", "additive")), 3, "403", AT, random.choice((None, AT))
    )
    return ResourceDetail(
        ref,
        key,
        scope,
        None if gone else values,
        values,
        random.choice((None, asset)),
        {"owner": "data"},
        confirmed_at=random.choice((None, AT)),
        scope_state=random.choice((None, state)),
        timeline=timeline,
    )


@given(seeds)
def test_a_resource_says_whether_it_is_there_and_how_sure_that_is(random: Any) -> None:
    found = detail_of(random)
    drawn = body(found, AT)
    said = words(drawn)
    gone, state = found.values is None, found.scope_state
    assert ("This resource is gone" in said) == gone and ("Last known values" in said) == gone
    unread = not gone and state is not None and state.status not in ("ok", "additive")
    additive = not gone and state is not None and state.status == "additive"
    assert ("Whether it is still there is not known" in said) == additive
    assert ("The newest run did not confirm it" in said) == unread
    if unread or additive:
        page = next(page for page in map(opened, links(drawn)) if page.tab == "coverage")
        assert page.table == found.table
    assert all(value in said for value in found.last.values())
    assert ("No run found a change of it" in said) == (not found.timeline)
    # both ends of the timeline are drawn, whatever is known of them
    ends = [one for one in walk(drawn) if "timeline-mark" in (getattr(one, "className", None) or "")]
    assert ("Gone" in words(ends[0])) == gone and "First seen" in words(ends[-1])
    (raw,) = [one for one in walk(drawn) if getattr(one, "id", None) == ids.RESOURCE_JSON]
    assert json.loads(raw.children) == (found.values if found.values is not None else found.last)


@given(seeds)
def test_its_head_calls_it_by_the_best_name_there_is(random: Any) -> None:
    found = detail_of(random)
    said = words(header(found))
    if found.asset is None:
        assert found.key in said and found.table.label in said
    else:
        assert said.startswith(found.asset.name or found.asset.id) and "aws.ec2.instances" in said


HARD = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


@given(
    HARD | st.integers(1, 2000).map(lambda n: ("i/ü%'\"" * 400)[:n]), st.dictionaries(HARD, HARD, max_size=2)
)
def test_an_address_leads_to_the_resource_whatever_it_is_called(key: str, values: dict[str, str]) -> None:
    scope = Scope(values)
    page = opened(addresses.resource(TableRef("stackql_inventory", "aws_s3_buckets"), key, scope.key))
    stored = page.stores[ids.TABLE_ARGUMENTS]
    assert (stored["key"], Scope.from_key(stored.get("scope") or "{}")) == (key, scope)


@given(HARD, HARD)
def test_a_tag_and_what_is_like_it_are_searches_that_ask_for_that_alone(name: str, value: str) -> None:
    ref, scope = TableRef("stackql_inventory", "t"), Scope()
    asset = Asset(
        ref, "{}", "k", "aws", "ec2", "instances", "k", "k", region=value, account=name, owner=value
    )
    found = ResourceDetail(ref, "k", scope, {}, {}, asset, {name: value})
    with addresses.carrying({"region": "elsewhere"}):
        (tag,) = links(tag_chips(found))
        alikes = links(alike(found))
    (term,) = parse_filter(opened(tag).arguments["find"]).terms
    assert (term.name, term.key, term.value) == ("tag", name, value)
    asked = [parse_filter(opened(one).arguments["find"]) for one in alikes]
    assert [[term.name for term in one.terms] for one in asked] == [
        ["type"],
        ["type", "region"],
        ["type", "account"],
        ["type", "owner"],
        ["owner"],
    ]
    assert all(term.value in ("aws.ec2.instances", name, value) for one in asked for term in one.terms)
    assert "region" not in opened(tag).arguments


def test_the_console_and_the_editor_are_links_of_their_own_kind() -> None:
    ref = TableRef("stackql_inventory", "t")
    found = ResourceDetail(
        ref, "k", Scope(), {}, {}, console="https://github.com/a/b", live="SELECT 1", row="SELECT * FROM t"
    )
    (console,) = [one for one in walk(header(found)) if getattr(one, "target", None)]
    assert (console.href, console.rel) == (found.console, "noopener noreferrer")
    asked = [opened_query(one) for one in links(header(found, engineer=True)) if one.startswith("/ide?")]
    assert asked == [
        {"sql": "SELECT 1", "source": "live"},
        {"sql": "SELECT * FROM t", "source": "inventory"},
    ]
    assert not [one for one in links(header(found)) if one.startswith("/ide")]
    wrong = replace(found, console="javascript:alert(1)", live="x" * 9000)
    assert not [one for one in walk(header(wrong)) if getattr(one, "target", None)]
    assert len([one for one in links(header(wrong, engineer=True)) if one.startswith("/ide?")]) == 1


def opened_query(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def test_values_are_read_as_their_types_and_tags_stand_once() -> None:
    ref = TableRef("stackql_inventory", "t")
    values = {
        "on": True,
        "is_public": 0,
        "note": None,
        "at": "2026-11-21T12:00:00Z",
        "rules": [{"port": number, "from": "0.0.0.0/0"} for number in range(40)],
        "tags": {"env": "prod-only-once"},
    }
    columns = (ColumnInfo("on", "boolean"), ColumnInfo("at", "text"), ColumnInfo("tags", "json"))
    found = ResourceDetail(
        ref, "k", Scope(), values, values, tags=values["tags"], columns=columns, tag_columns=("tags",)
    )
    left = body(found, AT)[-1].children[0].children[0]
    said = words(left)
    assert (
        said.count("prod-only-once") == 1 and "on yes" in said and "is_public no" in said and "note –" in said
    )
    assert "40 items" in said
    (folded,) = [one for one in walk(left) if getattr(one, "className", None) == "folded-json"]
    assert not getattr(folded, "open", None)
    copied = {one.title: one.content for one in walk(left) if isinstance(one, dcc.Clipboard)}
    assert copied["Copy at"] == values["at"] and json.loads(copied["Copy rules"]) == values["rules"]
