"""The chart of how old each table's data is."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

from fakes.addresses import opened
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
    figure = ages.ages(shown, False)
    left = {table.ref: table for table in shown.tables if table.updated_at is not None}
    stale = {table.ref: table for table in shown.tables if table.stale_rows}
    axis = figure["layout"]["yaxis"]
    line_of = dict(zip(axis["tickvals"], axis["ticktext"], strict=True))
    for trace in figure["data"]:
        for hours, y, said, address in zip(
            trace["x"], trace["y"], trace["text"], trace["customdata"], strict=True
        ):
            found = opened(address)
            if trace["name"] == "scopes not read":
                # rows that are older than the rest of their table have a dot of their own
                older = stale.pop(found.table)
                assert found.tab == "coverage" and older.oldest_at is not None
                assert abs(hours - max((AT - older.oldest_at) / timedelta(hours=1), 1 / 60)) < 0.001
                assert f"{older.stale_rows:,} row" in said
                continue
            table = left.pop(found.table)
            assert found.tab == "source" and table.updated_at is not None
            since = AT - table.updated_at
            assert said == f"{table.ref.label}<br>{format_age(table.updated_at, AT)}"
            assert abs(hours - max(since / timedelta(hours=1), 1 / 60)) < 0.001
            alone = line_of[round(y)] == shorten_provider(table.provider)
            assert alone or line_of[round(y)].endswith(" others")
            # the one colour that warns is of tables that missed a run
            assert (trace["name"] == "missed a run") == (table.freshness is Freshness.LATE)
            low, high = figure["layout"]["xaxis"]["range"]
            assert low <= math.log10(hours) <= high
    # what was never loaded has no age
    assert not left and not stale


@few
@given(overviews())
def test_dots_of_many_tables_count_each_of_them_once(shown: Overview) -> None:
    with patch.object(ages, "MOST_DOTS", 0):
        figure = ages.ages(shown, False)
    loaded = [table for table in shown.tables if table.updated_at is not None]
    counted: Counter[str] = Counter()
    for trace in figure["data"]:
        if trace["name"] == "scopes not read":
            continue
        for said, address in zip(trace["text"], trace["customdata"], strict=True):
            found = opened(address)
            first = said.partition("<br>")[0].split(" tables of ")
            if len(first) == 2 and first[0].isdigit():
                # the provider's list, the oldest first
                provider = read_filter(found.arguments).provider
                assert first[1] == shorten_provider(provider) and found.arguments["sort"] == "-updated"
                counted[provider] += int(first[0])
            else:
                table = next(one for one in loaded if one.ref == found.table)
                counted[table.provider] += 1
    assert counted == Counter(table.provider for table in loaded)
