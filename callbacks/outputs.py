"""Outputs by name: a callback with several outputs takes them, and returns their values, as a dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import no_update


def update(outputs: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """The values of some of a callback's outputs, by name; the others stay as they are.

    Dash refuses a name that is not among them. A callback that changes nothing returns `no_update` itself.
    """
    return {**dict.fromkeys(outputs, no_update), **values}
