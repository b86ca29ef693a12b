"""What called a callback, with the calls that Dash makes of several changes at once."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import dash
import pytest
from dash import ALL, Input, Output, dcc, html
from flask.testing import FlaskClient

from callbacks import presses

CALLBACKS = Path(presses.__file__).parent
ADD, NAME, STORE = "add.n_clicks", "name.n_submit", "store.data"
# as Dash writes the ids of the buttons that a list brings; the dot is part of a name
FIRST, SECOND = ('{"of":"a.b","type":"listed"}.n_clicks', '{"of":"c","type":"listed"}.n_clicks')
IDS: dict[str, Any] = {
    ADD: "add",
    NAME: "name",
    FIRST: {"type": "listed", "of": "a.b"},
    SECOND: {"type": "listed", "of": "c"},
}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """An app whose one callback answers what called it."""
    app = dash.Dash("test")
    app.layout = html.Div(
        [
            html.Div(id="said"),
            html.Button(id="add"),
            html.Div(id="list"),
            dcc.Input(id="name"),
            dcc.Store("store"),
        ]
    )

    @app.callback(
        Output("said", "children"),
        Input("add", "n_clicks"),
        Input({"type": "listed", "of": ALL}, "n_clicks"),
        Input("name", "n_submit"),
        Input("store", "data"),
    )
    def _say(*_inputs: Any) -> str:
        return json.dumps(
            [presses.find_pressed(), presses.has_changed("store", "name"), presses.is_called_by_new_buttons()]
        )

    return app.server.test_client()


def call(client: FlaskClient, changed: Sequence[str], **values: Any) -> list[Any]:
    """What is pressed, whether the store or the name changed, whether only new buttons called."""

    def describe(prop: str, value: Any = None) -> dict[str, Any]:
        id, _, property = prop.rpartition(".")
        return {"id": json.loads(id) if id.startswith("{") else id, "property": property, "value": value}

    body = {
        "output": "said.children",
        "outputs": {"id": "said", "property": "children"},
        "inputs": [
            describe(ADD, values.get("add")),
            [describe(FIRST, values.get("first")), describe(SECOND, values.get("second"))],
            describe(NAME, values.get("name")),
            describe(STORE, values.get("store", {"kept": 1})),
        ],
        "changedPropIds": list(changed),
    }
    answer = client.post("/_dash-update-component", json=body).get_json()
    found: list[Any] = json.loads(answer["response"]["said"]["children"])
    return found


@pytest.mark.parametrize(
    ("pressed", "value"), [(ADD, "add"), (NAME, "name"), (FIRST, "first"), (SECOND, "second")]
)
def test_a_press_is_found_among_what_came_with_it(client: FlaskClient, pressed: str, value: str) -> None:
    for changed in permutations((ADD, FIRST, SECOND, NAME, STORE)):
        assert call(client, changed, **{value: 1}) == [IDS[pressed], True, False]
    assert call(client, [pressed], **{value: 3})[0] == IDS[pressed]


def test_buttons_that_appear_are_no_press(client: FlaskClient) -> None:
    # one that was pressed before has a count, and is not among what changed
    assert call(client, [FIRST, SECOND], add=4) == [None, False, True]
    assert call(client, [SECOND], first=2, second=0) == [None, False, True]
    assert call(client, [SECOND, STORE]) == [None, True, False]


def test_a_value_is_no_press_and_neither_is_the_first_call(client: FlaskClient) -> None:
    assert call(client, [STORE], add=1) == [None, True, False]
    assert call(client, [], add=1) == [None, False, False]


def test_every_callback_asks_here() -> None:
    asked = []
    for path in sorted(CALLBACKS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr.startswith("triggered"):
                asked.append(str(path.relative_to(CALLBACKS)))
    assert set(asked) == {"presses.py"}
