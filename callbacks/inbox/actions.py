"""What the inbox's buttons do: at once, or after a dialog has asked until when, or who."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import dash
from dash import Input, Output, State, no_update

from callbacks.outputs import update
from callbacks.presses import find_pressed, has_changed
from layouts.components.feedback import error_alert, note
from layouts.components.figures import mark
from layouts.inbox import ids
from layouts.shell import ids as shell_ids
from services import Services
from services.models.core import InventoryError
from services.models.coverage import COUNTED
from services.models.inbox_list import MOST_AT_ONCE, Outcome, Seen, count_entries

# action → how long it mutes
MUTES = {"mute-1": timedelta(days=1), "mute-7": timedelta(days=7)}
WORDS = {"acknowledge": "acknowledged", "undo": "open again", "owner": "given an owner"}
LONGEST_KEY = 500
MOST_SAID = 5
ACTED = {
    "message": Output(ids.MESSAGE, "children"),
    "changed": Output(ids.CHANGED, "data"),
    "count": Output(shell_ids.INBOX_CHANGED, "data"),
    "asked": Output(ids.ASKED, "data"),
    "mute": Output(ids.MUTE, "is_open"),
    "owner": Output(ids.OWNER, "is_open"),
    "mute_error": Output(ids.MUTE_ERROR, "children"),
    "owner_error": Output(ids.OWNER_ERROR, "children"),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the callback of all buttons."""

    @app.callback(
        Input(ids.ACTION, "data"),
        Input(ids.MUTE_SAVE, "n_clicks"),
        Input(ids.OWNER_SAVE, "n_clicks"),
        Input(ids.OWNER_NAME, "n_submit"),
        State(ids.ASKED, "data"),
        State(ids.MUTE_DAY, "value"),
        State(ids.OWNER_NAME, "value"),
        output=ACTED,
        running=[
            (Output(ids.MUTE_SAVE, "disabled"), True, False),
            (Output(ids.OWNER_SAVE, "disabled"), True, False),
        ],
        prevent_initial_call=True,
    )
    def _act(
        action: Any, _mute: Any, _owner: Any, _submit: Any, asked: Any, day: str | None, owner: str | None
    ) -> Any:
        pressed = find_pressed()
        if pressed == ids.MUTE_SAVE:
            return mute_until(services, asked, day or "")
        if pressed is not None:
            return set_owner(services, asked, owner or "")
        return act(services, action) if has_changed(ids.ACTION) else no_update


def act(services: Services, action: Any) -> Any:
    """Do what a button asks (`{action, entries}`), or open the dialog that asks further."""
    if not isinstance(action, dict) or not action.get("entries"):
        return no_update
    name, entries = action.get("action"), action["entries"]
    if name in ("mute-until", "owner"):
        opened = "mute" if name == "mute-until" else "owner"
        return update(ACTED, asked=entries, mute_error=None, owner_error=None, **{opened: True})
    try:
        seen = read_seen(entries)
        if name in MUTES:
            until = datetime.now(UTC) + MUTES[name]
            return _tell(services.inbox.mute(seen, until), "muted")
        if name == "acknowledge":
            return _tell(services.inbox.acknowledge(seen), WORDS[name])
        if name == "undo":
            return _tell(services.inbox.undo(seen), WORDS[name])
    except InventoryError as error:
        return update(ACTED, message=error_alert(error))
    return no_update


def mute_until(services: Services, asked: Any, day: str) -> dict[str, Any]:
    """Mute until a UTC day begins; what is wrong with the day is said in the dialog, which stays open."""
    try:
        until = datetime.combine(date.fromisoformat(day), time(), UTC)
    except ValueError:
        return update(ACTED, mute_error=note("Choose a day", "There is no such day.", "danger"))
    try:
        return _tell(services.inbox.mute(read_seen(asked), until), f"muted until {day}", closes="mute")
    except InventoryError as error:
        return update(ACTED, mute_error=error_alert(error))


def set_owner(services: Services, asked: Any, owner: str) -> dict[str, Any]:
    """Set the owner; what is wrong with the name is said in the dialog, which stays open."""
    try:
        words = WORDS["owner"] if owner.strip() else "without an owner"
        return _tell(services.inbox.set_owner(read_seen(asked), owner), words, closes="owner")
    except InventoryError as error:
        return update(ACTED, owner_error=error_alert(error))


def read_seen(entries: Any) -> list[Seen]:
    """The entries that a browser names; what makes no sense is none."""
    found = []
    for one in entries[: MOST_AT_ONCE + 1] if isinstance(entries, list) else []:
        try:
            since = datetime.fromisoformat(str(one["since"]))
            found.append(Seen(str(one["key"])[:LONGEST_KEY], since.astimezone(UTC), int(one["version"])))
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    return found


def _tell(outcomes: Sequence[Outcome], words: str, closes: str = "") -> dict[str, Any]:
    """What came of it, said above the list, which is drawn anew, as is the count in the navigation."""
    at = datetime.now(UTC).isoformat()
    closed = {closes: False} if closes else {}
    return update(ACTED, message=describe_outcomes(outcomes, words), changed=at, count=at, **closed)


def describe_outcomes(outcomes: Sequence[Outcome], words: str) -> Any:
    """How many were done, and by whom already; and each that was not, with why."""
    done = [one for one in outcomes if one.error is None]
    failed = [f"{one.title}: {one.error.full_message}" for one in outcomes if one.error is not None]
    already = Counter(one.note for one in done if one.note)
    said = f"{count_entries(len(done))} {words}."
    said = " ".join([said, *already])
    if not failed:
        return note("Done", said, "success") if done else None
    rest = len(failed) - MOST_SAID
    listed = [*failed[:MOST_SAID], *([f"and {rest:,} more"] if rest > 0 else [])]
    return dash.html.Div(
        note(
            "Not done" if not done else "Not all was done",
            [said if done else None, dash.html.Ul([dash.html.Li(one) for one in listed])],
            "warning",
        ),
        **mark(COUNTED),
    )
