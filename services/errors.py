"""Errors as plain values, for a file or a JSON answer, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inventory_runner.errors import InventoryError

# what some errors know besides: where in the statement, and which resource it is about
PLACES = ("line", "column", "resource", "parameters", "near")


def describe_error(error: InventoryError) -> dict[str, Any]:
    """code, title, message, hint, field, details; and `line` and the like where the error has them."""
    return {
        "code": error.code,
        "title": error.title,
        "message": error.message,
        "hint": error.hint,
        "field": getattr(error, "field", ""),
        "details": error.details,
        **{name: getattr(error, name) for name in PLACES if getattr(error, name, None)},
    }


def rebuild_error(values: Mapping[str, Any]) -> InventoryError:
    """An error with the same words."""
    return InventoryError(
        values["message"],
        title=values["title"],
        hint=values.get("hint", ""),
        details=values.get("details", ""),
    )
