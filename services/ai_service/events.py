"""What a conversation's turn yields, one event after the other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A piece of the answer, as Markdown."""

    text: str


@dataclass(frozen=True)
class Lookup:
    """What the assistant looked up, as one line for people."""

    text: str


@dataclass(frozen=True)
class Verdict:
    """What the check says of the answer's SQL block with this text; `ok` ones may be inserted."""

    sql: str
    ok: bool
    text: str


@dataclass(frozen=True)
class Revision:
    """The SQL so far failed its check and the assistant was told: a corrected answer replaces the text before."""

    reason: str


@dataclass(frozen=True)
class Failure:
    """The turn ended early; the words are for the panel."""

    title: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Usage:
    """What the turn cost in tokens (in and out, cached ones included) and requests, and the most that it may."""

    tokens: int
    most_tokens: int
    rounds: int
    most_rounds: int


Event = Text | Lookup | Verdict | Revision | Failure | Usage
