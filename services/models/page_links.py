"""Addresses that services give to what they make; links on pages are made by the pages' own `addresses`."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from services.models import url_words
from services.models.core import INVENTORY_SCHEMA
from services.models.inventory import TableRef


def link_table(ref: TableRef, tab: str) -> str:
    """A part of a table's page: `/inventory/aws_ec2_instances?tab=coverage`."""
    said = {} if ref.schema == INVENTORY_SCHEMA else {url_words.SCHEMA: ref.schema}
    return f"/inventory/{quote(ref.name, safe='')}?{urlencode({**said, url_words.TAB: tab})}"


def link_schedule(id: int) -> str:
    """A schedule, opened in the list of schedules."""
    return f"/schedules?schedule={id}"


def link_inbox(*, kind: str = "", find: str = "") -> str:
    """The inbox's entries of a kind that have these words, whatever was done about them."""
    said = {url_words.STATE: "all", url_words.KIND: kind, url_words.FIND: find}
    return "/inbox?" + urlencode({name: value for name, value in said.items() if value})
