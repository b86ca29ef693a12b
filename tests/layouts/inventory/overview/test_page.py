"""The overview as a whole: each chart of the list in its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.overviews import few, overviews
from hypothesis import given

from inventory_runner.errors import InvalidInput, NotFound
from layouts.components.markup import render
from layouts.inventory.overview import page
from layouts.inventory.overview.page import DRAWINGS
from services.inventory_service.charts import CHARTS, find_numbers, list_titles
from services.models.inventory import Overview

ASSETS = Path(__file__).resolve().parents[4] / "app" / "assets"
STYLES = "".join(path.read_text() for path in ASSETS.rglob("*.css"))


@few
@given(overviews(least_tables=1))
def test_every_chart_of_the_list_has_a_drawing_a_place_and_numbers(shown: Overview) -> None:
    assert [chart.name for chart in CHARTS] == list(DRAWINGS)
    for chart in CHARTS:
        drawing = DRAWINGS[chart.name]
        assert f".place-{drawing.place}" in STYLES and chart.title, chart.name
        assert render(drawing.draw(shown)), chart.name
        try:
            head, rows, _ = find_numbers(shown, chart.name)
        except InvalidInput:
            # only what is not recorded of a region has no numbers, and then it is not shown either
            assert shown.filter.region and not chart.when(shown)
            continue
        assert head and all(len(list(row)) == len(head) for row in rows), chart.name


@few
@given(overviews(least_tables=1))
def test_what_has_a_place_is_what_the_list_says(shown: Overview) -> None:
    wanted = list_titles(shown)
    placed = page.grid(shown, wanted, "provider=aws")
    if not shown.loaded:
        # what to do then stands in their place
        assert placed == [] and page.first(shown, engineer=True) == [] and page.body(shown, engineer=True)
        return
    assert [part["key"] for part in placed if "of" in part] == list(wanted)
    assert {part["of"] for part in placed if "of" in part} == {"provider=aws"}
    # what needs attention waits for no chart
    (attention,) = [part for part in placed if part["key"] == "attention"]
    assert "Needs attention" in attention["html"]
    for name, title in wanted.items():
        said = render(page.draw_chart(shown, name, title))
        # each with its numbers to take away, under the same filter
        assert f"/api/inventory/charts/{name}?" in said and "days=" in said and title in said
        assert 'data-coverage="' in said and 'data-age="' in said


def test_a_chart_that_there_is_not_has_no_numbers() -> None:
    with pytest.raises(NotFound):
        find_numbers(Overview(filter=None, at=None), "nope")  # type: ignore[arg-type]
