"""What the inbox is narrowed to, as its address says it (`/inbox?state=muted&kind=run&find=ec2`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from services.models import url_words
from services.models.inbox import EntryKind, EntryState, InboxEntry
from services.models.limits import LONGEST_SEARCH

PAGE = "/inbox"
ALL = "all"
# state → the words of its tab; the first is shown where the address names none
STATES = {
    EntryState.OPEN: "Open",
    EntryState.ACKNOWLEDGED: "Acknowledged",
    EntryState.MUTED: "Muted",
    ALL: "All",
}
KINDS = {
    "": "Every kind",
    EntryKind.RUN: "Runs",
    EntryKind.COVERAGE: "Coverage",
    EntryKind.STALE: "Late tables",
    EntryKind.WATCH: "Watches",
}
NAMES = (url_words.STATE, url_words.KIND, url_words.FIND)


class InboxView(NamedTuple):
    """state: of STATES; kind: of KINDS; find: words, each of which must be found."""

    state: str = EntryState.OPEN
    kind: str = ""
    find: str = ""


def read_view(arguments: Mapping[str, Any]) -> InboxView:
    """The view of an address's arguments; a value that the page does not know narrows nothing."""
    state, kind, find = (str(arguments.get(name) or "")[:LONGEST_SEARCH] for name in NAMES)
    return InboxView(
        (state if state in STATES else ALL) if state else EntryState.OPEN, kind if kind in KINDS else "", find
    )


def list_ignored(arguments: Mapping[str, Any]) -> list[str]:
    """What an address asks for that the page cannot apply, as it stands there: `kind=cost`."""
    known: dict[str, Mapping[str, str]] = {url_words.STATE: STATES, url_words.KIND: KINDS}
    return [
        f"{name}={value}"
        for name, value in sorted((name, str(value)) for name, value in arguments.items())
        if name not in NAMES or (value and value not in known.get(name, {value: ""}))
    ]


def address(view: InboxView) -> str:
    """The page so narrowed, without what is usual."""
    usual = InboxView()
    said = zip(NAMES, view, usual, strict=True)
    query = urlencode({name: str(value) for name, value, default in said if value != default})
    return f"{PAGE}?{query}" if query else PAGE


def is_match(entry: InboxEntry, view: InboxView) -> bool:
    """Whether an entry is of the kind and has the words; its state is another question."""
    text = f"{entry.title} {entry.text} {entry.owner} {entry.acknowledged_by}".lower()
    return view.kind in ("", entry.kind) and all(word in text for word in view.find.lower().split())
