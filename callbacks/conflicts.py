"""Which button of a conflict was pressed (`layouts.components.conflict`), and the versions that it names."""

from __future__ import annotations

import re

from callbacks.presses import find_pressed
from layouts.components.ids import CONFLICT_KEEP, CONFLICT_TAKE


def read_kept_versions() -> list[int] | None:
    """The newer versions that "Keep mine" replaces; None where something else called the callback."""
    return _read_versions(CONFLICT_KEEP)


def read_taken_versions() -> list[int] | None:
    """The newer versions that "Take theirs" takes; None where something else called the callback."""
    return _read_versions(CONFLICT_TAKE)


def _read_versions(button: str) -> list[int] | None:
    pressed = find_pressed()
    if not isinstance(pressed, dict) or pressed.get("type") != button:
        return None
    named = str(pressed.get("versions"))
    if not re.fullmatch(r"[0-9]{1,18}(,[0-9]{1,18}){0,99}", named):
        return None
    return [int(number) for number in named.split(",")]
