"""The treemap of where resources are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest
from fakes.addresses import opened
from fakes.marks import marks
from fakes.overviews import few, overviews
from hypothesis import given
from hypothesis import strategies as st

from layouts.components.charts import COLOURWAY, contrast, find_readable_colour, mix_colours
from layouts.components.tiles import Tile, deepen
from layouts.components.tokens import token
from layouts.inventory.overview import treemap
from services.models.inventory import Overview

STYLES = (Path(__file__).resolve().parents[4] / "app" / "assets" / "style.css").read_text()


def leaves(tiles: Sequence[Tile]) -> Iterator[Tile]:
    for tile in tiles:
        yield from leaves(tile.inside) if tile.inside else [tile]


def frames(tiles: Sequence[Tile]) -> Iterator[Tile]:
    for tile in tiles:
        if tile.inside:
            yield tile
            yield from frames(tile.inside)


@few
@given(overviews(), st.integers(0, 14))
def test_every_row_is_in_the_treemap_once(shown: Overview, most: int) -> None:
    with patch.multiple(treemap, MOST_TILES=most, SMALLEST_TILE=0, SMALLEST_PROVIDER=0):
        tiles = treemap.list_tiles(shown)
    # a frame is as large as what is in it, and the providers together as everything
    assert sum(tile.value for tile in tiles) == shown.resources
    assert all(tile.value == sum(one.value for one in tile.inside) for tile in frames(tiles))
    # a table has a tile of its own, or is among the rest of its provider
    told = [tile for tile in leaves(tiles) if tile.address]
    refs = [opened(tile.address).table for tile in told]
    assert len(set(refs)) == len(refs) == min(most, sum(1 for table in shown.tables if table.rows))
    rows = {table.ref: table.rows for table in shown.tables}
    for ref, tile in zip(refs, told, strict=True):
        assert tile.value == rows[ref] and tile.words == f"{ref.label}: {tile.value:,} resources"
    assert all(f"{tile.value:,} r" in tile.words for tile in [*leaves(tiles), *frames(tiles)])


@few
@given(overviews())
def test_what_has_no_room_for_words_is_summed_up_and_nothing_is_lost(shown: Overview) -> None:
    tiles = treemap.list_tiles(shown)
    assert sum(tile.value for tile in tiles) == shown.resources
    assert len([tile for tile in tiles if tile.value < treemap.SMALLEST_PROVIDER * shown.resources]) <= 1
    tables = {table.ref: table for table in shown.tables}
    told = [tables[opened(tile.address).table] for tile in leaves(tiles) if tile.address]
    narrow = Counter(
        table.provider for table in told if table.resources < treemap.SMALLEST_TILE * shown.resources
    )
    # one alone keeps its name: "1 more" would take the same room
    assert all(count == 1 for count in narrow.values())


@few
@given(overviews())
def test_every_tile_is_drawn_within_its_frame(shown: Overview) -> None:
    drawn = treemap.where(shown)
    tiles = list(leaves(treemap.list_tiles(shown)))
    assert Counter((one.words, one.address) for one in marks(drawn, "tile")) == Counter(
        (tile.words, tile.address) for tile in tiles
    )
    for one in marks(drawn, "tile"):
        assert (
            one.share("left") + one.share("width") < 1.0001
            and one.share("top") + one.share("height") < 1.0001
        )


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("colour", COLOURWAY)
def test_the_words_on_a_tile_can_be_read(colour: str, dark: bool) -> None:
    # as the style sheet mixes them: of the light theme first
    for name in ("pale", "middle"):
        share = int(re.findall(rf"--{name}: (\d+)%", STYLES)[dark]) / 100
        assert contrast(mix_colours(colour, token("surface", dark), share), token("ink", dark)) >= 4.5
    deep = deepen(colour)
    assert contrast(deep, find_readable_colour(deep)) >= 4.5
