"""Whom a schedule tells, as it is typed: checked field by field, and said in a sentence.

What the workspace cannot tell at the moment is no problem of the form: what is set stays, and the job's own answer is
noted with the schedule.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from inventory_runner.errors import InvalidInput
from inventory_runner.models import Notifications
from services.job_service.notifications import (
    MOST_DESTINATIONS,
    check_threshold,
    make_too_many,
    unite_addresses,
)
from services.models.core import NotificationChoices
from services.models.wording import describe_notifications, join_words

MOST_ADDRESSES = 20
LONGEST_ADDRESS = 254
LONGEST_ID = 100
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,}")
# a month of minutes: what no run takes
LARGEST_MINUTES = 31 * 24 * 60


@dataclass(frozen=True)
class TypedNotifications:
    """The fields as typed. emails: addresses separated by commas or lines. destinations: ids. minutes: a number."""

    emails: str = ""
    destinations: tuple[str, ...] = ()
    on_failure: bool = True
    minutes: str = ""

    @classmethod
    def from_notifications(cls, told: Notifications) -> TypedNotifications:
        """What gives these notifications."""
        return cls(
            ", ".join(told.emails),
            tuple(told.destinations),
            told.on_failure,
            "" if told.after_minutes is None else str(told.after_minutes),
        )


@dataclass(frozen=True)
class CheckedNotifications:
    """problems: field of the form → why it cannot be used. said: what will be sent, to whom and when.

    gone: names of chosen destinations that the workspace has no more.
    """

    told: Notifications
    problems: Mapping[str, InvalidInput] = field(default_factory=dict)
    said: str = ""
    gone: tuple[str, ...] = ()


def check_notifications(
    typed: TypedNotifications,
    before: Notifications,
    split: Callable[[str], Sequence[str]],
    read_choices: Callable[[], NotificationChoices],
) -> CheckedNotifications:
    """Everything that can be said of them as typed.

    before: those that are saved; split: a text into its values. The choices are read only where something was chosen
    that depends on them.
    """
    problems: dict[str, InvalidInput] = {}

    def note(name: str, message: str, hint: str) -> None:
        problems.setdefault(f"notify_{name}", InvalidInput(message, field=f"notify_{name}", hint=hint))

    emails = _check_addresses(typed.emails, split, note)
    minutes = _check_minutes(typed.minutes, note)
    somebody = bool(emails or typed.destinations)
    choices = read_choices() if somebody or minutes is not None else NotificationChoices()
    if minutes is not None and choices.timeout_minutes is not None:
        try:
            check_threshold(minutes, choices.timeout_minutes)
        except InvalidInput as error:
            problems.setdefault(error.field, error)
    named, gone = _check_destinations(typed.destinations, before, choices, note)
    if somebody and not typed.on_failure and not typed.minutes.strip():
        note("failure", "They would be told of nothing.", "Choose failures, or give a number of minutes.")
    if minutes is not None and not somebody:
        note("minutes", "Nobody would be told of it.", "Name somebody above, or leave it empty.")
    told = Notifications(tuple(emails), named, typed.on_failure, minutes)
    reached = replace(told, destinations={id: name for id, name in named.items() if id not in gone})
    said = "Nothing is sent before this is corrected." if problems else describe_sending(reached, choices)
    return CheckedNotifications(told, problems, said, tuple(gone.values()))


def describe_sending(told: Notifications, choices: NotificationChoices) -> str:
    """What the job sends, or, where there is no platform, would send."""
    if not told.tell_somebody:
        return "Nobody is told."
    words = describe_notifications(told)
    return f"Databricks tells {words}." if choices.sent else f"On Databricks, the job would tell {words}."


def _check_addresses(
    text: str, split: Callable[[str], Sequence[str]], note: Callable[[str, str, str], None]
) -> list[str]:
    hint = "Write it as anna@example.com."
    try:
        listed = unite_addresses(split(text))
    except csv.Error:
        note("emails", "The quotes do not match.", hint)
        return []
    for one in listed:
        if len(one) > LONGEST_ADDRESS or not ADDRESS.fullmatch(one):
            note("emails", f"{one[:60]!r} is no e-mail address.", hint)
    if len(listed) > MOST_ADDRESSES:
        note(
            "emails",
            f"{len(listed):,} addresses are too many: a schedule tells at most {MOST_ADDRESSES}.",
            "Use a mailing list, or a notification destination.",
        )
    return listed


def _check_minutes(text: str, note: Callable[[str, str, str], None]) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= LARGEST_MINUTES:
        note(
            "minutes",
            f"{text[:40]!r} is not a number of minutes.",
            "Give a whole number from 1 up, or leave it empty to be told of no long run.",
        )
        return None
    return int(text)


def _check_destinations(
    ids: Sequence[str],
    before: Notifications,
    choices: NotificationChoices,
    note: Callable[[str, str, str], None],
) -> tuple[dict[str, str], dict[str, str]]:
    """The chosen destinations with their names, and those of them that are gone."""
    named: dict[str, str] = {}
    gone: dict[str, str] = {}
    there = choices.destinations
    for id in dict.fromkeys(ids):
        name = (there or {}).get(id) or before.destinations.get(id)
        if name is None:
            unknown = "There is no such destination" if there is not None else "Its name is not known"
            note("destinations", f"{unknown}: {id[:60]!r}.", "Choose among those that are listed.")
            continue
        named[id] = name
        if there is not None and id not in there:
            gone[id] = name
    already = [id for id in choices.always.destinations if id not in named]
    if len(named) + len(already) > MOST_DESTINATIONS:
        error = make_too_many(len(named), len(already))
        note("destinations", error.message, error.hint)
    return named, gone


def describe_gone(names: Sequence[str]) -> str:
    """What it means that a schedule tells destinations that are no more."""
    one = len(names) == 1
    return (
        f"{join_words(list(names))} {'is' if one else 'are'} not among the workspace's destinations any more."
        f" Until {'it is' if one else 'they are'} taken out, Databricks refuses changes of the job."
    )
