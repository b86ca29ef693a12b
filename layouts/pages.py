"""The one list of pages: the navigation, the routes and the roles come from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from layouts.ide import page as ide
from layouts.inbox import page as inbox
from layouts.inventory import addresses, watches
from layouts.inventory import page as inventory
from layouts.inventory.table import page as inventory_table
from layouts.providers import page as providers
from layouts.schedules import page as schedules


@dataclass(frozen=True)
class Page:
    """path: where it is served (`path_template` where it takes values); icon: a name of bootstrap-icons.

    layout: called with the URL's values and query arguments. group: under which heading of the navigation it stands,
    empty where it has no line there.
    """

    name: str
    title: str
    path: str
    icon: str
    layout: Callable[..., Any]
    path_template: str | None = None
    engineers_only: bool = True
    group: str = ""


PAGES = [
    # the address without a path shows the first page
    Page("home", "Inventory", "/", "bi-columns-gap", inventory.layout, engineers_only=False),
    Page(
        "inventory",
        "Inventory",
        "/inventory",
        "bi-columns-gap",
        inventory.layout,
        engineers_only=False,
        group="See",
    ),
    Page(
        "inventory_table",
        "Inventory",
        "/inventory/none",
        "bi-table",
        inventory_table.layout,
        path_template="/inventory/<table>",
        engineers_only=False,
    ),
    Page("inbox", "Inbox", "/inbox", "bi-inbox", inbox.layout, engineers_only=False, group="See"),
    Page("watches", "Watches", addresses.WATCHES, "bi-eye", watches.layout, engineers_only=False),
    Page("ide", "IDE", "/ide", "bi-terminal", ide.layout, group="Build"),
    Page("schedules", "Schedules", "/schedules", "bi-calendar3", schedules.layout, group="Run"),
    Page("providers", "Providers", "/providers", "bi-key", providers.layout, group="Run"),
]


def has_page(path: str) -> bool:
    """Whether an address, as `/inventory/aws_ec2_instances`, is one of the pages'; its query does not matter."""
    return any(_fits(path.strip("/"), page.path_template or page.path) for page in PAGES)


def _fits(path: str, template: str) -> bool:
    parts = re.split(r"<.*?>", template.strip("/"))
    return re.fullmatch("[^/]+".join(map(re.escape, parts)), path) is not None
