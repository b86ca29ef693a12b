"""The list of entries: what, since when, whose, and what can be done about it; and what its being empty means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html

from layouts.components.feedback import empty_state, relative_time
from layouts.components.figures import cover, mark, number
from layouts.components.lists import cell, head_cell, how_many, rows_under
from layouts.components.menu import entry as menu_entry
from layouts.components.menu import menu
from layouts.components.page import Children, icon
from layouts.inbox.view import ALL, KINDS, STATES, InboxView, address, is_match
from services.models.coverage import COUNTED, Covered, describe_age, describe_coverage
from services.models.inbox import ChangeSeen, EntryKind, EntryState, InboxEntry
from services.models.inbox_list import MOST_AT_ONCE, Inbox
from services.models.wording import format_count, format_day, format_exact_time

WORDS_OF_KIND = {
    EntryKind.RUN: "Run",
    EntryKind.COVERAGE: "Coverage",
    EntryKind.STALE: "Late",
    EntryKind.WATCH: "Watch",
}
ICONS_OF_KIND = {
    EntryKind.RUN: "bi-x-octagon",
    EntryKind.COVERAGE: "bi-eye-slash",
    EntryKind.STALE: "bi-hourglass-split",
    EntryKind.WATCH: "bi-eye",
}
# what a button asks for (data-inbox): the words of those that act at once or ask in a dialog
MUTES = {"mute-1": "Mute for a day", "mute-7": "Mute for a week", "mute-until": "Mute until …"}


def summary(inbox: Inbox) -> Children:
    """How many are open, of how many."""
    found = len(inbox.list_in(EntryState.OPEN))
    more = " or more" if inbox.cut else ""
    words = f"{found:,}{more} open of {format_count(len(inbox.entries), 'entry')}".replace(
        "entrys", "entries"
    )
    return html.Span([how_many(words), ": what needs somebody, of all tables."], **mark(COUNTED))


def states(inbox: Inbox, view: InboxView) -> list[Any]:
    """A tab a state, with how many match the rest of the view."""
    counts = Counter(one.state for one in inbox.entries if is_match(one, view))
    return [
        _tab(
            words,
            view._replace(state=state),
            counts.total() if state == ALL else counts[EntryState(state)],
            state == view.state,
        )
        for state, words in STATES.items()
    ]


def kinds(inbox: Inbox, view: InboxView) -> list[Any]:
    """A pill a kind that the state has, and the chosen one; nothing where there is no choice."""
    plain = view._replace(kind="")
    counts = Counter(one.kind for one in _in_state(inbox, view) if is_match(one, plain))
    shown = [kind for kind in KINDS if kind and (counts[EntryKind(kind)] or kind == view.kind)]
    if len(shown) < 2 and not view.kind:
        return []
    return [
        _tab(
            KINDS[kind],
            view._replace(kind=kind),
            counts[EntryKind(kind)] if kind else counts.total(),
            kind == view.kind,
        )
        for kind in ["", *shown]
    ]


def _tab(words: str, leads: InboxView, count: int, chosen: bool) -> html.A:
    current = {"aria-current": "true"} if chosen else {}
    return html.A(
        [html.Span(words), number(count, COUNTED, "pill-count")],
        href=address(leads),
        className="pill" + " active" * chosen,
        **{"data-inbox-view": "", **current},
    )


def _in_state(inbox: Inbox, view: InboxView) -> Sequence[InboxEntry]:
    return inbox.list_in(None if view.state == ALL else EntryState(view.state))


def listing(inbox: Inbox, view: InboxView, engineer: bool) -> list[Any]:
    """The entries of the view, or how sure it is that there are none."""
    shown = [one for one in _in_state(inbox, view) if is_match(one, view)]
    cut = (
        html.P(
            "There may be more: only the first scopes and failed runs were looked through.",
            className="inbox-more",
        )
        if inbox.cut
        else None
    )
    if not shown:
        return [_nothing(inbox, view), cut]
    rest = len(shown) - MOST_AT_ONCE
    content = html.Div(
        [
            rows_under(
                "Entries",
                [
                    head_cell(_box("all", "Choose all that are listed"), "pick"),
                    head_cell("Kind", "kind"),
                    head_cell("What", "what"),
                    head_cell("Since", "since"),
                    head_cell("State", "state"),
                    head_cell("Owner", "owner"),
                    head_cell(html.Span("Actions", className="visually-hidden"), "actions"),
                ],
                [_row(one, inbox.at, engineer) for one in shown[:MOST_AT_ONCE]],
                "inbox-table",
            ),
            html.P(f"{rest:,} more: filter to shorten the list.", className="inbox-more", **mark(COUNTED))
            if rest > 0
            else None,
            cut,
        ],
        className="panel inbox-list",
    )
    return [cover(content, inbox.reading)]


def _box(key: str, label: str) -> html.Button:
    return html.Button(
        icon("bi-check"),
        type="button",
        role="checkbox",
        className="pick-box",
        **{"data-inbox-pick": key, "aria-checked": "false", "aria-label": label},
    )


def _row(one: InboxEntry, now: datetime, engineer: bool) -> html.Tr:
    # a watch is listed for the one person whose it is
    may_act = engineer or one.person is not None
    return html.Tr(
        [
            html.Td(_box("one", f"Choose {one.title}") if may_act else None, className="pick"),
            html.Td(
                html.Span(
                    [icon(ICONS_OF_KIND[one.kind]), WORDS_OF_KIND[one.kind]],
                    className=f"inbox-kind tone-{one.severity}",
                ),
                className="kind",
            ),
            html.Td(
                [
                    dcc.Link(one.title, href=one.href, className="row-link given", title=one.title),
                    html.Span(one.text, className="inbox-text", title=one.text),
                    _changes(one),
                ],
                className="what",
            ),
            cell("Since", relative_time(one.since, now), "since"),
            cell("State", _state(one, now), "state"),
            cell(
                "Owner",
                html.Span(one.owner or "nobody", title=one.owner),
                "owner" + " none" * (not one.owner),
            ),
            html.Td(_actions(one) if may_act else None, className="actions"),
        ],
        className=f"inbox-row {one.state}",
        **{"data-key": one.key, "data-since": one.since.isoformat(), "data-version": str(one.version)},
    )


def _state(one: InboxEntry, now: datetime) -> Children:
    if one.state is EntryState.MUTED and one.muted_until:
        until = one.muted_until
        return html.Span(
            f"muted until {format_day(until.date(), now.date())}", title=format_exact_time(until)
        )
    if one.state is EntryState.ACKNOWLEDGED:
        return html.Span(["acknowledged by ", html.Span(one.acknowledged_by, className="given")])
    return html.Span("open", className="text-muted-2")


def _actions(one: InboxEntry) -> html.Div:
    first = "undo" if one.state in (EntryState.ACKNOWLEDGED, EntryState.MUTED) else "acknowledge"
    return html.Div(
        [
            html.Button(
                first.capitalize(),
                type="button",
                className="btn btn-outline-secondary btn-sm",
                **{"data-inbox": first, "aria-label": f"{first.capitalize()}: {one.title}"},
            ),
            menu(
                f"More for {one.title}",
                [
                    *(menu_entry(words, **{"data-inbox": action}) for action, words in MUTES.items()),
                    menu_entry("Set owner …", **{"data-inbox": "owner"}),
                ],
            ),
        ],
        className="row-actions",
    )


def _changes(one: InboxEntry) -> Any:
    """What a watch saw, with before and after; nothing for other kinds."""
    if not one.changes:
        return None
    more = f"and {one.left_out:,} more" if one.left_out else None
    return html.Details(
        [
            html.Summary("Before and after"),
            html.Ul([*(html.Li(_change(change)) for change in one.changes), html.Li(more) if more else None]),
        ],
        className="inbox-changes",
    )


def _change(change: ChangeSeen) -> list[Any]:
    parts: list[Any] = [dcc.Link(change.name, href=change.href, className="given"), f" {change.kind}"]
    before, after = change.before or {}, change.after or {}
    for column in dict.fromkeys((*before, *after)):
        old, new = before.get(column), after.get(column)
        if old != new:
            parts.append(
                html.Span(
                    [
                        html.Span(column, className="mono"),
                        ": ",
                        html.Del(old or "empty") if change.before is not None else None,
                        " → " if change.before is not None and change.after is not None else None,
                        html.Ins(new or "empty") if change.after is not None else None,
                    ],
                    className="inbox-change",
                )
            )
    return parts


def _nothing(inbox: Inbox, view: InboxView) -> html.Div:
    """Why the list is empty, and how sure that is: scopes that were not read may hold what nobody knows of."""
    if view.kind or view.find or view.state != EntryState.OPEN:
        words = "No entry is so." if inbox.entries else "There is no entry at all."
        everything = html.A(
            "Show what is open",
            href=address(InboxView()),
            className="btn btn-outline-secondary",
            **{"data-inbox-view": ""},
        )
        return html.Div(empty_state("bi-search", "Nothing here", words, everything), className="panel")
    title, words, sure = describe_calm(inbox)
    state = empty_state("bi-check-circle" if sure else "bi-circle", title, words)
    return cover(html.Div(state, className=f"panel inbox-calm{'' if sure else ' not-whole'}"), inbox.reading)


def describe_calm(inbox: Inbox) -> tuple[str, str, bool]:
    """That nothing is open, as a title and a sentence, and whether everything is known to have been read."""
    coverage, age = inbox.reading.coverage, describe_age(inbox.reading.as_of)
    handled = len(inbox.entries)
    left = f" {handled:,} acknowledged or muted." if handled else ""
    if not inbox.tables:
        return "Nothing is known yet", "No table has been read, so that nothing can need anybody.", False
    if not isinstance(coverage, Covered):
        return "Nothing is open", f"How much was read is not known: {age}.{left}", False
    said = describe_coverage(coverage, inbox.reading.unread)
    if inbox.reading.partial or inbox.cut:
        missing = coverage.total - coverage.read
        title = (
            f"Nothing is open; {format_count(missing, 'scope')} {'was' if missing == 1 else 'were'} not read"
        )
        return title, f"{said}, {age}. What happens there nobody knows.{left}", False
    title = "Nothing is open" if handled else "Nothing needs you"
    return title, f"{said}, {age}.{left}", not handled
