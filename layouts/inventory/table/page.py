"""The frame and the head of a table's page. The tab, and what is chosen in it, stand in the URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from dash import dcc, html

from layouts.components.charts import find_provider_colour
from layouts.components.choosing import Option, tab, tab_list
from layouts.components.feedback import empty_state, relative_time
from layouts.components.figures import Figure, cover, facts, mark
from layouts.components.menu import link_entry, menu
from layouts.components.page import header as page_header
from layouts.components.page import icon
from layouts.components.watching import watch_button
from layouts.inventory import addresses, ids
from layouts.inventory.filters import list_unknown, not_applied, unknown_filters
from layouts.inventory.tables import age, coverage, today
from services.models import url_words
from services.models.core import INVENTORY_SCHEMA, ScopeStatus, TableKind
from services.models.coverage import NotApplicable, Reading
from services.models.grid_view import LONGEST_ADDRESS
from services.models.inventory import ScopeState, TableDetail, TableMoment, TableRef
from services.models.watches import WatchKind, WatchTarget
from services.models.wording import (
    describe_scope_status,
    describe_table_kind,
    format_count,
    format_exact_time,
)

TAB_NAMES = (
    ("rows", "Rows"),
    ("charts", "Charts"),
    ("changes", "Changes"),
    ("coverage", "Coverage"),
    ("columns", "Columns"),
    ("source", "Source"),
)

# what an address of a table's page may carry, whichever tab it names
KNOWN_ARGUMENTS = frozenset(
    {
        url_words.SCHEMA,
        url_words.TAB,
        url_words.AS_OF,
        url_words.ONLY,
        url_words.FIND,
        url_words.WHERE,
        url_words.SORT,
        url_words.KIND,
        url_words.DAY,
        url_words.BY,
        url_words.MEASURE,
        url_words.OF,
        url_words.SPLIT,
        url_words.FILTER,
        url_words.KEY,
        url_words.SCOPE,
        url_words.FLAPPING,
        *addresses.TRAVELLING,
    }
)
# the tabs that show a past moment where the address names one
TABS_OF_MOMENTS = ("rows", "charts", "coverage", "columns")
NAMED_SCOPES = 3
LONGEST_ARGUMENT = 2_000


def read_ref(arguments: Mapping[str, Any]) -> TableRef:
    """The table that stored arguments name."""
    return TableRef(
        str(arguments.get("schema") or INVENTORY_SCHEMA)[:100], str(arguments.get("table") or "")[:200]
    )


@dataclass(frozen=True)
class Filling:
    """What the services know of a page. header: its head. filters: which it does not apply. content: its tab, or its
    resource.
    """

    header: Any
    filters: Any = None
    content: Any = None


def layout(table: str = "", **arguments: Any) -> html.Div:
    """The page as far as its address tells; callbacks/inventory/table/page.py serves it with what is in it."""
    stored = read_arguments(table, arguments)
    return draw_page(stored, list_unknown(arguments, KNOWN_ARGUMENTS), Filling(bare_header(stored)))


def read_arguments(table: str, arguments: Mapping[str, Any]) -> dict[str, str]:
    """What a page's address says, with the table's name and the tab; too long values are cut."""
    names = [name for name, _ in TAB_NAMES]
    stored = {
        name: value[: LONGEST_ADDRESS if name == url_words.WHERE else LONGEST_ARGUMENT]
        for name, value in arguments.items()
        if isinstance(value, str)
    }
    stored["table"] = unquote(table)[:200]
    # views have a place in Source: links from before lead there
    asked = "source" if stored.get("tab") == "views" else stored.get("tab", "")
    stored["tab"] = asked if asked in names else names[0]
    return stored


def read_chosen(stored: Mapping[str, str]) -> dict[str, str]:
    """The tab, and what the address says is chosen in it."""
    kept = addresses.read_travelling(stored)
    return {
        name: value
        for name, value in stored.items()
        if name not in {"table", "schema", *kept} or name == url_words.DAY
    }


def draw_page(stored: dict[str, str], unknown: Sequence[str], filling: Filling) -> html.Div:
    """The page of a table, or of one of its resources where the address names a key.

    unknown: what the address says that no tab knows.
    """
    frame: list[Any] = [
        dcc.Store(id=ids.TABLE_ARGUMENTS, data=stored),
        html.Div(filling.header, id=ids.TABLE_HEADER, className="table-header"),
        unknown_filters(unknown),
        # of the tabs and of a resource each says for itself what it applies
        html.Div(filling.filters, id=ids.TABLE_FILTERS),
    ]
    if stored.get("key"):
        return html.Div(
            [*frame, html.Div(filling.content, id=ids.TABLE_CONTENT, className="table-content")],
            className="inventory-page",
        )
    return html.Div(
        [
            *frame,
            # assets/inventory/page.js chooses a tab by a click or the arrow keys
            tab_list(
                "Parts of the table's page",
                [
                    tab(
                        Option(name, title),
                        name == stored["tab"],
                        "table-tab",
                        **{"aria-controls": ids.TABLE_CONTENT, "data-tab": name},
                    )
                    for name, title in TAB_NAMES
                ],
                "table-tabs",
            ),
            # what the address says of the tab; assets/inventory/page.js gives another its own when it is chosen
            dcc.Store(id=ids.TABLE_TABS, data=read_chosen(stored)),
            html.Div(
                filling.content,
                id=ids.TABLE_CONTENT,
                className="table-content",
                role="tabpanel",
                **{"aria-label": "The chosen part"},
            ),
        ],
        className="inventory-page table-page",
    )


def say_filters(arguments: Mapping[str, str], tab: str) -> Any:
    """Which filters came along that a tab, or a resource's page (empty), does not apply."""
    applied = {
        "rows": (url_words.PROVIDER, url_words.REGION, url_words.ACCOUNT, url_words.OWNER),
        "changes": addresses.TRAVELLING,
    }.get(tab, (url_words.PROVIDER,))
    why = "Rows knows region, account and owner, Changes all." if tab else "They are not about one resource."
    return not_applied(addresses.read_travelling(arguments), applied, why)


