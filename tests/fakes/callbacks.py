"""Calls of the server's callbacks, as the browser makes them."""

from __future__ import annotations

import json
from typing import Any

import dash


def list_calls(app: dash.Dash) -> list[dict[str, Any]]:
    """A body for each callback of the server's, in the shape that the browser gives it."""
    calls = []
    for known in app.server.test_client().get("/_dash-dependencies").get_json():
        if not known["clientside_function"]:
            outputs = app.callback_map[known["output"]]["output"]
            several = isinstance(outputs, list | tuple)
            named = [fill(one.to_dict()) for one in (outputs if several else [outputs])]
            calls.append(
                {
                    "output": known["output"],
                    "outputs": named if several else named[0],
                    "inputs": [fill(one) for one in known["inputs"]],
                    "state": [fill(one) for one in known["state"]],
                    "changedPropIds": [],
                }
            )
    return calls


def fill(one: dict[str, Any]) -> Any:
    """The component and property that a callback names, any component's where it takes any."""
    if not one["id"].startswith("{"):
        return {"id": one["id"], "property": one["property"]}
    pattern = json.loads(one["id"])
    id = {name: 1 if isinstance(part, list) else part for name, part in pattern.items()}
    made = {"id": id, "property": one["property"]}
    return [made] if ["ALL"] in pattern.values() else made
