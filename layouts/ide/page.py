"""The IDE: drawer, tabs, editor, toolbar, results, and the assistant at the right.

The editor, its tabs and running live in assets/ide/, so that typing and switching never wait for the server;
Dash renders what the server knows: checks, results, saved queries, history, dialogs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.choosing import Option, segments
from layouts.components.editor import editor
from layouts.components.menu import entry, menu
from layouts.components.page import hidden_label, icon
from layouts.components.results import nothing_yet, result_rows
from layouts.ide import ids
from layouts.ide.chat import chat_panel
from layouts.ide.dialogs import dialogs
from layouts.ide.drawer import drawer
from services.models.core import Source

STORES = (
    ids.EDITOR_CONTENT,
    ids.PARAMETERS_SHOWN,
    ids.SHOWN,
    ids.OPEN,
    ids.SAVE_REQUEST,
    ids.SAVE_VERSION,
    ids.SAVED,
    ids.STARRED,
    ids.VERSIONS_SHOWN,
    ids.DELETE_REQUEST,
    ids.HISTORY_TICK,
    ids.INTERPRET_REQUEST,
    ids.CHART_REQUEST,
    ids.PLAN_REQUEST,
    ids.WATCH_REQUEST,
    ids.SINK,
    ids.PENDING_CHAT_PROMPT,
)

# a select shows nothing for an empty value
ALL_PROVIDERS = "*"
ROW_LIMITS = (1_000, 10_000, 100_000, 1_000_000)
DEFAULT_ROW_LIMIT = 10_000


def layout(
    query: str | None = None,
    sql: str | None = None,
    source: str | None = None,
    new: str | None = None,
    **_arguments: Any,
) -> html.Div:
    """query: a saved query's id to open; sql: a text to open, for that source; new: a new tab.

    A link never runs anything.
    """
    chat = chat_panel()
    return html.Div(
        [
            *[dcc.Store(id=id) for id in STORES],
            dcc.Store(id=ids.URL_REQUEST, data={"query": query, "sql": sql, "source": source, "new": new}),
            html.H1("IDE", className="visually-hidden"),
            drawer(),
            _resizer("drawer", "vertical", "Width of the drawer"),
            html.Div(
                [
                    _tab_bar(chat is not None),
                    editor(
                        ids.EDITOR,
                        ids.EDITOR_ACE,
                        "Write a query, or open one from the drawer. Ctrl+Enter runs it.",
                    ),
                    _resizer("editor", "horizontal", "Height of the editor"),
                    _toolbar(chat is not None),
                    html.Div(id=ids.CHECK, className="ide-check", **{"aria-live": "polite"}),
                    html.Div(id=ids.PARAMETERS, className="ide-parameters"),
                    html.Div(
                        [
                            _running_bar(),
                            html.Div(id=ids.RESULT_STATEMENT, className="result-statement", hidden=True),
                            html.Div(nothing_yet(), id=ids.RESULTS, className="ide-results"),
                            result_rows(),
                        ],
                        className="ide-output",
                    ),
                ],
                className="ide-main",
            ),
            *_chat_column(chat),
            *dialogs(),
        ],
        id=ids.PAGE,
        className=f"ide{'' if chat is not None else ' without-chat'}",
    )


def _chat_column(chat: Any) -> list[Any]:
    if chat is None:
        return []
    return [
        _resizer("chat", "vertical", "Width of the assistant"),
        html.Aside(chat, className="ide-chat", id=ids.CHAT_PANEL, **{"aria-label": "Assistant"}),
    ]


def _resizer(name: str, orientation: str, label: str) -> html.Div:
    return html.Div(
        className=f"ide-resizer {orientation}",
        role="separator",
        tabIndex=0,
        **{"data-resize": name, "aria-orientation": orientation, "aria-label": label},
    )


def _toggle(id: str, icon_name: str, words: str) -> html.Button:
    return html.Button(
        icon(icon_name), id=id, type="button", className="icon-button", title=words, **{"aria-label": words}
    )


def _tab_bar(chat: bool) -> html.Div:
    return html.Div(
        [
            _toggle(ids.DRAWER_TOGGLE, "bi-layout-sidebar", "Show or hide the drawer"),
            html.Div(id=ids.TABS, className="ide-tabs", role="tablist", **{"aria-label": "Queries"}),
            html.Button(
                icon("bi-plus-lg"),
                id=ids.TAB_ADD,
                type="button",
                className="icon-button ide-tab-add",
                title="New tab (Alt+N)",
                **{"aria-label": "New tab"},
            ),
            html.Span(id=ids.DRAFT_STATUS, className="ide-draft-status", role="status"),
            html.Button(
                [icon("bi-chat-dots"), html.Span("Assistant", className="label")],
                id=ids.CHAT_TOGGLE,
                type="button",
                className="icon-button ide-chat-toggle",
                title="Show or hide the assistant",
                **{"aria-label": "Show or hide the assistant"},
            )
            if chat
            else None,
        ],
        className="ide-tab-bar",
    )


def _tool(id: str, icon_name: str, words: str, title: str) -> html.Button:
    return html.Button(
        [icon(icon_name), html.Span(words, className="label")],
        id=id,
        type="button",
        className="btn btn-outline-secondary",
        title=title,
        **{"aria-label": words},
    )


def _toolbar(chat: bool) -> html.Div:
    sources = [Option(Source.LIVE, "Live cloud"), Option(Source.INVENTORY, "Inventory")]
    limits = [{"value": str(limit), "label": f"{limit:,} rows"} for limit in ROW_LIMITS]
    return html.Div(
        [
            html.Div(
                segments(ids.SOURCE, sources, Source.LIVE),
                className="ide-source",
                role="group",
                **{"aria-label": "What is queried"},
            ),
            hidden_label(
                "Provider",
                dbc.Select(
                    id=ids.PROVIDER,
                    options=provider_options(()),
                    value=ALL_PROVIDERS,
                    className="ide-provider",
                ),
            ),
            html.Button(
                [icon("bi-play-fill"), html.Span("Run", className="label"), html.Span(className="time")],
                id=ids.RUN,
                type="button",
                className="btn btn-primary ide-run",
                title="Run the selection, or the statement under the cursor (Ctrl+Enter)",
            ),
            hidden_label(
                "Row limit",
                dbc.Select(
                    id=ids.ROW_LIMIT,
                    options=limits,
                    value=str(DEFAULT_ROW_LIMIT),
                    className="ide-row-limit",
                    persistence=True,
                ),
            ),
            _tool(ids.SAVE, "bi-bookmark", "Save", "Save the query (Ctrl+S)"),
            _tool(ids.FORMAT, "bi-text-indent-left", "Format", "Format the statement (Shift+Alt+F)"),
            _tool(ids.EXPLAIN, "bi-stars", "Explain", "Ask the assistant to explain the statement")
            if chat
            else None,
            _tool(ids.PLAN, "bi-diagram-3", "Explain", "How Postgres would run the statement; it is not run"),
            _tool(ids.SCHEDULE, "bi-calendar-plus", "Schedule…", "Keep a table up to date with this query"),
            menu(
                "More",
                [
                    entry("Save as…", id=ids.SAVE_AS),
                    entry(
                        "Watch the statement",
                        id=ids.WATCH,
                        title="Be told when its result changes: it is run after the runs that change its tables",
                    ),
                    entry("Clear the editor", id=ids.CLEAR),
                    _suggest_setting(),
                ],
                className="btn btn-outline-secondary",
            ),
            _toggle(ids.HELP, "bi-question-lg", "Keys and parameters (?)"),
        ],
        className="ide-toolbar",
        role="toolbar",
        **{"aria-label": "Query"},
    )


def _suggest_setting() -> html.Button:
    """Switched by assets/ide/offers.js, which keeps the choice in the browser."""
    return entry(
        "Suggest while typing",
        id=ids.SUGGEST,
        title="Resources, columns and parameters for the word that you type. Ctrl+Space asks for them either way.",
        **{"aria-pressed": "true"},
    )


def _running_bar() -> html.Div:
    """Shown by the script while the tab's query runs."""
    return html.Div(
        [
            html.Div(className="ide-spinner", **{"aria-hidden": "true"}),
            html.Div(
                [
                    html.Span("Running", id=ids.RUNNING_WORDS),
                    " ",
                    html.Span(id=ids.RUNNING_TIME, className="text-muted-2"),
                ]
            ),
            html.Button("Cancel", id=ids.CANCEL, type="button", className="btn btn-sm btn-outline-secondary"),
        ],
        className="ide-running",
        role="status",
    )


