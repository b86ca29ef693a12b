"""Numbers as figures: the one part that draws them, which cannot be made without coverage and age.

A number says how much of what it counts was read, and when. Where a page does not know, it says so (UNKNOWN, NEVER);
where the question makes no sense, it says why (NotApplicable). A number is a card (`figures`), a fact of a header
(`facts`), a word in a line (`number`), or stands in something larger that has one reading: a panel with a chart, a list
or a grid (`covered_panel`, `cover`). What the part drew carries `data-coverage` and `data-age`; a test walks the pages
for digits without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html

from layouts.components.feedback import relative_time
from layouts.components.page import Children, panel
from services.models.coverage import (
    NEVER,
    UNKNOWN,
    Covered,
    Moments,
    NotApplicable,
    Reading,
    describe_age,
    describe_coverage,
)
from services.models.wording import format_age

MOST = 6


@dataclass(frozen=True)
class Figure:
    """A number with its label and what qualifies it.

    value: None where it is not known. trend: how it moved, or what to know of it. link: what is behind it.
    tone: the colour of a state: warning, danger or nothing. hint: more words, on hover.
    """

    label: str
    value: Children | int
    _: KW_ONLY
    reading: Reading
    trend: Children = None
    link: str | None = None
    tone: str = ""
    hint: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.reading, Reading):
            raise TypeError(f"{self.label}: its reading is {self.reading!r}")


def figures(shown: Sequence[Figure], now: datetime | None = None) -> html.Div:
    """The figures in a row."""
    if len(shown) > MOST:
        raise ValueError(f"{len(shown)} figures: nobody reads more than {MOST} in a row")
    return html.Div([_card(one, now or datetime.now(UTC)) for one in shown], className="figures")


def waiting_row(count: int = MOST) -> html.Div:
    """The place of a row that is on its way."""
    return html.Div([html.Div(className="figure waiting") for _ in range(count)], className="figures")


def facts(shown: Sequence[Figure]) -> html.Dl:
    """The figures in short, for the right of a header; how sure and how old each is, is said on hover."""
    if len(shown) > MOST:
        raise ValueError(f"{len(shown)} facts: nobody reads more than {MOST} in a row")
    return html.Dl(
        [
            html.Div(
                [html.Dt(one.label), html.Dd(_add_link(one, _value(one.value, one.reading)))],
                title=describe_reading(one.reading, one.hint),
                **mark(one.reading),
            )
            for one in shown
        ],
        className="facts",
    )


def number(value: Children | int, reading: Reading, className: str = "", hint: str = "") -> html.Span:
    """A number in a line or a cell; how sure and how old it is, is said on hover. None is not known."""
    return html.Span(
        _value(value, reading),
        className=f"number-figure {className}".strip(),
        title=describe_reading(reading, hint),
        **mark(reading),
    )


def covered_panel(
    title: Children,
    children: Children,
    reading: Reading,
    now: datetime | None = None,
    *,
    note: Children = None,
    tools: Children = None,
    className: str = "",
    brief: bool = False,
    **attributes: Any,
) -> html.Section:
    """A panel whose numbers have one reading, which its head says. brief: only where something is missing.

    note: stands before it; tools: behind it.
    """
    said = html.Span(
        _say_missing(reading) if brief else qualify(reading, now or datetime.now(UTC)),
        className="panel-sure",
        title=describe_reading(reading),
    )
    words = html.Span([note, said, tools], className="sure-note")
    return panel(title, children, words, className, **mark(reading), **attributes)


def cover(children: Children, reading: Reading, className: str = "", **attributes: Any) -> html.Div:
    """Something with numbers that have one reading, said on hover: a list of changes, a table's rows."""
    return html.Div(children, className=className or None, **mark(reading), **attributes)


# by which one sees, and a test finds, that a number has its coverage and its age
MARKS = ("data-coverage", "data-age")


def mark(reading: Reading) -> dict[str, str]:
    """The attributes of MARKS."""
    said = (describe_coverage(reading.coverage, reading.unread), describe_age(reading.as_of))
    return dict(zip(MARKS, said, strict=True))


def _card(one: Figure, now: datetime) -> Any:
    parts = [
        html.Div(one.label, className="figure-label"),
        html.Div(
            _value(one.value, one.reading),
            className=f"figure-value tone-{one.tone}" if one.tone else "figure-value",
        ),
        html.Div(one.trend, className="figure-note"),
        html.Div(qualify(one.reading, now), className="figure-sure"),
    ]
    about = {"title": describe_reading(one.reading, one.hint), **mark(one.reading)}
    if one.link is None:
        return html.Div(parts, className="figure", **about)
    if one.link.startswith("#"):
        return html.A(parts, href=one.link, className="figure figure-link", **about)
    # dcc.Link takes no data attributes
    link = dcc.Link(parts, href=one.link, className="figure figure-link", title=about.pop("title"))
    return html.Div(link, className="figure-place", **about)


def _add_link(one: Figure, value: Children) -> Children:
    if one.link is None:
        return value
    return dcc.Link(value, href=one.link, className=f"quiet-link{f' tone-{one.tone}' * bool(one.tone)}")


def _value(value: Children | int, reading: Reading) -> Children:
    """The value as it is read. Nought of what nobody has looked at is not nought."""
    if value is None or (reading.as_of is NEVER and value in (0, "0")):
        return html.Span("unknown", className="figure-unknown")
    return f"{value:,}" if isinstance(value, int) else value


def _say_missing(reading: Reading) -> str:
    """`5 of 6 scopes` where not all of them were read; quiet, since something above has said it louder."""
    coverage = reading.coverage
    if isinstance(coverage, Covered) and reading.partial:
        return f"{coverage.read:,} of {coverage.total:,} scopes"
    return "coverage unknown" if coverage is UNKNOWN else ""


def qualify(reading: Reading, now: datetime) -> list[Any]:
    """`5 of 6 scopes` and `4 min ago – 3 d ago`; what does not apply is left to the words on hover."""
    parts: list[Any] = []
    if isinstance(reading.coverage, Covered):
        tone = "tone-warning" if reading.partial else ""
        words = f"{reading.coverage.read:,} of {reading.coverage.total:,} scopes"
        parts.append(html.Span(words, className=tone))
    elif reading.coverage is UNKNOWN:
        parts.append(html.Span("coverage unknown"))
    if isinstance(reading.as_of, Moments):
        newest, oldest = reading.as_of.newest, reading.as_of.oldest
        alike = format_age(newest, now) == format_age(oldest, now)
        span = [] if alike else [" – ", relative_time(oldest, now)]
        parts.append(html.Span([relative_time(newest, now), *span]))
    elif not isinstance(reading.as_of, NotApplicable):
        parts.append(html.Span("age unknown" if reading.as_of is UNKNOWN else "never read"))
    return parts


def describe_reading(reading: Reading, hint: str = "") -> str:
    """How sure and how old, in full sentences. hint: what to say before."""
    said = [describe_coverage(reading.coverage, reading.unread), describe_age(reading.as_of)]
    return ". ".join(part[0].upper() + part[1:] for part in [hint, *dict.fromkeys(said)] if part)
