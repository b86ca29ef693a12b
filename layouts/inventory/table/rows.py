"""The Rows tab of a table's page: the grid, the time that it shows, and the table as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.exports import export_menu
from layouts.components.figures import cover, mark
from layouts.components.grid import GridColumn, data_column, infinite_grid, read_at_column
from layouts.components.menu import link_entry
from layouts.components.page import Children, hidden_label, icon, panel
from layouts.inventory import addresses, ids
from layouts.inventory.filters import chips, view_chips
from layouts.inventory.table.page import list_scope_words
from services.models import routes, url_words
from services.models.core import ScopeStatus
from services.models.coverage import Reading
from services.models.grid_view import GridView
from services.models.inventory import ColumnInfo, ScopeState, TableDetail, TableRef, TableRun, read_scopes
from services.models.url_values import (
    ONLY_ACCOUNT,
    ONLY_OPENED,
    ONLY_OWNER,
    ONLY_REGION,
    ONLY_STALE,
    end_of,
    format_only,
)
from services.models.wording import format_count, format_minute

TIME_EXAMPLE = "2026-11-13 19:11"
WEEK = 7
# owners that are named above the rows
MOST_OWNERS = 6
# word of `only` → the filter that goes along with every link
TRAVELLING = {
    ONLY_REGION: url_words.REGION,
    ONLY_ACCOUNT: url_words.ACCOUNT,
    ONLY_OWNER: url_words.OWNER,
}
# links that show other rows keep what is chosen in the grid: assets/inventory/page.js adds it from the address
KEEPS_SEARCH = {"data-keeps": f"{url_words.FIND} {url_words.AS_OF}"}
KEEPS_VIEW = {"data-keeps": f"{url_words.FIND} {url_words.WHERE} {url_words.SORT}"}
OWN_TITLES = {"_first_seen_at": "first seen", "_changed_at": "changed"}


def rows_tab(
    find: str, moments: Any, shown: Mapping[str, Any], view: Mapping[str, str], named: Any = None
) -> list[Any]:
    """The grid with its search, the date it shows, and the exports. moments: made by `moments_line`.

    shown: `grid`, and what is said of it: `note`, `exports`, `unread`. view: the columns' filters and the order, as
    the address has them. named: these as chips.
    """
    return [
        # what the address says, and then what the grid does (assets/shared/grid.js)
        dcc.Store(id=ids.ROWS_VIEW, data=dict(view)),
        # past the owners, the times and a mark a run; assets/inventory/page.js goes there
        html.A("Skip to the rows", href=f"#{ids.ROWS_BODY}", className="skip-link"),
        html.Div(shown["unread"], id=ids.ROWS_UNREAD),
        html.Div(id=ids.ROWS_OWNERS, **KEEPS_VIEW),
        moments,
        panel(
            [
                hidden_label(
                    "Filter rows",
                    dbc.Input(
                        id=ids.ROWS_FIND,
                        type="search",
                        placeholder="Filter rows",
                        value=find,
                        size="sm",
                        className="rows-find",
                    ),
                ),
                html.Span(shown["note"], id=ids.ROWS_NOTE, className="rows-note", **KEEPS_VIEW),
                html.Span(named, id=ids.ROWS_CHIPS, className="column-chips", **KEEPS_SEARCH),
            ],
            html.Div(shown["grid"], id=ids.ROWS_BODY, className="grid-box", tabIndex=-1),
            html.Span(shown["exports"], id=ids.ROWS_EXPORTS),
            "grid-panel",
        ),
    ]


def moments_line(
    table: TableDetail, runs: Sequence[TableRun], as_of: str, find: str, only: str, now: datetime
) -> html.Div:
    """The times that the table can be shown at: words, the runs that wrote it with what they read, any other time.

    as_of: the one that is shown, empty for now. find, only: what the rows are narrowed to, which every time keeps.
    """
    shown = end_of(as_of)

    def chip(words: str, moment: str, title: str) -> dcc.Link:
        on = end_of(moment) == shown
        return dcc.Link(
            words,
            href=addresses.table(table.ref, asof=moment, find=find, only=only),
            className="pill active" if on else "pill",
            title=title,
        )

    chips = [chip("Now", "", "The table as the newest run left it")]
    for words, days in (("Yesterday", 1), ("7 days ago", WEEK)):
        day = now.astimezone(UTC).date() - timedelta(days=days)
        if table.first_day and day >= table.first_day:
            chips.append(chip(words, day.isoformat(), f"At the end of {day.isoformat()}, UTC"))
    changed = table.summary.changed_at
    before = changed and changed.astimezone(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)
    if before and table.first_day and before.date() >= table.first_day:
        chips.append(
            chip(
                "Before the last change",
                format_minute(before),
                f"At {format_minute(before)} UTC, a minute before it",
            )
        )
    other = bool(shown) and not any(one.className.endswith("active") for one in chips)
    return html.Div(
        [
            html.Span("As of", className="summary-title"),
            *chips,
            _run_strip(table, runs, shown, find, only) if len(runs) > 1 else None,
            html.Details(
                [
                    html.Summary("Another time"),
                    html.Label(
                        [
                            html.Span("UTC, 24 h"),
                            # text: the browser's own field writes 11/13/2026 or 13.11.2026, as its language does
                            dbc.Input(
                                id=ids.ROWS_AS_OF,
                                value=format_minute(shown) if shown else "",
                                placeholder=TIME_EXAMPLE,
                                pattern=r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?",
                                maxlength=len(TIME_EXAMPLE),
                                autocomplete="off",
                                size="sm",
                                debounce=True,
                            ),
                        ],
                        className="as-of",
                        title="The table as it was at this time, or at this day's end; empty shows it as it is now",
                    ),
                ],
                open=other,
                className="other-time",
            ),
        ],
        className="moments",
        **KEEPS_VIEW,
        **mark(table.summary.reading),
    )


def _run_strip(
    table: TableDetail, runs: Sequence[TableRun], shown: datetime | None, find: str, only: str
) -> html.Div:
    """A mark a run, as high as the share of its scopes that it read whole; each leads to the table as it left it."""
    latest = max((one.at for one in runs if shown and one.at <= shown), default=None)
    marks = []
    for one in runs:
        share = one.scopes_ok / one.scopes_total if one.scopes_total else 0
        rows = format_count(one.rows, "row") if one.rows is not None else "rows not known"
        told = f"{format_minute(one.at)} UTC · {one.scopes_ok:,} of {one.scopes_total:,} scopes · {rows}"
        whole = "whole" if one.scopes_total and one.scopes_ok == one.scopes_total else "part"
        marks.append(
            dcc.Link(
                html.Span(style={"height": f"{100 * share:.0f}%"}, className=f"run-share {whole}"),
                href=addresses.table(table.ref, asof=format_minute(one.at), find=find, only=only),
                className="run-mark shown" if one.at == latest else "run-mark",
                title=f"As of {told}",
            )
        )
    return html.Div(
        marks,
        className="run-strip",
        role="group",
        **{"aria-label": f"The last {len(runs)} runs of the table"},
    )


def unread_line(ref: TableRef, scopes: Sequence[ScopeState], as_of: str, now: datetime) -> html.Div | None:
    """Which scopes could not be read, how old their rows are, and the way to just these. scopes: of the moment."""
    missing = [one for one in scopes if one.status not in (ScopeStatus.OK, ScopeStatus.ADDITIVE)]
    if not missing:
        return None
    kept = sum(one.rows for one in missing)
    read = sum(1 for one in scopes if one.status == ScopeStatus.OK)
    words: list[Any] = [f"{read:,} of {len(scopes):,} scopes were read whole, "]
    words += list_scope_words(missing, now)
    if kept:
        only = {ONLY_STALE: "yes"}
        words += [
            f"{format_count(kept, 'row')} {'is' if kept == 1 else 'are'} from then. ",
            dcc.Link("Show only these", href=addresses.table(ref, asof=as_of, only=format_only(only))),
            " · ",
        ]
    words.append(dcc.Link("Coverage", href=addresses.table(ref, "coverage", asof=as_of)))
    return cover([icon("bi-info-circle"), " ", *words], read_scopes(scopes), "tone-warning partial-line")


def find_only(arguments: Mapping[str, str], only: Mapping[str, str]) -> dict[str, str]:
    """What the rows are narrowed to: by the filters that came along, and by what the tab says itself."""
    along = {word: arguments[name] for word, name in TRAVELLING.items() if name in arguments}
    return {word: value for word, value in along.items() if value or word != ONLY_REGION} | dict(only)


def owners_line(
    ref: TableRef, found: Sequence[tuple[str, int]], only: Mapping[str, str], reading: Reading
) -> Any:
    """Whose the shown rows are, each a link to theirs alone."""
    if not found:
        return None
    rest = {name: value for name, value in only.items() if name != ONLY_OWNER}
    parts: list[Any] = [html.Span("Owners", className="summary-title")]
    parts += [
        dcc.Link(
            [
                html.Span(owner or "not known", className="given" if owner else "null-value"),
                html.Span(f"{count:,}", className="value-name"),
            ],
            href=addresses.rows(ref, {**rest, ONLY_OWNER: owner}),
            className="pill",
        )
        for owner, count in found[:MOST_OWNERS]
    ]
    if len(found) > MOST_OWNERS:
        parts.append(html.Span(f"and {len(found) - MOST_OWNERS:,} more", className="text-muted-2"))
    return cover(parts, reading, "rows-owners")


def rows_note(ref: TableRef, as_of: str, only: Mapping[str, str]) -> Any:
    """What the rows are narrowed to, each with the way to be rid of it."""
    named = {_name_filter(name): _name_value(name, value) for name, value in only.items()}
    without = {
        _name_filter(name): addresses.table(
            ref,
            asof=as_of,
            only=format_only({n: v for n, v in only.items() if n != name}),
            **({TRAVELLING[name]: ""} if name in TRAVELLING else {}),
        )
        for name in only
    }
    return chips(named, without)


def _name_filter(name: str) -> str:
    words = {
        ONLY_ACCOUNT: "account",
        ONLY_OWNER: "owner",
        ONLY_REGION: "region",
        ONLY_STALE: "scopes",
        ONLY_OPENED: "became public in",
    }
    return words.get(name) or OWN_TITLES.get(name, name)


def _name_value(name: str, value: str) -> str:
    if name == ONLY_STALE:
        return "not read by the newest run"
    return f"{value} days" if name == ONLY_OPENED else value or "not known"


def explain_no_time(text: str) -> str:
    """What is said of a text that is no time."""
    return f"“{text}” is no time: write it as {TIME_EXAMPLE}. These are the rows as they are now."


def exports(ref: TableRef, as_of: str, only: Mapping[str, str]) -> html.Span:
    """The table as a file: what the grid shows, and all of it, or all rows that have the values."""
    asked = {"asof": as_of, "only": format_only(only)}

    def entry(format: str, words: Children) -> html.A:
        href = addresses.table_data(ref, routes.TABLE_EXPORT, format=format, **asked)
        return link_entry(words, href, download="")

    return export_menu(
        ids.ROWS_GRID,
        entry,
        prepare=addresses.table_data(ref, routes.TABLE_EXPORTS, **asked),
        everything="All rows that have these values" if only else "All rows",
    )


def column_chips(ref: TableRef, view: GridView, as_of: str, only: Mapping[str, str], find: str) -> Any:
    """The columns' filters and the order of the grid, each with the way to be rid of it."""

    def address(where: str, sort: str) -> str:
        return addresses.table(
            ref,
            asof=as_of,
            only=format_only(only),
            **{url_words.FIND: find, url_words.WHERE: where, url_words.SORT: sort},
        )

    return view_chips(view, OWN_TITLES, address)


