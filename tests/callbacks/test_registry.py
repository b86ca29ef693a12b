"""What holds for the callbacks of every workspace."""

from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path
from typing import Any

import dash
import pytest
import sqlalchemy as sa
from dash import html

from app.settings import read_settings
from callbacks.registry import register_all
from services import build

CALLBACKS = Path(__file__).resolve().parents[2] / "callbacks"


@pytest.fixture
def app() -> dash.Dash:
    """An app with every callback; nothing connects to the database."""
    made = dash.Dash("test")
    made.layout = html.Div()
    register_all(
        made,
        build(
            sa.create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/none"),
            read_settings(inventory_engine="sample"),
        ),
    )
    return made


def test_a_callback_is_registered_once(app: dash.Dash) -> None:
    registered = app.server.test_client().get("/_dash-dependencies").get_json()
    counts = Counter(json.dumps(one, sort_keys=True) for one in registered)
    assert len(counts) > 90
    assert [callback for callback, count in counts.items() if count > 1] == []


def named(outputs: Any) -> bool:
    """A single output, or outputs under names, at any depth."""
    if isinstance(outputs, dict):
        return all(named(one) for one in outputs.values())
    return isinstance(outputs, int)


def test_a_callback_with_several_outputs_names_them(app: dash.Dash) -> None:
    app.server.test_client().get("/_dash-dependencies")
    # what runs in the browser returns an array: Dash knows no names there
    ours = {id: one["outputs_indices"] for id, one in app.callback_map.items() if "callback" in one}
    assert len(ours) > 50
    assert [id for id, outputs in ours.items() if not named(outputs)] == []


def test_no_value_is_counted_by_its_position() -> None:
    """No `(no_update,) * 6`, no `a, no_update, b`: it would be the value of an output by its place."""
    counted = []
    for path in sorted(CALLBACKS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Tuple) and any("no_update" in ast.unparse(one) for one in node.elts):
                counted.append(f"{path.relative_to(CALLBACKS)}:{node.lineno}")
    assert not counted
