"""The frame and the head of a table's page. The tab, and what is chosen in it, stand in the URL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from dash import dcc, html

from layouts.components.charts import find_provider_colour
from layouts.components.choosing import Option, tab, tab_list
from layouts.components.feedback import empty_state
from layouts.components.figures import Figure, NotApplicable, facts, make_coverage, read_at
from layouts.components.menu import link_entry, menu
from layouts.components.page import header as page_header
from layouts.inventory import addresses, ids
from layouts.inventory.tables import age, coverage, today
from services.models.core import INVENTORY_SCHEMA, TableKind
from services.models.inventory import TableDetail, TableRef
from services.models.wording import describe_table_kind, format_count

MOST_NAMED = 3

TAB_NAMES = (
    ("rows", "Rows"),
    ("charts", "Charts"),
    ("changes", "Changes"),
    ("coverage", "Coverage"),
    ("columns", "Columns"),
    ("source", "Source"),
    ("views", "Views"),
)


def read_ref(arguments: Mapping[str, Any]) -> TableRef:
    """The table that stored arguments name."""
    return TableRef(
        str(arguments.get("schema") or INVENTORY_SCHEMA)[:100], str(arguments.get("table") or "")[:200]
    )


def layout(table: str = "", **arguments: Any) -> html.Div:
    """The page of a table, or of one of its resources where the URL names a key."""
    names = [name for name, _ in TAB_NAMES]
    stored = {name: str(value)[:2000] for name, value in arguments.items() if isinstance(value, str)}
    stored["table"] = unquote(table)[:200]
    stored["tab"] = stored.get("tab", "") if stored.get("tab") in names else names[0]
    frame: list[Any] = [
        dcc.Store(id=ids.TABLE_ARGUMENTS, data=stored),
        html.Div(bare_header(stored), id=ids.TABLE_HEADER, className="table-header"),
    ]
    if stored.get("key"):
        return html.Div(
            [*frame, html.Div(id=ids.TABLE_CONTENT, className="table-content")], className="inventory-page"
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
            dcc.Store(
                id=ids.TABLE_TABS, data={n: v for n, v in stored.items() if n not in ("table", "schema")}
            ),
            html.Div(
                id=ids.TABLE_CONTENT,
                className="table-content",
                role="tabpanel",
                **{"aria-label": "The chosen part"},
            ),
        ],
        className="inventory-page table-page",
    )


def trail(stored: Mapping[str, str]) -> list[Any]:
    """The way here: the inventory, the table, and its resource where one is shown."""
    places: list[Any] = [dcc.Link("Inventory", href=addresses.PAGE)]
    ref = read_ref(stored)
    if not stored.get("key"):
        return [*places, ref.label]
    return [*places, dcc.Link(ref.label, href=addresses.table(ref)), stored["key"]]


def bare_header(stored: Mapping[str, str]) -> html.Div:
    """The head of what is not known yet, or is not there."""
    return page_header(stored.get("key") or read_ref(stored).label, "", trail=trail(stored))


def header(table: TableDetail, now: datetime, engineer: bool = False) -> html.Div:
    """The table's name and the four things one asks first: how much, how sure, how old, what moved."""
    summary = table.summary
    origin = ".".join(part for part in (summary.provider, summary.service, summary.resource) if part)
    sure, read = make_coverage(summary.scopes_ok, summary.scopes_total), read_at([summary.updated_at])
    itself = NotApplicable("scopes that were read whole when last tried")
    shown = [
        Figure("Rows", summary.rows, coverage=sure, as_of=read),
        Figure("Today", today(summary, now), coverage=sure, as_of=read, hint="Days begin at midnight UTC"),
        Figure("Coverage", coverage(summary), coverage=itself, as_of=read),
        Figure("Updated", age(summary, now), coverage=sure, as_of=read),
    ]
    return page_header(
        html.Span(table.ref.label, className="mono"),
        [
            origin or "unknown origin",
            f" · {table.description}" if table.description else "",
            *_elsewhere(table),
        ],
        trail=trail({"schema": table.ref.schema, "table": table.ref.name}),
        dot=find_provider_colour(summary.provider),
        facts=facts(shown, now),
        actions=_actions(table) if engineer else None,
    )


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
    for ref, count in list(table.counted_in.items())[:MOST_NAMED]:
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
