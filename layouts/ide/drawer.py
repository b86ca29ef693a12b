"""The IDE's left drawer: resources, saved queries, history."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.choosing import Option, tab, tab_list
from layouts.components.feedback import empty_state, relative_time
from layouts.components.figures import mark, number
from layouts.components.lists import how_many
from layouts.components.menu import entry, menu
from layouts.components.page import hidden_label, icon
from layouts.ide import ids
from services.models.core import HistoryEntry, Query, Source
from services.models.coverage import COUNTED, Moments, NotApplicable, Reading
from services.models.wording import format_count, format_duration, format_exact_time

WORD_OF_STATUS = {
    "succeeded": "success",
    "failed": "danger",
    "timed_out": "danger",
    "died": "danger",
    "cancelled": "neutral",
}

# the groups of the saved queries, in their order
FAVOURITE, FOLDER, INVENTORY, PROVIDER, NO_PROVIDER = range(5)
GROUP_ICONS = {
    FAVOURITE: "bi-star-fill",
    FOLDER: "bi-folder",
    INVENTORY: "bi-database",
    PROVIDER: "bi-cloud",
    NO_PROVIDER: "bi-cloud",
}


def drawer() -> html.Aside:
    """The three panes; assets/ide/columns.js shows the chosen one and puts its name into the store DRAWER_TABS."""
    panes = (
        (
            "Resources",
            ids.RESOURCE_SEARCH,
            "Search resources",
            html.Div(id=ids.RESOURCES, className="tree", role="tree", **{"aria-label": "Resources"}),
        ),
        ("Saved", ids.SAVED_SEARCH, "Filter saved queries", html.Div(id=ids.SAVED_LIST)),
        ("History", ids.HISTORY_SEARCH, "Filter what you ran", html.Div(id=ids.HISTORY_LIST)),
    )
    return html.Aside(
        [
            dcc.Store(id=ids.DRAWER_TABS, data=panes[0][0]),
            tab_list("Drawer", [_tab(name, chosen=not index) for index, (name, *_) in enumerate(panes)]),
            *[_pane(*pane, shown=not index) for index, pane in enumerate(panes)],
        ],
        className="ide-drawer",
        **{"aria-label": "Resources, saved queries and history"},
    )


def _tab(name: str, chosen: bool) -> html.Button:
    return tab(
        Option(name, name),
        chosen,
        "drawer-tab",
        id=ids.drawer_tab(name),
        **{"aria-controls": ids.drawer_pane(name), "data-pane": name},
    )


def _pane(name: str, search: str, placeholder: str, body: Any, shown: bool) -> html.Div:
    box = hidden_label(
        placeholder,
        dbc.Input(
            id=search, type="search", size="sm", placeholder=placeholder, autocomplete="off", debounce=250
        ),
    )
    return html.Div(
        [html.Div(box, className="drawer-search"), html.Div(body, className="drawer-body")],
        id=ids.drawer_pane(name),
        className="drawer-pane",
        role="tabpanel",
        hidden=not shown,
        **{"aria-labelledby": ids.drawer_tab(name)},
    )


def saved_list(
    queries: Sequence[Query],
    tables: Mapping[int, Sequence[str]],
    searching: bool,
    favourites: Collection[int] = (),
) -> Any:
    """The saved queries in groups: the user's favourites, then folders, then providers of what is in none.

    tables: query id → what its schedules keep up to date. favourites: the ids that the user has starred.
    """
    if not queries:
        if searching:
            return _none_found("No saved query has these words.")
        return empty_state(
            "bi-bookmark", "No saved queries yet", "Write a query and press Save to keep it here."
        )
    groups: dict[tuple[int, str], list[Query]] = {}
    for query in queries:
        groups.setdefault(_find_group(query, favourites), []).append(query)
    return [
        _count(len(queries)),
        *(
            html.Details(
                [
                    html.Summary([icon(GROUP_ICONS[rank]), words, number(len(members), COUNTED)]),
                    *(_saved(query, tables.get(query.id or 0, ()), rank == FAVOURITE) for query in members),
                ],
                className="drawer-group",
                open=True,
            )
            for (rank, words), members in sorted(groups.items(), key=_sort_groups)
        ),
    ]


def _find_group(query: Query, favourites: Collection[int]) -> tuple[int, str]:
    """Where a query is listed: the rank of its group, and the group's heading."""
    if query.id in favourites:
        return FAVOURITE, "Favourites"
    if query.folder:
        return FOLDER, query.folder
    if query.source == Source.INVENTORY:
        return INVENTORY, "Inventory"
    return (PROVIDER, query.provider) if query.provider else (NO_PROVIDER, "No provider")