def trail(stored: Mapping[str, str]) -> list[Any]:
    """The way here: the inventory, the table, and its resource where one is shown."""
    places: list[Any] = [dcc.Link("Inventory", href=addresses.PAGE)]
    ref = read_ref(stored)
    if not stored.get("key"):
        return [*places, ref.label]
    return [*places, dcc.Link(ref.label, href=addresses.table(ref)), stored["key"]]


def bare_header(stored: Mapping[str, str]) -> html.Div:
    """The head of what is not known yet, or is not there."""
    name = html.Span(stored.get("key") or read_ref(stored).label, className="given")
    return page_header(name, "", trail=trail(stored))


def header(
    table: TableDetail,
    now: datetime,
    engineer: bool = False,
    tab: str = "",
    watched: bool | None = None,
) -> list[Any]:
    """The table's name and the four things one asks first: how much, how sure, how old, what moved.

    Of a past moment these are its own, and a line says which it is. tab: the tab that is shown. watched: by the
    person; None where it cannot be watched.
    """
    target = WatchTarget(WatchKind.TABLE, table.ref)
    actions = [
        watch_button(target, watched) if watched is not None else None,
        _actions(table) if engineer else None,
    ]
    summary = table.summary
    origin = ".".join(part for part in (summary.provider, summary.service, summary.resource) if part)
    head = page_header(
        html.Span(table.ref.label, className="mono"),
        [
            html.Span(origin or "unknown origin", className="given"),
            html.Span(f" · {table.description}", className="given") if table.description else None,
            html.Span(_elsewhere(table), **mark(table.reading)),
        ],
        trail=trail({"schema": table.ref.schema, "table": table.ref.name}),
        dot=find_provider_colour(summary.provider),
        facts=facts(_list_figures(table, now)),
        actions=[one for one in actions if one] or None,
    )
    return [head, _past(table.ref, table.moment, now, tab) if table.moment else None]


