"""How the product says numbers, times, and its own settings and states: the runner's forms, and words for its terms."""

from __future__ import annotations

from collections.abc import Sequence

from inventory_runner.wording import (
    cut_at_word,
    format_age,
    format_clock_time,
    format_count,
    format_day,
    format_duration,
    format_exact_time,
    format_minute,
    format_percent,
)
from services.models.core import Notifications, ScopeStatus, TableKind, WriteMode
from services.models.owners import OwnerRule, RuleSource

__all__ = [
    "FIELD_WORDS",
    "cut_at_word",
    "describe_key",
    "describe_notifications",
    "describe_owner_rule",
    "describe_scope_status",
    "describe_table_kind",
    "describe_write_mode",
    "format_age",
    "format_clock_time",
    "format_count",
    "format_day",
    "format_duration",
    "format_exact_time",
    "format_minute",
    "format_number",
    "format_percent",
    "join_words",
]

# what a resource has whatever it is: its common values
FIELD_WORDS = {
    "id": "Id",
    "arn": "ARN",
    "name": "Name",
    "region": "Region",
    "account": "Account",
    "tags": "Tags",
    "created_at": "Created",
}
_WRITES = {
    WriteMode.REPLACE: "keeps the table as the cloud is now",
    WriteMode.APPEND: "keeps every run's rows",
}
_KINDS = {
    "": "as the query says: counts where each row sums up others, else resources",
    TableKind.INVENTORY: "resources: each counts once, whichever tables hold it",
    TableKind.FINDINGS: "findings about resources: no total counts them",
    TableKind.COUNTS: "counts: no total counts them",
}

_SCOPE_WORDS: dict[str, str] = {
    ScopeStatus.HELD: "kept: the answer was empty",
    ScopeStatus.ADDITIVE: "adds and changes only",
}


def format_number(number: float) -> str:
    """`1,204`, `0.25`: in full, to twelve digits where it is none of the whole ones."""
    return f"{int(number):,}" if float(number).is_integer() else f"{number:,.12g}"


def describe_write_mode(mode: str) -> str:
    """What a schedule does with its rows; mode: a WriteMode's value."""
    return _WRITES[WriteMode(mode)]


def describe_table_kind(kind: str) -> str:
    """What a table's rows are; kind: a TableKind's value, empty: as the query says."""
    return _KINDS[kind]


def describe_key(columns: Sequence[str]) -> str:
    """The columns that tell one resource from another."""
    return ", ".join(columns) or "the whole row"


def describe_notifications(told: Notifications) -> str:
    """`anna@example.com and #ops, of failed and partial runs, and of runs longer than 30 minutes`, or `nobody`."""
    if not told.tell_somebody:
        return "nobody"
    events = ["of failed and partial runs"] if told.on_failure else []
    if told.after_minutes:
        events.append(f"of runs longer than {format_count(told.after_minutes, 'minute')}")
    return f"{join_words([*told.emails, *told.destinations.values()])}, {', and '.join(events)}"


def join_words(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def describe_owner_rule(rule: OwnerRule) -> str:
    """A rule in a line: `tag team → its value`, `account 4411* of aws → payments`."""
    what = f"tag {rule.tag}" if rule.source is RuleSource.TAG else "account"
    if rule.value:
        what += f" is {rule.value}" if rule.source is RuleSource.TAG else f" {rule.value}"
    return f"{what}{f' of {rule.provider}' if rule.provider else ''} → {rule.owner or 'its value'}"


def describe_scope_status(status: str) -> str:
    """How a scope ended; some of our words are short for what people have to be told whole."""
    return _SCOPE_WORDS.get(status, str(status).lower())
