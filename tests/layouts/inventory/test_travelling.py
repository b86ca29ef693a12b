"""Filters travel: whatever one has narrowed the inventory to stands in each of its links, or is said not to apply."""

from __future__ import annotations

import random

import pytest
from fakes.addresses import opened
from fakes.components import links, words
from fakes.overviews import name_of, ref_of, seeds
from hypothesis import given

from layouts.inventory import addresses
from layouts.inventory.page import APPLIED, VIEWS, layout
from layouts.inventory.table.page import say_filters
from services.models import routes
from services.models.inventory import InventoryFilter

FILTERS = {
    "provider": "aws",
    "region": "eu-west-1",
    "account": "4411",
    "owner": "",
    "days": "7",
    "day": "2026-11-16..",
}


@given(seeds)
def test_every_link_carries_the_filters_but_those_that_it_says_itself(source: random.Random) -> None:
    kept = {name: name_of(source) for name in source.sample(addresses.TRAVELLING, source.randint(0, 6))}
    ref = ref_of(source, 1)
    with addresses.carrying({**kept, "find": "x"}):
        made = {
            addresses.table(ref): (),
            addresses.table(ref, "coverage"): (),
            addresses.resource(ref, "k", "{}"): (),
            addresses.changes(kind="added"): (),
            addresses.changes(region="here"): ("region",),
            addresses.resources(owner=""): ("owner",),
            addresses.overview(InventoryFilter("p", "r", 7)): ("provider", "region", "days"),
            **{addresses.view(view.value): () for view in VIEWS},
        }
        without = addresses.changes(region=""), addresses.resources(region=None)
    for address, said in made.items():
        arguments = opened(address).arguments
        assert {name: arguments[name] for name in kept if name not in said} == {
            name: value for name, value in kept.items() if name not in said
        }
        assert "find" not in arguments
    assert all("region" not in opened(address).arguments for address in without)
    # nothing is carried outside
    assert "?" not in addresses.view("") and addresses.read_travelling({}) == {}


@pytest.mark.parametrize("view", [one.value for one in VIEWS])
def test_a_view_shows_each_filter_or_says_that_it_does_not_apply_it(view: str) -> None:
    page = layout(**FILTERS, **({"view": view} if view else {}))
    said = words(page)
    applied, _ = APPLIED[view]
    for name, value in FILTERS.items():
        if name not in applied:
            assert "Not applied here" in said and (value or "not known") in said
    assert ("Not applied here" in said) == (set(FILTERS) > set(applied))
    assert "does not know" not in said
    for address in links(page):
        if address.startswith(routes.ALL_RESOURCES):
            # a file, which is no page
            continue
        arguments = opened(address).arguments
        # a chip is without its own filter, a view's link with all; where days are named a period says nothing
        assert len(set(FILTERS) - set(arguments) - {"days"}) <= 1


def test_a_tables_tab_and_a_resource_say_what_they_do_not_apply() -> None:
    assert say_filters({"region": "eu-west-1", "owner": ""}, "rows") is None
    assert say_filters(FILTERS, "changes") is None
    assert "2026-11-16.." in words(say_filters(FILTERS, "rows"))
    assert "4411" in words(say_filters(FILTERS, "charts"))
    assert "eu-west-1" in words(say_filters(FILTERS, ""))
