"""Addresses of the inventory: written by its links, read by its pages."""

from __future__ import annotations

from dataclasses import replace

from layouts.inventory import addresses
from layouts.inventory.table import page
from services.models.inventory import TableRef

REF = TableRef("stackql_inventory", "aws_ec2_instances")


def test_addresses_are_quoted() -> None:
    odd = TableRef("other", "a/b?c")
    assert addresses.table(odd, "rows") == "/inventory/a%2Fb%3Fc?schema=other&tab=rows"
    assert (
        addresses.resource(REF, "arn:aws:x/&y", "{}")
        == "/inventory/aws_ec2_instances?key=arn%3Aaws%3Ax%2F%26y"
    )
    stored = page.layout(table="a%2Fb%3Fc", schema="other").children[0].data
    assert page.ref_of(stored) == odd
    assert replace(odd, schema="stackql_inventory").label == "a/b?c"
