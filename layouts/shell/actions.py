"""What the search box offers to do, beside what it finds."""

from __future__ import annotations

from dataclasses import dataclass

from services.models import url_words


@dataclass(frozen=True)
class Action:
    """href: where it is done; else script: what assets/shared/search.js does. words: it is found by these too."""

    title: str
    icon: str
    href: str = ""
    script: str = ""
    keys: str = ""
    words: str = ""
    engineers_only: bool = False


ACTIONS = (
    Action(
        "New query",
        "bi-plus-lg",
        f"/ide?{url_words.NEW}=query",
        words="statement sql editor tab",
        engineers_only=True,
    ),
    Action(
        "New schedule",
        "bi-calendar-plus",
        f"/schedules?{url_words.NEW}=yes",
        words="add job",
        engineers_only=True,
    ),
    Action(
        "Switch between light and dark",
        "bi-moon-stars",
        script="theme",
        words="toggle theme mode colours colors",
    ),
    Action("List the keys", "bi-keyboard", script="keys", keys="?", words="shortcuts keyboard hotkeys help"),
)


def find_actions(text: str, *, engineer: bool) -> list[Action]:
    """Those that hold every word of the text and that the person may do; all of them for no text."""
    words = text.lower().split()
    return [
        action
        for action in ACTIONS
        if (engineer or not action.engineers_only)
        and all(word in f"{action.title} {action.words}".lower() for word in words)
    ]
