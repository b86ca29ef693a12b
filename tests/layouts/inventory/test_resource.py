"""A resource's page."""

from __future__ import annotations

import json
from typing import Any

from fakes.addresses import opened
from fakes.components import links, walk, words
from fakes.overviews import AT, age_of, name_of, names_of, ref_of, seeds
from hypothesis import given

from inventory_runner.models import Scope
from layouts.inventory import ids
from layouts.inventory.resource import body, header
from services.models.core import Change
from services.models.inventory import Asset, ChangeEntry, ResourceDetail, ScopeState


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
    assert all(value in said for value in (found.values if found.values is not None else found.last).values())
    assert ("Nothing has changed since it was first seen" in said) == (not found.timeline)
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
