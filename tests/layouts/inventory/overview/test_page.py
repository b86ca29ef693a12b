"""The overview as a whole: each chart of the list in its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.components import graphs, text
from fakes.overviews import few, overviews
from hypothesis import given

from inventory_runner.errors import InvalidInput, NotFound
from layouts.inventory.overview import page
from layouts.inventory.overview.page import DRAWINGS
from services.inventory_service.charts import CHARTS, find_numbers, list_titles
from services.models.inventory import Overview

ASSETS = Path(__file__).resolve().parents[4] / "app" / "assets"
STYLES = "".join(path.read_text() for path in ASSETS.rglob("*.css"))


@few
@given(overviews(least_tables=1))
def test_every_chart_of_the_list_has_a_figure_a_place_and_numbers(shown: Overview) -> None:
    assert [chart.name for chart in CHARTS] == list(DRAWINGS)
    for chart in CHARTS:
        drawing = DRAWINGS[chart.name]
        assert f".place-{drawing.place}" in STYLES and chart.title, chart.name
        figure = drawing.figure(shown, False)
        assert isinstance(figure["data"], list) and figure["layout"], chart.name
        try:
            head, rows, _ = find_numbers(shown, chart.name)
        except InvalidInput:
            # only what is not recorded of a region has no numbers, and then it is not shown either
            assert shown.filter.region and not chart.when(shown)
            continue
        assert head and all(len(list(row)) == len(head) for row in rows), chart.name


@few
@given(overviews(least_tables=1))
def test_what_is_drawn_is_what_the_list_says(shown: Overview) -> None:
    wanted = list_titles(shown)
    drawn = page.grid(shown, wanted, False)
    assert list(graphs(drawn)) == list(wanted)
    said = text(drawn)
    for name in wanted:
        # each with its numbers to take away, under the same filter
        assert f"/api/inventory/charts/{name}?" in said
    assert said.count("?days=") + said.count("&days=") == len(wanted)


def test_a_chart_that_there_is_not_has_no_numbers() -> None:
    with pytest.raises(NotFound):
        find_numbers(Overview(filter=None, at=None), "nope")  # type: ignore[arg-type]
