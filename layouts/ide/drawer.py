"""The IDE's left drawer: resources, saved queries, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.feedback import empty_state, relative_time
from layouts.components.page import icon, labelled
from layouts.components.results import counted, seconds
from services.models.core import HistoryEntry, Query

TABS = "ide_drawer_tabs"
RESOURCES = "ide_resources"
RESOURCE_SEARCH = "ide_resource_search"
SAVED = "ide_saved_list"
SAVED_SEARCH = "ide_saved_search"
HISTORY = "ide_history_list"
HISTORY_SEARCH = "ide_history_search"
# pattern ids: {"type": …, "id": the query's or the entry's id}
LOAD = "ide_saved_load"
RENAME = "ide_saved_rename"
DUPLICATE = "ide_saved_duplicate"
DELETE = "ide_saved_delete"
HISTORY_OPEN = "ide_history_open"
HISTORY_RUN = "ide_history_run"

WORD_OF_STATUS = {
    "succeeded": "success",
    "failed": "danger",
    "timed_out": "danger",
    "died": "danger",
    "cancelled": "neutral",
}


def drawer() -> html.Aside:
    """The three panes; assets/ide/columns.js shows the chosen one and puts its name into the store TABS."""
    panes = (
        ("Resources", RESOURCE_SEARCH, "Search resources",
         html.Div(id=RESOURCES, className="tree", role="tree", **{"aria-label": "Resources"})),
        ("Saved", SAVED_SEARCH, "Search saved queries", html.Div(id=SAVED)),
        ("History", HISTORY_SEARCH, "Search what you ran", html.Div(id=HISTORY)),
    )  # fmt: skip
    return html.Aside(
        [
            dcc.Store(id=TABS, data=panes[0][0]),
            html.Div(
                [_tab(name, chosen=not index) for index, (name, *_) in enumerate(panes)],
                className="drawer-tabs",
                role="tablist",
                **{"aria-label": "Drawer"},
            ),
            *[_pane(*pane, shown=not index) for index, pane in enumerate(panes)],
        ],
        className="ide-drawer",
        **{"aria-label": "Resources, saved queries and history"},
    )


def _tab(name: str, chosen: bool) -> html.Button:
    return html.Button(
        name, id=f"ide_drawer_tab_{name}", type="button", role="tab", className="drawer-tab",
        tabIndex=0 if chosen else -1,
        **{"aria-selected": str(chosen).lower(), "aria-controls": f"ide_drawer_pane_{name}", "data-pane": name},
    )  # fmt: skip


def _pane(name: str, search: str, placeholder: str, body: Any, shown: bool) -> html.Div:
    box = labelled(
        placeholder,
        dbc.Input(
            id=search, type="search", size="sm", placeholder=placeholder, autocomplete="off", debounce=250
        ),
    )
    return html.Div(
        [html.Div(box, className="drawer-search"), html.Div(body, className="drawer-body")],
        id=f"ide_drawer_pane_{name}",
        className="drawer-pane",
        role="tabpanel",
        hidden=not shown,
        **{"aria-labelledby": f"ide_drawer_tab_{name}"},
    )


def saved_list(queries: Sequence[Query], tables: Mapping[int, Sequence[str]], searching: bool) -> Any:
    """The saved queries; tables: query id → what its schedules keep up to date."""
    if not queries:
        if searching:
            return empty_state("bi-search", "Nothing found", "No saved query has these words.")
        return empty_state(
            "bi-bookmark", "No saved queries yet", "Write a query and press Save to keep it here."
        )
    return [_saved(query, tables.get(query.id or 0, ())) for query in queries]


def _saved(query: Query, tables: Sequence[str]) -> html.Div:
    feeds = (
        html.Span(
            [icon("bi-calendar-check"), f" {len(tables)}"],
            className="drawer-feeds",
            title=f"Keeps {', '.join(tables)} up to date",
        )
        if tables
        else None
    )
    return html.Div(
        [
            html.Button(
                [
                    html.Span(query.name, className="drawer-name"),
                    html.Span(
                        [
                            query.provider,
                            " · " if query.provider else "",
                            query.created_by or "someone",
                            " · ",
                            relative_time(query.updated_at),
                        ],
                        className="drawer-note",
                    ),
                ],
                id={"type": LOAD, "id": query.id},
                type="button",
                className="drawer-item",
                title=query.description or query.query_text[:400],
            ),
            feeds,
            html.Span(
                [
                    _action(RENAME, query, "bi-pencil", "Rename"),
                    _action(DUPLICATE, query, "bi-copy", "Duplicate"),
                    _action(DELETE, query, "bi-trash", "Delete"),
                ],
                className="drawer-actions",
            ),
        ],
        className="drawer-row",
    )


def _action(kind: str, query: Query, icon_name: str, words: str) -> html.Button:
    return html.Button(
        icon(icon_name), id={"type": kind, "id": query.id}, type="button", className="icon-button",
        title=words, **{"aria-label": f"{words} {query.name}"},
    )  # fmt: skip


def history_list(entries: Sequence[HistoryEntry], searching: bool) -> Any:
    """What was run, newest first."""
    if not entries:
        if searching:
            return empty_state("bi-search", "Nothing found", "Nothing that you ran has these words.")
        return empty_state("bi-clock-history", "Nothing run yet", "Every query that you run is kept here.")
    return [_entry(entry) for entry in entries]


def _entry(entry: HistoryEntry) -> html.Div:
    outcome = counted(entry.rows, "row") if entry.rows is not None else entry.status.replace("_", " ")
    took = f" · {seconds(entry.duration_ms / 1000)}" if entry.duration_ms is not None else ""
    values = ", ".join(f":{name} = {value}" for name, value in entry.parameters.items())
    return html.Div(
        [
            html.Button(
                [
                    html.Span(" ".join(entry.query_text.split())[:160], className="drawer-sql"),
                    html.Span(
                        [
                            html.Span(outcome, className=f"tone-{WORD_OF_STATUS.get(entry.status, 'neutral')}"),
                            f"{took} · ",
                            relative_time(entry.started_at),
                        ],
                        className="drawer-note",
                    ),
                ],
                id={"type": HISTORY_OPEN, "id": entry.id},
                type="button",
                className="drawer-item",
                title="\n".join(part for part in (entry.query_text[:600], values, entry.error) if part),
            ),
            html.Span(
                html.Button(
                    icon("bi-play"), id={"type": HISTORY_RUN, "id": entry.id}, type="button", className="icon-button",
                    title="Run again", **{"aria-label": "Run again"},
                ),
                className="drawer-actions",
            ),
        ],
        className="drawer-row",
    )  # fmt: skip