def resource_link_column(base: str) -> GridColumn:
    """The narrow first column that leads to the row's resource. base: the address its key is added to."""
    return GridColumn(
        "_key",
        title=" ",
        width=36,
        options={
            "cellRenderer": "InventoryResourceLink",
            "sortable": False,
            "filter": False,
            "pinned": "left",
            "resizable": False,
            "headerTooltip": "Opens the resource",
            "minWidth": 36,
            "cellClass": "resource-link",
            "context": {"kind": "text", "base": base},
        },
    )


def key_column(name: str, base: str) -> GridColumn:
    """The column that names a row, which is the link to its resource. base: the address its key is added to."""
    return GridColumn(
        name,
        options={
            "cellRenderer": "InventoryResourceLink",
            "pinned": "left",
            "lockPinned": True,
            "cellClass": "cell-text key-cell",
            "context": {"kind": "text", "base": base, "identifies": True},
        },
    )


def rows_grid(
    ref: TableRef,
    columns: Sequence[ColumnInfo],
    keys: Sequence[str],
    as_of: str,
    only: Mapping[str, str],
    reading: Reading,
    view: GridView | None = None,
    whole: int | None = None,
) -> html.Div:
    """The table's rows in blocks, or those that have the values.

    view: the filters and the order that the grid begins with. whole: how many rows there are without them.

    keys: the columns that name a row; the first one stands first and leads to the resource, or, where the whole row
    names it, an arrow does. reading: of these rows. Where a scope was not read, a column says when its rows were.
    """
    base = addresses.table(ref)
    named = [column for key in keys for column in columns if column.name == key and column.kind == "text"][:1]
    first = key_column(named[0].name, base) if named else resource_link_column(base)
    return infinite_grid(
        ids.ROWS_GRID,
        [
            first,
            *([read_at_column()] if reading.partial else []),
            *(
                data_column(column.name, column.kind, OWN_TITLES.get(column.name))
                for column in columns
                if column not in named
            ),
        ],
        addresses.table_data(ref, routes.TABLE_ROWS, asof=as_of, only=format_only(only)),
        reading,
        label=f"Rows of {ref.label}",
        empty="No row has these values." if only else "There were no rows then." if as_of else "No rows.",
        search_input=ids.ROWS_FIND,
        view=view,
        view_store=ids.ROWS_VIEW,
        whole=whole,
    )
