"""A ring of shares, with a list of them beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from dash import html

from layouts.components.marks import mark, place_marks, swatch
from layouts.components.markup import Tag

# around, in the picture's own lengths
AROUND, WIDTH = 100, 7
RADIUS = AROUND / 6.283185307179586
EDGE = RADIUS + WIDTH / 2 + 0.5


@dataclass(frozen=True)
class Slice:
    """A part of a whole. value: None where it is not known; what is not above nought has no share."""

    name: str
    value: float | None
    said: str
    address: str
    colour: str


def draw_ring(slices: Sequence[Slice], total: str = "") -> html.Div:
    """The ring and the list. total: stands in its middle."""
    shares = list_shares([one.value for one in slices])
    drawn: list[Any] = []
    for one, share in zip(slices, shares, strict=True):
        part = write_share(share)
        row = mark(f"{one.name}: {one.said}{f', {part}' * bool(part)}", one.address, "ring-row")
        row.children = [
            swatch(one.colour),
            html.Span(one.name, className="ring-name"),
            html.Span(one.said, className="ring-value"),
            html.Span(part or "–", className="ring-share"),
        ]
        drawn.append(row)
    middle = html.Div(total, className="ring-total") if total else None
    picture = html.Div(
        [_draw_picture(slices, shares), middle], className="ring-picture", **{"aria-hidden": "true"}
    )
    # a link in the picture is one for the pointer: the list has it for all others
    return html.Div([picture, place_marks(drawn, "down", "ring-list")], className="ring")


def list_shares(values: Sequence[float | None]) -> list[float | None]:
    """The share of each in the sum of those above nought; None for any other."""
    whole = sum(value for value in values if value is not None and value > 0)
    return [value / whole if value is not None and value > 0 else None for value in values]


def write_share(share: float | None) -> str:
    """`12.5 %`; what is little is not nothing."""
    if share is None:
        return ""
    return "< 0.1 %" if share < 0.0005 else f"{100 * share:.1f} %"


def _draw_picture(slices: Sequence[Slice], shares: Sequence[float | None]) -> Tag:
    known = [(one, share) for one, share in zip(slices, shares, strict=True) if share is not None]
    starts = [0.0, *accumulate(share for _, share in known)]
    arcs = [_draw_arc(one, share, start) for (one, share), start in zip(known, starts[:-1], strict=True)]
    return Tag(
        "svg",
        {"viewBox": f"{-EDGE:.3f} {-EDGE:.3f} {2 * EDGE:.3f} {2 * EDGE:.3f}"},
        [*arcs, *_draw_gaps(starts)],
    )


def _draw_arc(one: Slice, share: float, start: float) -> Tag:
    """A circle of which the share is drawn, from the top clockwise."""
    circle = Tag(
        "circle",
        {
            "r": f"{RADIUS:.4f}",
            "fill": "none",
            "stroke": one.colour,
            "stroke-width": WIDTH,
            "stroke-dasharray": f"{100 * share:.4f} {100 - 100 * share:.4f}",
            "stroke-dashoffset": f"{25 - 100 * start:.4f}",
        },
    )
    about = {"data-says": f"{one.name}: {one.said}, {write_share(share)}"}
    return Tag("a", {"href": one.address, "tabindex": -1, **about} if one.address else about, [circle])


def _draw_gaps(starts: Sequence[float]) -> list[Tag]:
    """Lines in the surface's colour between the shares, where there is more than one."""
    if len(starts) <= 2:
        return []
    return [
        Tag(
            "line",
            {
                "class": "ring-gap",
                "y1": f"{-(RADIUS - WIDTH / 2 - 0.2):.3f}",
                "y2": f"{-(RADIUS + WIDTH / 2 + 0.2):.3f}",
                "transform": f"rotate({360 * start:.3f})",
            },
        )
        for start, _ in pairwise(starts)
    ]
