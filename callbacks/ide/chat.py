"""The assistant's panel: showing the conversation, and wiring assets/ide/chat.js to it."""

from __future__ import annotations

from typing import Any

import dash
from dash import MATCH, ClientsideFunction, Input, Output, State

from layouts.components.feedback import note
from layouts.ide import chat as ide_chat
from layouts.ide import page as ide
from layouts.ide.chat import conversation
from services import Services
from services.models.core import InventoryError


def register(app: dash.Dash, services: Services) -> None:
    """Register the panel's callbacks."""

    @app.callback(
        Output(ide_chat.LIST, "children"), Input(ide_chat.MESSAGES, "data"), Input(ide_chat.MODE, "value")
    )
    def _show(messages: list[dict[str, str]] | None, mode: str) -> list[Any]:
        return conversation(messages or [], mode)

    @app.callback(Output(ide_chat.NOTE, "children"), Input(ide_chat.NOTE, "id"))
    def _say_whether_there_is_a_key(_id: str) -> Any:
        try:
            services.ai.check_key()
        except InventoryError as error:
            return note(error.title, f"{error.message} {error.hint}", "info")
        return None

    app.clientside_callback(
        ClientsideFunction("chat", "send"),
        Output(ide_chat.MESSAGES, "data"),
        Output(ide_chat.INPUT, "value"),
        Output(ide.PENDING_CHAT_PROMPT, "data", allow_duplicate=True),
        Output(ide_chat.MODE, "value"),
        Input(ide_chat.SEND, "n_clicks"),
        Input(ide.PENDING_CHAT_PROMPT, "data"),
        State(ide_chat.INPUT, "value"),
        State(ide_chat.MESSAGES, "data"),
        State(ide_chat.MODE, "value"),
        State(ide.PROVIDER, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("chat", "rendered"),
        Output(ide_chat.STOP, "title", allow_duplicate=True),
        Input(ide_chat.LIST, "children"),
        prevent_initial_call="initial_duplicate",
    )
    app.clientside_callback(
        ClientsideFunction("chat", "stop"),
        Output(ide_chat.STOP, "title"),
        Input(ide_chat.STOP, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("chat", "clear"),
        Output(ide_chat.MESSAGES, "data", allow_duplicate=True),
        Input(ide_chat.CLEAR, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("ide", "insert"),
        Output({"type": ide_chat.INSERT, "index": MATCH}, "title"),
        Input({"type": ide_chat.INSERT, "index": MATCH}, "n_clicks"),
        State({"type": ide_chat.SQL, "index": MATCH}, "children"),
        prevent_initial_call=True,
    )
