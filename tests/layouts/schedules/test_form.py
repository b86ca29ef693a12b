"""The form of a schedule: its controls are those that callbacks fill and check."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from dash import html
from fakes.components import walk, words

from callbacks.schedules.form import FIELDS, TOLD
from inventory_runner.errors import InvalidInput
from layouts.schedules import form, form_parts, ids


def test_every_field_has_a_control_and_a_line_for_its_problem() -> None:
    drawn = list(walk(form.form()))
    counts = Counter(str(one.id) for one in drawn if hasattr(one, "id"))
    assert all(count == 1 for count in counts.values())
    for id in (*FIELDS.values(), *map(ids.form_error, TOLD)):
        assert counts[id] == 1, id
    # a label leads to a control that there is
    for one in drawn:
        if getattr(one, "htmlFor", None):
            assert counts[one.htmlFor] == 1, one.htmlFor


def test_a_parameter_offers_what_is_known_and_keeps_what_was_typed() -> None:
    (field,) = form_parts.parameter_fields(
        {"region": {"Europe": ["eu-west-1", "eu-west-2"]}}, {"region": ["us-east-1"]}, {"region": "x, y"}
    )
    controls = {str(one.id): one for one in walk(field) if hasattr(one, "id")}
    assert controls[str(ids.form_parameter("region"))].value == "x, y"
    assert str(ids.form_parameter_error("region")) in controls
    offered = {getattr(one, "data-value", None) for one in walk(field) if hasattr(one, "data-form")}
    assert {"eu-west-1\neu-west-2", "us-east-1"} <= offered


def test_a_count_of_scopes_is_told_once_it_is_known() -> None:
    assert form_parts.count_line(None, True) == []
    assert "1 scope to read" in words(form_parts.count_line(1, True))
    assert "1,204 scopes to read" in words(form_parts.count_line(1204, True))
    # without parameters there is nothing to combine
    assert form_parts.count_line(1, False) == []


def test_a_preview_says_which_columns_are_unique_in_it() -> None:
    columns = [("id", 7, 0, "i-1"), ("state", 2, 1, "on")]
    said = words(form_parts.preview_result("us-east-1", 7, True, columns, [("id",)]))
    assert "7 rows of us-east-1." in said and "Unique in all of them: id" in said
    assert "id 7 of 7 unique" in said and "state 2 of 7 unique" not in said
    assert "there are more" in words(form_parts.preview_result("us-east-1", 7, False, columns, []))
    # of no rows nothing can be said
    assert "is empty" in words(form_parts.preview_result("us-east-1", 0, True, (), ()))


def test_a_problem_is_told_with_what_to_do() -> None:
    assert form_parts.problem(None) is None
    error = InvalidInput("That is no cron expression.", hint="Five fields.")
    assert words(form_parts.problem(error)).endswith("That is no cron expression. Five fields.")


def test_what_a_change_of_clocks_does_is_said_below_the_times() -> None:
    times = [datetime(2026, 3, 30, 2, 30, tzinfo=UTC)]
    said = words(
        html.Div(form_parts.next_times("At 02:30, every day", times, "UTC", "02:30 is skipped on 29 March."))
    )
    assert said.endswith("The clocks change 02:30 is skipped on 29 March.")
    assert "clocks" not in words(html.Div(form_parts.next_times("At 02:30, every day", times, "UTC")))
