"""Addresses of the inventory: what its links write, its pages read back."""

from __future__ import annotations

from datetime import date, timedelta

from fakes.addresses import opened
from fakes.overviews import AT, KINDS, name_of, names_of, ref_of, seeds
from hypothesis import given

from layouts.inventory import addresses, ids
from layouts.inventory.page import read_filter
from layouts.inventory.table.page import TAB_NAMES
from services.models.inventory import ASSET_FILTERS, DAY_CHOICES, InventoryFilter, TableRef

REF = TableRef("stackql_inventory", "aws_ec2_instances")


def test_addresses_are_quoted() -> None:
    odd = TableRef("other", "a/b?c")
    assert addresses.table(odd, "rows") == "/inventory/a%2Fb%3Fc?schema=other&tab=rows"
    address = addresses.resource(REF, "arn:aws:x/&y", "{}")
    assert address == "/inventory/aws_ec2_instances?key=arn%3Aaws%3Ax%2F%26y"
    assert (
        addresses.overview(InventoryFilter("aws", "eu-west-1")) == "/inventory?provider=aws&region=eu-west-1"
    )


@given(seeds)
def test_a_tables_address_opens_the_table_at_the_tab(random) -> None:
    ref, (tab, _) = ref_of(random, 1), random.choice(TAB_NAMES)
    page = opened(addresses.table(ref, tab))
    assert (page.table, page.tab) == (ref, tab)


@given(seeds)
def test_the_address_of_rows_opens_those_rows(random) -> None:
    ref, only = ref_of(random, 1), {name: name_of(random) for name in names_of(random, 3)}
    page = opened(addresses.rows(ref, only))
    assert (page.table, page.tab, page.only) == (ref, "rows", only)


@given(seeds)
def test_a_resources_address_opens_the_resource(random) -> None:
    ref, key, scope = ref_of(random, 1), name_of(random), random.choice(("{}", '{"region":"a&b"}'))
    page = opened(addresses.resource(ref, key, scope))
    stored = page.stores[ids.TABLE_ARGUMENTS]
    assert (page.table, stored["key"], stored.get("scope", "{}")) == (ref, key, scope)


@given(seeds)
def test_the_overviews_address_holds_its_filters(random) -> None:
    wanted = InventoryFilter(
        name_of(random), random.choice(("", name_of(random))), random.choice(DAY_CHOICES)
    )
    page = opened(addresses.overview(wanted))
    assert read_filter(page.arguments) == wanted
    for id, value in ((ids.PROVIDER, wanted.provider), (ids.REGION, wanted.region or "*")):
        assert page.value(id) == value
    assert page.value(ids.DAYS) == str(wanted.days)


@given(seeds)
def test_the_address_of_changes_opens_the_feed_of_a_provider_a_day_and_a_kind(random) -> None:
    provider, kind = random.choice(("", name_of(random))), random.choice(("", "added", "removed", "changed"))
    day: date | None = random.choice((None, AT.date() - timedelta(days=random.randint(0, 99))))
    region = random.choice(("", name_of(random)))
    page = opened(addresses.changes(provider=provider, region=region, day=day, kind=kind))
    store = {"provider": provider, "region": region, "schema": "", "table": ""}
    assert {name: page.stores[ids.CHANGES_STORE][name] for name in store} == store
    assert page.value(ids.CHANGES_DAY) == (day.isoformat() if day else "")
    assert page.value(ids.CHANGES_KIND) == kind


@given(seeds)
def test_the_address_of_resources_opens_those_that_have_the_values(random) -> None:
    chosen = random.sample(ASSET_FILTERS, random.randint(0, 3))
    # an empty value asks for those of which it is not known
    wanted = {name: random.choice(("", name_of(random))) for name in chosen}
    assert opened(addresses.resources(**wanted)).stores[ids.ASSETS_STORE] == wanted


@given(seeds)
def test_a_table_chart_that_an_address_names_is_the_one_that_is_drawn(random) -> None:
    from callbacks.inventory.table.charts import read_choice

    named = {
        "by": name_of(random),
        "measure": "sum",
        "of": name_of(random),
        "split": "",
        "kind": random.choice(KINDS),
    }
    page = opened(addresses.table(REF, "charts", **named))
    choice = read_choice(page.stores[ids.TABLE_TABS])
    assert (choice.by, choice.measure, choice.of, choice.split, choice.kind) == tuple(named.values())
