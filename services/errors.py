"""Errors as plain values, for a file or a JSON answer, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inventory_runner.errors import InventoryError

EXTRA = ("field", "line", "column", "resource", "parameters", "near")


def payload(error: InventoryError) -> dict[str, Any]:
    """kind, title, message, hint, details; and `field`, `line` and the like where the error has them."""
    return {
        "kind": type(error).__name__,
        "title": error.title,
        "message": error.message,
        "hint": error.hint,
        "details": error.details,
        **{name: getattr(error, name) for name in EXTRA if getattr(error, name, None)},
    }


def from_payload(values: Mapping[str, Any]) -> InventoryError:
    """An error with the same words."""
    return InventoryError(
        values["message"],
        title=values["title"],
        hint=values.get("hint", ""),
        details=values.get("details", ""),
    )
