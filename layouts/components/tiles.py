"""A treemap of tiles, each as large as what it holds; a tile may hold others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dash import html

from layouts.components.charts import find_readable_colour, mix_colours
from layouts.components.marks import mark, percent
from layouts.components.squares import Box, squarify
from layouts.components.tokens import token
from services.models.wording import format_number

# about as wide and high as a panel is, and the title of a tile that holds others
WHOLE = Box(0, 0, 500, 270)
TITLE, EDGE = 20, 2
# the colour of an outer frame is darkened, so that white can be read on it
DEPTH = 0.7


@dataclass(frozen=True)
class Tile:
    """A part of a whole. address: where it leads, if anywhere; words: what it shows. inside: what it holds.

    kind: its class. outer: it is the frame around all that it holds.
    """

    name: str
    value: float
    colour: str
    words: str
    kind: str
    address: str = ""
    inside: Sequence[Tile] = field(default=())
    outer: bool = False


def draw_tiles(tiles: Sequence[Tile], within: Box = WHOLE) -> list[Any]:
    """The tiles in their places, as shares of what they lie in, the largest first. within: how large that is, about."""
    boxes = squarify([tile.value for tile in tiles], within)
    return [_draw_tile(tile, box, within) for tile, box in zip(tiles, boxes, strict=True)]


def _draw_tile(tile: Tile, box: Box, within: Box) -> Any:
    place = {
        "left": percent((box.left - within.left) / within.width),
        "top": percent((box.top - within.top) / within.height),
        "width": percent(box.width / within.width),
        "height": percent(box.height / within.height),
        "--tone": tile.colour,
    }
    if tile.outer:
        deep = deepen(tile.colour)
        place |= {"--tone-deep": deep, "--tone-ink": find_readable_colour(deep)}
    words = [
        html.Span(tile.name, className="tile-name"),
        html.Span(format_number(tile.value), className="tile-value"),
    ]
    if not tile.inside:
        drawn = mark(tile.words, tile.address, f"tile tile-{tile.kind}", **place)
        drawn.children = html.Span(words, className="tile-words")
        return drawn
    inner = Box(0, 0, max(box.width - 2 * EDGE, 1), max(box.height - TITLE - EDGE, 1))
    held = html.Div(draw_tiles(tile.inside, inner), className="tile-inside")
    title = html.Div(words, className="tile-title", title=tile.words)
    around = f"tile tile-{tile.kind}" + " mark-group" * tile.outer
    return html.Div([title, held], className=around, style=place)


def deepen(colour: str) -> str:
    """The colour of an outer frame."""
    return mix_colours(colour, token("ink", False), DEPTH)
