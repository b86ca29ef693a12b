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
    """What the check says of the `index`-th SQL block of the answer; `ok` ones may be inserted."""

    index: int
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
    """What the turn cost: tokens in (cached ones included) and out, and requests made."""

    input_tokens: int
    output_tokens: int
    rounds: int


Event = Text | Lookup | Verdict | Revision | Failure | Usage
