"""The assistant's panel: showing the conversation, and wiring assets/ide/chat.js to it."""

from __future__ import annotations

from typing import Any, Literal

import dash
from dash import ALL, MATCH, ClientsideFunction, Input, Output, State

from layouts.components.feedback import note
from layouts.ide import ids
from layouts.ide.chat import conversation
from services import Services
from services.ai_service import NoKey
from services.models.core import InventoryError


def register(app: dash.Dash, services: Services) -> None:
    """Register the panel's callbacks."""

    @app.callback(
        Output(ids.CHAT_LIST, "children"), Input(ids.CHAT_MESSAGES, "data"), Input(ids.CHAT_MODE, "value")
    )
    def _show(messages: list[dict[str, str]] | None, mode: Literal["query", "results"]) -> list[Any]:
        return conversation(messages or [], mode)

    @app.callback(
        output={
            "note": Output(ids.CHAT_NOTE, "children"),
            "writing": Output(ids.CHAT_INPUT, "disabled"),
            "sending": Output(ids.CHAT_SEND, "disabled"),
        },
        inputs=[Input(ids.CHAT_NOTE, "id")],
    )
    def _say_whether_there_is_a_key(_id: str) -> dict[str, Any]:
        try:
            services.ai.check_key()
        except InventoryError as error:
            # whether there is one may not have been found out: then one may try
            without = isinstance(error, NoKey)
            said = note(error.title, error.full_message, "info")
            return {"note": said, "writing": without, "sending": without}
        return {"note": None, "writing": False, "sending": False}

    app.clientside_callback(
        ClientsideFunction("chat", "send"),
        Output(ids.CHAT_MESSAGES, "data"),
        Output(ids.CHAT_INPUT, "value"),
        Output(ids.PENDING_CHAT_PROMPT, "data", allow_duplicate=True),
        Output(ids.CHAT_MODE, "value"),
        Input(ids.CHAT_SEND, "n_clicks"),
        Input(ids.PENDING_CHAT_PROMPT, "data"),
        State(ids.CHAT_INPUT, "value"),
        State(ids.CHAT_MESSAGES, "data"),
        State(ids.CHAT_MODE, "value"),
        State(ids.PROVIDER, "value"),
        State(ids.SHOWN, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("chat", "retry"),
        Output(ids.CHAT_MESSAGES, "data", allow_duplicate=True),
        Input(ids.chat_retry(ALL), "n_clicks"),
        State(ids.CHAT_MESSAGES, "data"),
        State(ids.PROVIDER, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("chat", "rendered"),
        Output(ids.CHAT_STOP, "title", allow_duplicate=True),
        Input(ids.CHAT_LIST, "children"),
        prevent_initial_call="initial_duplicate",
    )
    app.clientside_callback(
        ClientsideFunction("chat", "stop"),
        Output(ids.CHAT_STOP, "title"),
        Input(ids.CHAT_STOP, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("chat", "clear"),
        Output(ids.CHAT_MESSAGES, "data", allow_duplicate=True),
        Input(ids.CHAT_CLEAR, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("ide", "insert"),
        Output(ids.chat_insert(MATCH), "title"),
        Input(ids.chat_insert(MATCH), "n_clicks"),
        State(ids.chat_sql(MATCH), "children"),
        prevent_initial_call=True,
    )