def move_line(message: str, rows: int) -> str:
    """A message that begins with the line of a statement, with the line of the text that it stands in."""
    return re.sub(r"^Line (\d+):", lambda match: f"Line {int(match[1]) + rows}:", message)


def check_line(problems: Sequence[Mapping[str, Any]], start: int) -> list[html.Div]:
    """What the check found: dicts of tone, message, and fixes as (words, new statement) pairs."""
    return [
        html.Div(
            [
                icon("bi-exclamation-triangle" if problem["tone"] == "warning" else "bi-x-octagon"),
                html.Span(problem["message"]),
                *[
                    html.Button(
                        words,
                        type="button",
                        className="btn btn-sm btn-outline-secondary",
                        **{"data-fix": statement, "data-start": str(start)},
                    )
                    for words, statement in problem["fixes"]
                ],
            ],
            className=f"check-line tone-{problem['tone']}",
        )
        for problem in problems
    ]


def parameter_fields(
    names: Sequence[str],
    values: Mapping[str, str],
    choices: Mapping[str, Sequence[str]],
    known: Mapping[str, Sequence[str]],
) -> list[Any]:
    """A field for each parameter. choices: closed lists; known: values to suggest."""
    return [_field(name, values.get(name, ""), choices.get(name, ()), known.get(name, ())) for name in names]


def _field(name: str, value: str, choices: Sequence[str], known: Sequence[str]) -> html.Label:
    id, words = ids.parameter(name), html.Span(f":{name}", className="mono")
    if choices:
        options = [{"value": one, "label": one} for one in choices]
        if value not in choices:
            options.insert(0, {"value": value, "label": value or "choose…"})
        return html.Label(
            [words, dbc.Select(id=id, name=name, value=value, size="sm", options=options)],
            className="parameter",
        )
    list_id = ids.known_values(name)
    return html.Label(
        [
            words,
            dbc.Input(
                id=id,
                name=name,
                value=value,
                size="sm",
                list=list_id if known else None,
                autocomplete="off",
                placeholder=f"e.g. {known[0]}" if known else "value",
                persistence=False,
            ),
            html.Datalist([html.Option(value=one) for one in known], id=list_id) if known else None,
        ],
        className="parameter",
    )


def provider_options(providers: Sequence[tuple[str, bool | None]]) -> list[dict[str, str]]:
    """(name, whether its credentials are set, None where it needs none) → the selector's options."""
    mark = {True: " ✓", False: " (no credentials)", None: ""}
    return [
        {"value": ALL_PROVIDERS, "label": "All providers"},
        *[{"value": name, "label": name + mark[configured]} for name, configured in providers],
    ]
