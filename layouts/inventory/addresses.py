"""Addresses of the inventory's pages and data: every link and every mark of a chart is made here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from types import MappingProxyType
from urllib.parse import quote, urlencode

from services.models import routes, url_words
from services.models.core import INVENTORY_SCHEMA, Scope
from services.models.inventory import InventoryFilter, TableRef
from services.models.url_values import ONLY_REGION, Days, format_only

PAGE = "/inventory"
WATCHES = "/watches"
# what one has narrowed the inventory to: it stands in the address of each of its pages and goes along with every link
TRAVELLING = (
    url_words.PROVIDER,
    url_words.REGION,
    url_words.ACCOUNT,
    url_words.OWNER,
    url_words.DAYS,
    url_words.DAY,
)
LONGEST_VALUE = 200
# of an address with a statement: servers take no longer ones
LONGEST_STATEMENT = 6_000
NOTHING: Mapping[str, str] = MappingProxyType({})
_carried: ContextVar[Mapping[str, str]] = ContextVar("inventory_filters", default=NOTHING)


def read_travelling(arguments: Mapping[str, object]) -> dict[str, str]:
    """Those of a page's arguments that go along; an empty owner or account is one that is not known."""
    return {
        name: str(arguments[name])[:LONGEST_VALUE]
        for name in TRAVELLING
        if arguments.get(name) or (name in NOT_KNOWN and arguments.get(name) == "")
    }


# whose empty value says something
NOT_KNOWN = (url_words.ACCOUNT, url_words.OWNER)


@contextmanager
def carrying(filters: Mapping[str, object]) -> Iterator[None]:
    """Let the links that are made meanwhile carry these filters, where they say nothing else of the same."""
    token = _carried.set(read_travelling(filters))
    try:
        yield
    finally:
        _carried.reset(token)


def list_carried() -> Mapping[str, str]:
    """The filters that are carried."""
    return _carried.get()


def name_carried() -> str:
    """The filters that are carried, as a word: what is kept of a page's links is kept by it."""
    return urlencode(_carried.get())


def _add_arguments(path: str, **values: object) -> str:
    """The path with those arguments that say something, and the filters that go along; None: what is carried, ""
    without."""
    said = {name: value for name, value in values.items() if value is not None}
    carried = {name: value for name, value in _carried.get().items() if name not in said}
    values = {name: value for name, value in said.items() if value != ""} | carried
    query = urlencode({name: str(value) for name, value in values.items()})
    return f"{path}?{query}" if query else path


def _add_plainly(path: str, **values: object) -> str:
    """The path with those arguments that say something, and nothing else: a route's."""
    query = urlencode({name: str(value) for name, value in values.items() if value not in (None, "")})
    return f"{path}?{query}" if query else path


def overview(wanted: InventoryFilter, **more: object) -> str:
    """The overview with its filters; the usual period is left out."""
    days = wanted.days if wanted.days != InventoryFilter().days else ""
    return _add_arguments(PAGE, provider=wanted.provider, region=wanted.region, days=days, **more)


def table(ref: TableRef, tab: str = "", **more: object) -> str:
    """A table's page."""
    plain = ref.schema == INVENTORY_SCHEMA and ref.name.isidentifier() and ref.name.isascii()
    if plain and not more and not _carried.get():
        # nothing to quote: an overview has hundreds of these
        return f"{PAGE}/{ref.name}" + (f"?tab={tab}" if tab else "")
    schema = None if ref.schema == INVENTORY_SCHEMA else ref.schema
    return _add_arguments(f"{PAGE}/{quote(ref.name, safe='')}", schema=schema, tab=tab or None, **more)


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


def changes(
    *,
    provider: str | None = None,
    region: str | None = None,
    day: date | Days | str | None = None,
    kind: str = "",
    **more: object,
) -> str:
    """The change feed of all tables. None: as it is carried; empty: without."""
    return _add_arguments(
        PAGE,
        view="changes",
        provider=provider,
        region=region,
        # a day goes before a period
        **({} if day is None else {"day": str(day), "days": ""}),
        kind=kind,
        **more,
    )


def resources(**wanted: object) -> str:
    """The list of all resources that have these values, beside those that are carried; None: without."""
    said = {"view": "resources", **{name: str(v) for name, v in wanted.items() if v is not None}}
    carried = {name: value for name, value in _carried.get().items() if name not in wanted}
    return PAGE + "?" + urlencode(said | carried)


def view(name: str) -> str:
    """A view of the first page, with the filters that go along. name: empty for the overview."""
    return _add_arguments(PAGE, view=name)


def chart_csv(name: str, wanted: InventoryFilter) -> str:
    """The numbers of one of the overview's charts."""
    route = routes.fill_route(routes.OVERVIEW_CHART, name=name)
    return _add_plainly(route, provider=wanted.provider, region=wanted.region, days=wanted.days)


def table_data(ref: TableRef, route: str, **more: object) -> str:
    """The address of a route about one table: TABLE_ROWS, TABLE_EXPORT or TABLE_CHART."""
    return _add_plainly(routes.fill_route(route, schema=ref.schema, name=ref.name), **more)


def schedule_without(schedule_id: int, scope: Scope) -> str:
    """The form of a schedule, as it would be without a scope; nothing is saved by opening it."""
    return _add_plainly("/schedules", **{url_words.EDIT: schedule_id, url_words.WITHOUT: scope.key})


def asset_data(route: str, **wanted: object) -> str:
    """The address of a route about all resources: ALL_RESOURCES, RESOURCE_EXPORT or RESOURCE_EXPORTS."""
    return route + ("?" + urlencode({n: str(v) for n, v in wanted.items()}) if wanted else "")
