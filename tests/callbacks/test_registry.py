"""What holds for the callbacks of every workspace."""

from __future__ import annotations

import json
from collections import Counter

import dash
import pytest
import sqlalchemy as sa
from dash import html

from callbacks.registry import register_all
from services import build


@pytest.fixture
def app() -> dash.Dash:
    """An app with every callback; nothing connects to the database."""
    made = dash.Dash("test")
    made.layout = html.Div()
    register_all(made, build(sa.create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/none")))
    return made


def test_a_callback_is_registered_once(app: dash.Dash) -> None:
    registered = app.server.test_client().get("/_dash-dependencies").get_json()
    counts = Counter(json.dumps(one, sort_keys=True) for one in registered)
    assert len(counts) > 90
    assert [callback for callback, count in counts.items() if count > 1] == []
