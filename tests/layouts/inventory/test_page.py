"""The frame of the inventory's first page."""

from __future__ import annotations

from layouts.inventory import addresses
from layouts.inventory.page import layout, read_filter
from services.models.inventory import InventoryFilter


def test_the_url_names_the_filters_and_nonsense_is_left_out() -> None:
    wanted = read_filter({"provider": "aws", "region": "*", "days": "30"})
    assert wanted == InventoryFilter("aws", "", 30)
    assert read_filter({"days": "9999", "provider": None}) == InventoryFilter()
    assert (
        addresses.overview(InventoryFilter("aws", "eu-west-1")) == "/inventory?provider=aws&region=eu-west-1"
    )
    for arguments in (
        {},
        {"view": "changes", "day": "x", "kind": "y"},
        {"view": "resources", "region": ""},
        {"page": "0x1"},
    ):
        assert layout(**arguments).children
