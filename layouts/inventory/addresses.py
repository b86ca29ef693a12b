"""Addresses of the inventory's pages and data: every link and every mark of a chart is made here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from urllib.parse import quote, urlencode

from services.models import routes
from services.models.core import INVENTORY_SCHEMA
from services.models.inventory import InventoryFilter, TableRef
from services.models.url_values import ONLY_REGION, format_only

PAGE = "/inventory"


def _add_arguments(path: str, **values: object) -> str:
    """The path with those arguments that say something."""
    query = urlencode({name: str(value) for name, value in values.items() if value not in (None, "")})
    return f"{path}?{query}" if query else path


def overview(wanted: InventoryFilter, **more: object) -> str:
    """The overview with its filters; the usual period is left out."""
    days = wanted.days if wanted.days != InventoryFilter().days else None
    return _add_arguments(PAGE, provider=wanted.provider, region=wanted.region, days=days, **more)


def table(ref: TableRef, tab: str = "", **more: object) -> str:
    """A table's page."""
    if ref.schema == INVENTORY_SCHEMA and not more and ref.name.isidentifier() and ref.name.isascii():
        # nothing to quote: an overview has hundreds of these
        return f"{PAGE}/{ref.name}" + (f"?tab={tab}" if tab else "")
    schema = None if ref.schema == INVENTORY_SCHEMA else ref.schema
    return _add_arguments(f"{PAGE}/{quote(ref.name, safe='')}", schema=schema, tab=tab, **more)


def rows(ref: TableRef, only: Mapping[str, str], find: str = "", as_of: str = "") -> str:
    """A table's rows that have these values, now or as of a day or minute.

    only: column → value, as a chart groups by it, or a word of `url_values`; find: words that the rows have.
    """
    return table(ref, only=format_only(only), find=find, asof=as_of)


def table_in(ref: TableRef, region: str) -> str:
    """A table's page; where a region is chosen its rows there, since the number that leads here counts those."""
    return rows(ref, {ONLY_REGION: region}) if region else table(ref)


def resource(ref: TableRef, key: str, scope: str) -> str:
    """A resource's page."""
    return table(ref, key=key, scope=None if scope == "{}" else scope)


def changes(*, provider: str = "", region: str = "", day: date | None = None, kind: str = "") -> str:
    """The change feed of all tables."""
    return _add_arguments(
        PAGE,
        view="changes",
        provider=provider,
        region=region,
        day=day.isoformat() if day else None,
        kind=kind,
    )


def resources(**wanted: object) -> str:
    """The list of all resources that have these values."""
    return (
        PAGE + "?" + urlencode({"view": "resources", **{name: str(value) for name, value in wanted.items()}})
    )


def view(name: str, kept: Mapping[str, str]) -> str:
    """A view of the first page, with the filters that go along. name: empty for the overview."""
    return _add_arguments(PAGE, view=name, **kept)


def chart_csv(name: str, wanted: InventoryFilter) -> str:
    """The numbers of one of the overview's charts."""
    route = routes.fill_route(routes.OVERVIEW_CHART, name=name)
    return _add_arguments(route, provider=wanted.provider, region=wanted.region, days=wanted.days)


def table_data(ref: TableRef, route: str, **more: object) -> str:
    """The address of a route about one table: TABLE_ROWS, TABLE_EXPORT or TABLE_CHART."""
    return _add_arguments(routes.fill_route(route, schema=ref.schema, name=ref.name), **more)


def asset_rows(**wanted: object) -> str:
    """The route that gives blocks of all resources."""
    return routes.ALL_RESOURCES + ("?" + urlencode({n: str(v) for n, v in wanted.items()}) if wanted else "")