def _sort_groups(group: tuple[tuple[int, str], Sequence[Query]]) -> tuple[int, str]:
    (rank, words), _queries = group
    return rank, words.casefold()


def _source(source: str) -> html.Span | None:
    """A mark of what runs against the inventory; most run against the live cloud, which needs none."""
    return html.Span("Inventory", className="drawer-source") if source == Source.INVENTORY else None


def _count(number: int) -> html.Span:
    return how_many(f"{number:,} shown", "visually-hidden")


def _none_found(words: str) -> list[Any]:
    return [_count(0), empty_state("bi-search", "Nothing found", words)]


def _saved(query: Query, tables: Sequence[str], favourite: bool) -> html.Div:
    feeds = (
        html.Span(
            [icon("bi-calendar-check"), " ", number(len(tables), COUNTED)],
            className="drawer-feeds",
            title=f"Keeps {', '.join(tables)} up to date",
        )
        if tables
        else None
    )
    inventory = query.source == Source.INVENTORY
    star = f"Take {query.name} from your favourites" if favourite else f"Add {query.name} to your favourites"
    return html.Div(
        [
            html.Button(
                [
                    icon("bi-database" if inventory else "bi-cloud", Source(query.source).words),
                    html.Span(query.name, className="drawer-name"),
                ],
                id=ids.of_query(ids.SAVED_LOAD, query.id),
                type="button",
                className="drawer-item saved",
                title=_describe_saved(query),
            ),
            feeds,
            html.Span(
                [
                    html.Button(
                        icon("bi-star-fill" if favourite else "bi-star"),
                        id=ids.of_query(ids.SAVED_STAR, query.id),
                        type="button",
                        className="icon-button drawer-star",
                        title=star,
                        **{"aria-label": star, "aria-pressed": str(favourite).lower()},
                    ),
                    menu(
                        f"Actions of {query.name}",
                        [
                            entry("Rename or move…", id=ids.of_query(ids.SAVED_RENAME, query.id)),
                            entry("Versions…", id=ids.of_query(ids.SAVED_VERSIONS, query.id)),
                            entry("Duplicate", id=ids.of_query(ids.SAVED_DUPLICATE, query.id)),
                            entry("Delete", "tone-danger", id=ids.of_query(ids.SAVED_DELETE, query.id)),
                        ],
                    ),
                ],
                className="drawer-tools",
            ),
        ],
        className="drawer-row",
    )


def _describe_saved(query: Query) -> str:
    """What is shown on hover: what the query is for, and whose it is."""
    changed = f"changed {format_exact_time(query.updated_at.astimezone(UTC))}" if query.updated_at else ""
    facts = (Source(query.source).words, query.provider, f"by {query.created_by or 'someone'}", changed)
    return f"{query.description or query.query_text[:400]}\n{' · '.join(fact for fact in facts if fact)}"


def history_list(entries: Sequence[HistoryEntry], searching: bool, days: int) -> Any:
    """What was run, newest first. days: for how many it is kept."""
    if not entries:
        if searching:
            return _none_found("Nothing that you ran has these words.")
        return empty_state("bi-clock-history", "Nothing run yet", "Every query that you run appears here.")
    kept = html.P(f"What you ran is kept for {format_count(days, 'day')}.", className="drawer-note given")
    return [_count(len(entries)), *(_entry(one) for one in entries), kept]


def _entry(one: HistoryEntry) -> html.Div:
    outcome = format_count(one.rows, "row") if one.rows is not None else one.status.replace("_", " ")
    took = f" · {format_duration(one.duration_ms / 1000)}" if one.duration_ms is not None else ""
    values = ", ".join(f":{name} = {value}" for name, value in one.parameters.items())
    return html.Div(
        [
            html.Button(
                [
                    html.Span(" ".join(one.query_text.split())[:160], className="drawer-sql"),
                    html.Span(
                        [
                            _source(one.source),
                            html.Span(outcome, className=f"tone-{WORD_OF_STATUS.get(one.status, 'neutral')}"),
                            f"{took} · ",
                            relative_time(one.started_at),
                        ],
                        className="drawer-note",
                    ),
                ],
                id=ids.of_entry(ids.HISTORY_OPEN, one.id),
                type="button",
                className="drawer-item",
                title="\n".join(part for part in (one.query_text[:600], values, one.error) if part),
            ),
            html.Button(
                "Run",
                id=ids.of_entry(ids.HISTORY_RUN, one.id),
                type="button",
                className="btn btn-link btn-sm",
                title="Run again",
                **{"aria-label": "Run again"},
            ),
        ],
        className="drawer-row",
        **mark(
            Reading(NotApplicable("of that run of the statement"), Moments(one.started_at, one.started_at))
        ),
    )
