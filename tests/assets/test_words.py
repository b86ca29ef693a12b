"""What scripts say and copy, in the words that Python has for the same."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from services.models.wording import format_duration


def test_a_running_time_is_said_as_the_results(scripts: Page) -> None:
    times = [0, 0.04, 1.26, 59.9, 60, 61.7, 125, 3725.5]
    assert scripts.evaluate("times => times.map(ide.run.duration)", times) == [
        format_duration(one) for one in times
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0, "0"), (False, "false"), ("a", "a"), ({"a": [1, None]}, '{"a":[1,null]}')],
)
def test_a_cell_as_text(scripts: Page, value: object, text: str) -> None:
    assert scripts.evaluate("value => grid.cellText(value)", value) == text


def test_a_copied_row_has_a_tab_between_its_values_alone(scripts: Page) -> None:
    row = ["a\tb", "c\r\n\nd", None, {"k": 1}]
    assert scripts.evaluate("row => grid.rowText(row)", row) == 'a b\tc d\t\t{"k":1}'


def test_a_chart_is_saved_under_its_title(scripts: Page) -> None:
    assert scripts.evaluate("charts.fileName('EC2 instances, by region')") == "ec2-instances-by-region.png"


def test_a_field_lists_values_between_commas_and_lines(scripts: Page) -> None:
    assert scripts.evaluate("scheduleForm.listedIn(' a, b\\n\\nc c,,')") == ["a", "b", "c c"]


def test_a_stream_is_read_wherever_it_is_cut(scripts: Page) -> None:
    stream = ': start\n\ndata: {"type": "text", "text": "a\\n\\nb"}\n\n: ping\n\ndata: {"type": "end"}\n\n'
    cut = """stream => stream.split("").map((_letter, at) => {
        const first = ide.chat.events(stream.slice(0, at)), second = ide.chat.events(first.rest + stream.slice(at));
        return [first.events.concat(second.events), second.rest];
    })"""
    whole = [{"type": "text", "text": "a\n\nb"}, {"type": "end"}]
    assert scripts.evaluate(cut, stream) == [[whole, ""]] * len(stream)
