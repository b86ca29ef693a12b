"""Numbers as figures: the one part that draws them, which cannot be made without coverage and age.

A number says how much of what it counts was read, and when. Where a page does not know, it says so (UNKNOWN, NEVER);
where the question makes no sense, it says why (NotApplicable).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeAlias

from dash import dcc, html

from layouts.components.feedback import relative_time
from layouts.components.page import Children
from services.models.wording import format_age, format_exact_time

MOST = 6


class Unknown(Enum):
    """It is not recorded."""

    UNKNOWN = "unknown"


class Never(Enum):
    """Nothing has been read yet."""

    NEVER = "never"


UNKNOWN, NEVER = Unknown.UNKNOWN, Never.NEVER


@dataclass(frozen=True)
class NotApplicable:
    """The question makes no sense for this number. reason: why, as a person reads it."""

    reason: str

    def __post_init__(self) -> None:
        if not self.reason:
            raise ValueError("say why it does not apply")


@dataclass(frozen=True)
class Covered:
    """Scopes that were read whole, of all that the number rests on."""

    read: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.read <= self.total or not self.total:
            raise ValueError(f"{self.read} of {self.total} scopes is no coverage")


@dataclass(frozen=True)
class Moments:
    """When the oldest and the newest part of what the number rests on were read."""

    oldest: datetime
    newest: datetime

    def __post_init__(self) -> None:
        if self.oldest > self.newest:
            raise ValueError("the oldest part is newer than the newest")


Coverage: TypeAlias = Covered | NotApplicable | Unknown
Age: TypeAlias = Moments | NotApplicable | Unknown | Never


def make_coverage(read: int, total: int) -> Coverage:
    """The coverage that two counts tell; without a scope it is unknown."""
    return Covered(read, total) if total else UNKNOWN


def read_at(moments: Sequence[datetime | None]) -> Age:
    """The age that the moments of the parts tell; None is a part that was never read."""
    known = [moment for moment in moments if moment is not None]
    return Moments(min(known), max(known)) if known else NEVER


@dataclass(frozen=True)
class Figure:
    """A number with its label and what qualifies it.

    value: None where it is not known. trend: how it moved, or what to know of it. link: what is behind it.
    tone: the colour of a state: warning, danger or nothing. hint: more words, on hover.
    """

    label: str
    value: Children | int
    _: KW_ONLY
    coverage: Coverage
    as_of: Age
    trend: Children = None
    link: str | None = None
    tone: str = ""
    hint: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.coverage, Coverage):
            raise TypeError(f"{self.label}: coverage is {self.coverage!r}")
        if not isinstance(self.as_of, Age):
            raise TypeError(f"{self.label}: age is {self.as_of!r}")


def figures(shown: Sequence[Figure], now: datetime | None = None) -> html.Div:
    """The figures in a row."""
    if len(shown) > MOST:
        raise ValueError(f"{len(shown)} figures: nobody reads more than {MOST} in a row")
    return html.Div([_card(one, now or datetime.now(UTC)) for one in shown], className="figures")


def waiting_row(count: int = MOST) -> html.Div:
    """The place of a row that is on its way."""
    return html.Div([html.Div(className="figure waiting") for _ in range(count)], className="figures")


def facts(shown: Sequence[Figure], now: datetime | None = None) -> html.Dl:
    """The figures in short, for the right of a header; how sure and how old each is, is said on hover."""
    if len(shown) > MOST:
        raise ValueError(f"{len(shown)} facts: nobody reads more than {MOST} in a row")
    now = now or datetime.now(UTC)
    return html.Dl(
        [
            html.Div([html.Dt(one.label), html.Dd(_add_link(one, _value(one)))], title=_words(one, now))
            for one in shown
        ],
        className="facts",
    )


def _card(one: Figure, now: datetime) -> Any:
    parts = [
        html.Div(one.label, className="figure-label"),
        html.Div(_value(one), className=f"figure-value tone-{one.tone}" if one.tone else "figure-value"),
        html.Div(one.trend, className="figure-note"),
        html.Div(_qualifier(one, now), className="figure-sure"),
    ]
    hint = _words(one, now)
    if one.link is None:
        return html.Div(parts, className="figure", title=hint)
    if one.link.startswith("#"):
        return html.A(parts, href=one.link, className="figure figure-link", title=hint)
    return dcc.Link(parts, href=one.link, className="figure figure-link", title=hint)


def _add_link(one: Figure, value: Children) -> Children:
    if one.link is None:
        return value
    return dcc.Link(value, href=one.link, className=f"quiet-link{f' tone-{one.tone}' * bool(one.tone)}")


def _value(one: Figure) -> Children:
    """The value as it is read. Nought of what nobody has looked at is not nought."""
    if one.value is None or (one.as_of is NEVER and one.value in (0, "0")):
        return html.Span("unknown", className="figure-unknown")
    return f"{one.value:,}" if isinstance(one.value, int) else one.value


def _qualifier(one: Figure, now: datetime) -> list[Any]:
    """`5 of 6 scopes` and `4 min ago – 3 d ago`; what does not apply is left to the words on hover."""
    parts: list[Any] = []
    if isinstance(one.coverage, Covered):
        tone = "tone-warning" if one.coverage.read < one.coverage.total else ""
        parts.append(html.Span(f"{one.coverage.read:,} of {one.coverage.total:,} scopes", className=tone))
    elif one.coverage is UNKNOWN:
        parts.append(html.Span("coverage unknown"))
    if isinstance(one.as_of, Moments):
        newest, oldest = one.as_of.newest, one.as_of.oldest
        alike = format_age(newest, now) == format_age(oldest, now)
        span = [] if alike else [" – ", relative_time(oldest, now)]
        parts.append(html.Span([relative_time(newest, now), *span]))
    elif not isinstance(one.as_of, NotApplicable):
        parts.append(html.Span("age unknown" if one.as_of is UNKNOWN else "never read"))
    return parts


def _words(one: Figure, now: datetime) -> str:
    """How sure and how old, in full."""
    if isinstance(one.coverage, Covered):
        said = [f"{one.coverage.read:,} of {one.coverage.total:,} scopes were read whole"]
    else:
        said = [one.coverage.reason if isinstance(one.coverage, NotApplicable) else "coverage unknown"]
    if isinstance(one.as_of, Moments):
        newest, oldest = format_exact_time(one.as_of.newest), format_exact_time(one.as_of.oldest)
        said.append(f"read {newest}" if newest == oldest else f"read between {oldest} and {newest}")
    elif isinstance(one.as_of, NotApplicable):
        said.append(one.as_of.reason)
    else:
        said.append("nothing was read yet" if one.as_of is NEVER else "age unknown")
    return ". ".join(part[0].upper() + part[1:] for part in [one.hint, *dict.fromkeys(said)] if part)