def _list_figures(table: TableDetail, now: datetime) -> list[Figure]:
    summary, reading = table.summary, table.reading
    itself = Reading(
        NotApplicable("scopes that were read whole when last tried"), reading.as_of, reading.unread
    )
    if table.moment is None:
        return [
            Figure("Rows", summary.rows, reading=reading),
            Figure("Today (UTC)", today(summary, now), reading=reading, hint="Days begin at midnight UTC"),
            Figure("Coverage", coverage(summary), reading=itself),
            Figure("Updated", age(summary, now), reading=reading),
        ]
    scopes = table.moment.scopes
    read = sum(1 for one in scopes if one.status == ScopeStatus.OK)
    newest = max((one.ok_at for one in scopes if one.ok_at), default=None)
    words = html.Span(f"{read:,} of {len(scopes):,}", className="tone-warning" * (read < len(scopes)))
    return [
        Figure("Rows then", table.moment.rows, reading=reading),
        Figure("Coverage then", words if scopes else None, reading=itself),
        Figure("Read", relative_time(newest, now) if newest else None, reading=reading),
    ]


def _past(ref: TableRef, moment: TableMoment, now: datetime, tab: str) -> html.Div:
    """Which moment is shown, and what had not been read by then."""
    missing = [one for one in moment.scopes if one.status != ScopeStatus.OK]
    words: list[Any] = [html.Strong(f"As it was at {format_exact_time(moment.at)}"), ". "]
    if not moment.scopes:
        words.append("What had been read by then is not known: no run of that time is recorded. ")
    elif missing:
        words.append(
            f"{len(moment.scopes) - len(missing)} of {len(moment.scopes)} scopes had been read whole, "
        )
        words += list_scope_words(missing, now)
    else:
        words.append(f"All {format_count(len(moment.scopes), 'scope')} had been read whole. ")
    back = dcc.Link(
        "Back to now", href=addresses.table(ref, tab), className="btn btn-outline-secondary btn-sm"
    )
    return cover([icon("bi-clock-history"), html.Span(words), back], moment.reading, "past-line")


def list_scope_words(scopes: Sequence[ScopeState], now: datetime) -> list[Any]:
    """`not sa-east-1 (denied, read 3 d ago), …`: scopes that were not read, the first of them."""
    words: list[Any] = ["not "]
    for i, one in enumerate(scopes[:NAMED_SCOPES]):
        words += [
            ", " if i else "",
            html.Strong(one.scope.label),
            f" ({describe_scope_status(one.status)}, last read whole ",
            relative_time(one.ok_at, now),
            ")",
        ]
    more = len(scopes) - NAMED_SCOPES
    return [*words, f" and {more:,} more. " if more > 0 else ". "]


def _elsewhere(table: TableDetail) -> list[Any]:
    """What of its rows totals do not count here, and where they do: `11 of 11 rows are counted in …`."""
    summary = table.summary
    rows = summary.rows or 0
    if not rows or summary.resources >= rows:
        return []
    if summary.kind is not TableKind.INVENTORY:
        return [" · ", f"Its rows are {describe_table_kind(summary.kind)}"]
    if not table.counted_in:
        return [" · ", "No column says which resource a row is, so no total counts its rows"]
    parts: list[Any] = []
    for ref, count in list(table.counted_in.items())[:NAMED_SCOPES]:
        told = f" · {count:,} of {format_count(rows, 'row')} {'is' if count == 1 else 'are'} "
        if ref is None:
            parts.append(f"{told}not counted")
        elif ref == table.ref:
            parts.append(f"{told}of resources that its other rows count")
        else:
            parts += [f"{told}counted in ", dcc.Link(ref.label, href=addresses.table(ref), className="mono")]
    return parts


def _actions(table: TableDetail) -> Any:
    """What engineers do with a table elsewhere."""
    summary, entries = table.summary, []
    if summary.query_id and table.query_text:
        entries.append(link_entry("Open its query in the IDE", f"/ide?query={summary.query_id}"))
    if summary.schedule_id:
        entries.append(link_entry("Open its schedule", f"/schedules?schedule={summary.schedule_id}"))
    return menu(f"Actions of {table.ref.label}", entries) if entries else None


def unloaded_page(table: TableDetail, engineer: bool) -> html.Div:
    """A table that has a schedule and no data."""
    return empty_state(
        "bi-hourglass-split",
        "This table has never been loaded",
        "Its rows are not known. They appear with the first run that succeeds.",
        dcc.Link(
            "Open its schedule",
            href=f"/schedules?schedule={table.summary.schedule_id}",
            className="btn btn-primary",
        )
        if engineer and table.summary.schedule_id
        else None,
    )
