"""The chart of how old each table's data is."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from unittest.mock import patch

from fakes.addresses import opened
from fakes.marks import groups, marks, sentence
from fakes.overviews import AT, few, overviews
from hypothesis import given

from layouts.components.charts import shorten_provider
from layouts.inventory.overview import ages
from layouts.inventory.page import read_filter
from services.models.inventory import Freshness, Overview
from services.models.wording import format_age


@few
@given(overviews())
def test_a_table_has_one_dot_at_its_age_on_the_line_of_its_provider(shown: Overview) -> None:
    left = {table.ref: table for table in shown.tables if table.updated_at is not None}
    stale = {table.ref: table for table in shown.tables if table.stale_rows}
    lines = ages.list_lines(shown)
    drawn = groups(ages.ages(shown), "ages-line")
    oldest = max((dot.hours for line in lines for dot in line.dots), default=1)
    assert len(drawn) == len(lines)
    for line, group in zip(lines, drawn, strict=True):
        for dot, mark in zip(line.dots, marks(group, "dot"), strict=True):
            assert mark.words.startswith(dot.words) and mark.address == dot.address
            place = ages.place_age(dot.hours, oldest)
            assert 0 <= place <= 1 and abs(mark.share("left") - place) < 1e-4
            found = opened(dot.address)
            if dot.state == ages.STALE:
                # rows that are older than the rest of their table have a dot of their own
                older = stale.pop(found.table)
                assert found.tab == "coverage" and older.oldest_at is not None
                assert abs(dot.hours - max((AT - older.oldest_at) / timedelta(hours=1), 1 / 60)) < 0.001
                assert f"{older.stale_rows:,} row" in dot.words and "scopes not read" in mark.words
                continue
            table = left.pop(found.table)
            assert found.tab == "source" and table.updated_at is not None
            since = AT - table.updated_at
            assert dot.words == f"{table.ref.label}: {format_age(table.updated_at, AT)}"
            assert abs(dot.hours - max(since / timedelta(hours=1), 1 / 60)) < 0.001
            assert line.name == shorten_provider(table.provider) or line.name.endswith(" others")
            # the one colour that warns is of tables that missed a run
            assert ("tone-warning" in mark.kind) == (table.freshness is Freshness.LATE)
            assert ("missed a run" in mark.words) == (table.freshness is Freshness.LATE)
    # what was never loaded has no age
    assert not left and not stale


@few
@given(overviews())
def test_older_is_further_to_the_right_and_what_is_late_is_told(shown: Overview) -> None:
    hours = sorted(dot.hours for line in ages.list_lines(shown) for dot in line.dots)
    places = [ages.place_age(one, max(hours)) for one in hours]
    assert places == sorted(places)
    late = sum(1 for table in shown.tables if table.freshness is Freshness.LATE)
    assert (f"{late} table" in sentence(ages.ages(shown))) or not late


@few
@given(overviews())
def test_dots_of_many_tables_count_each_of_them_once(shown: Overview) -> None:
    with patch.object(ages, "MOST_DOTS", 0):
        lines = ages.list_lines(shown)
    loaded = [table for table in shown.tables if table.updated_at is not None]
    counted: Counter[str] = Counter()
    for dot in (dot for line in lines for dot in line.dots if dot.state != ages.STALE):
        found = opened(dot.address)
        first = dot.words.partition(": ")[0].split(" tables of ")
        if len(first) == 2 and first[0].isdigit():
            # the provider's list, the oldest first
            provider = read_filter(found.arguments).provider
            assert first[1] == shorten_provider(provider) and found.arguments["sort"] == "-updated"
            counted[provider] += int(first[0])
        else:
            table = next(one for one in loaded if one.ref == found.table)
            counted[table.provider] += 1
    assert counted == Counter(table.provider for table in loaded)
