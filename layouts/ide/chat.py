"""The assistant's panel beside the editor: mode, conversation, and the box to write in."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from layouts.components.choosing import Option, segments
from layouts.components.figures import mark
from layouts.components.page import hidden_label, icon
from layouts.ide import ids
from services.models.coverage import apart

LONG_QUESTION = 700
MODES = (Option("query", "Write query"), Option("results", "Interpret results"))
_BLOCK = re.compile(
    r"^[ \t]*```[ \t]*(\w*)[ \t]*\r?\n(.*?)(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
HINTS = {
    "query": "Ask for a query in your own words: “which EBS volumes are unattached, by owner?”",
    "results": "Ask about the result below the editor: “what stands out here?” Its first 20 rows go with the question.",
}


def chat_panel() -> html.Div:
    """The panel; callbacks/ide/chat.py and assets/ide/chat.js make it work."""
    return html.Div(
        [
            dcc.Store(id=ids.CHAT_MESSAGES, data=[], storage_type="session"),
            html.Div(
                [
                    segments(ids.CHAT_MODE, MODES, "query"),
                    html.Button(
                        "Clear",
                        id=ids.CHAT_CLEAR,
                        type="button",
                        className="btn btn-link btn-sm",
                        title="Clear the conversation",
                    ),
                ],
                className="chat-head",
            ),
            html.Div(
                [
                    html.Div(id=ids.CHAT_NOTE),
                    html.Div(id=ids.CHAT_LIST, **{"aria-live": "polite"}),
                    html.Div(
                        [
                            html.Div(id=ids.CHAT_QUESTION, className="chat-bubble user"),
                            html.Div(id=ids.CHAT_STREAM_LOOKUPS, className="chat-lookups"),
                            html.Div(
                                [
                                    dcc.Markdown(id=ids.CHAT_STREAM, link_target="_blank"),
                                    html.Span(className="chat-caret"),
                                ],
                                className="chat-bubble assistant",
                            ),
                            html.Div(id=ids.CHAT_STREAM_FAILURE, className="chat-failure", role="alert"),
                        ],
                        id=ids.CHAT_STREAM_BOX,
                        className="chat-stream",
                        hidden=True,
                    ),
                ],
                className="chat-scroll",
                tabIndex=0,
                role="log",
                **{"aria-label": "Conversation"},
            ),
            html.Div(
                [
                    hidden_label(
                        "Message to the assistant",
                        dcc.Textarea(
                            id=ids.CHAT_INPUT,
                            className="form-control",
                            rows=2,
                            maxLength=20000,
                            placeholder="Ask for a query, or about these results…",
                        ),
                    ),
                    html.Button(
                        icon("bi-arrow-up"),
                        id=ids.CHAT_SEND,
                        type="button",
                        className="btn btn-primary",
                        title="Send (Enter)",
                        **{"aria-label": "Send"},
                    ),
                    html.Button(
                        icon("bi-stop-fill"),
                        id=ids.CHAT_STOP,
                        type="button",
                        className="btn btn-outline-secondary",
                        hidden=True,
                        title="Stop the answer",
                        **{"aria-label": "Stop the answer"},
                    ),
                ],
                className="chat-form",
            ),
        ],
        className="chat",
    )


def conversation(messages: Sequence[dict[str, str]], mode: str = "query") -> list[Any]:
    """The bubbles of a conversation; what to ask where there is none."""
    if not messages:
        return [html.Div([icon("bi-chat-square-text"), html.P(HINTS[mode])], className="chat-empty")]
    last = len(messages) - 1
    return [_bubble(index, message, index == last) for index, message in enumerate(messages)]


def _bubble(index: int, message: dict[str, str], last: bool) -> html.Div:
    content = message.get("content", "")
    if message.get("role") == "user":
        body: Any = content
        if len(content) > LONG_QUESTION:
            first = content.split("\n", 1)[0][:200]
            body = html.Details([html.Summary(first), _markdown(content)])
        return html.Div(body, className="chat-bubble user")
    parts: list[Any] = [
        html.Div([icon("bi-search"), line], className="chat-lookup")
        for line in message.get("lookups", "").split("\n")
        if line
    ]
    if content:
        parts.append(html.Div(_answer(index, message), className="chat-bubble assistant"))
    if failure := message.get("failure"):
        parts.append(_failure(index, failure, last))
    if usage := message.get("usage"):
        parts.append(_usage(usage))
    return html.Div(parts, className="chat-turn")


def _failure(index: int, words: str, last: bool) -> html.Div:
    """Why an answer failed; the last one can be asked for again."""
    again = html.Button(
        "Try again", id=ids.chat_retry(index), type="button", className="btn btn-sm btn-outline-secondary"
    )
    return html.Div(
        [html.Span([icon("bi-exclamation-triangle"), words], role="alert"), again if last else None],
        className="chat-failure",
    )


def _usage(words: str) -> html.Details:
    """How much of what one answer may use it has used: for who asks."""
    return html.Details(
        [html.Summary(icon("bi-info-circle", "What this answer used"), title=words), html.Span(words)],
        className="chat-usage",
        **mark(apart("of this answer")),
    )


def _answer(index: int, message: dict[str, str]) -> list[Any]:
    """The answer's Markdown, each SQL block with its verdict and, where it passed, the way into the editor."""
    # by text: a verdict can never stand beside another statement than the one that was checked
    verdicts = {verdict.get("sql"): verdict for verdict in json.loads(message.get("verdicts") or "[]")}
    content, parts, end, number = message["content"], [], 0, 0
    for match in _BLOCK.finditer(content):
        sql = match.group(2).strip()
        if match.group(1).lower() not in ("sql", "stackql") or not sql:
            continue
        if before := content[end : match.start()].strip():
            parts.append(_markdown(before))
        parts.append(_sql_block(f"{index}-{number}", sql, verdicts.get(sql)))
        end, number = match.end(), number + 1
    if rest := content[end:].strip():
        parts.append(_markdown(rest))
    return parts


def _markdown(text: str) -> dcc.Markdown:
    """The text, where an image shows its source: a cell can talk the model into one whose address holds data.

    In code too, where `![` is rare: telling code from text as the browser's parser does would be a second parser.
    """
    return dcc.Markdown(text.replace("![", "!\\["), link_target="_blank")


def _sql_block(key: str, sql: str, verdict: dict[str, Any] | None) -> html.Div:
    ok = bool(verdict and verdict["ok"])
    words = verdict["text"] if verdict else "not checked: the answer stopped early"
    return html.Div(
        [
            html.Pre(sql, id=ids.chat_sql(key), className="chat-sql", tabIndex=0),
            html.Div(
                [
                    html.Span(
                        [icon("bi-check-circle" if ok else "bi-exclamation-circle"), words],
                        className=f"chat-verdict tone-{'success' if ok else 'warning'}",
                    ),
                    html.Button(
                        "Insert into editor",
                        id=ids.chat_insert(key),
                        type="button",
                        className="btn btn-sm btn-outline-secondary",
                    )
                    if ok
                    else None,
                ],
                className="chat-sql-foot",
            ),
        ]
    )
