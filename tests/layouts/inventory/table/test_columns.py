"""The Columns tab."""

from __future__ import annotations

import json
from typing import Any

import dash_bootstrap_components as dbc
from fakes.components import walk, words
from fakes.overviews import few, name_of, seeds, table_details
from hypothesis import given

from layouts.inventory import ids
from layouts.inventory.table.columns import FIELD_WORDS, profiles, rules
from services.models.inventory import AssetRules, ColumnProfile, Profiles, TableDetail
from services.models.wording import format_percent


def profiles_of(random: Any, table: TableDetail) -> Profiles:
    """Looked at, of all rows or of a sample: distinct values, and the most frequent with their rows."""
    rows = random.choice((0, 1, 200))
    columns = []
    for column in table.columns:
        nulls = random.randint(0, rows)
        distinct = random.randint(0, rows - nulls)
        top = ((name_of(random), rows - nulls), (None, nulls)) if distinct else ()
        columns.append(ColumnProfile(column, nulls, distinct, top))
    return Profiles(tuple(columns), rows, random.choice((rows, rows + 1000)))


@given(table_details(), seeds)
def test_what_each_column_holds_is_told_and_of_how_many_rows(table: TableDetail, random: Any) -> None:
    found = profiles_of(random, table)
    drawn = profiles(table, found, None)
    said = words(drawn)
    assert (f"from a sample of {found.rows:,} rows" in said) == found.sampled
    assert (f"from all {found.rows:,} rows" in said) != found.sampled
    (listed,) = [read for one in walk(drawn) if (read := getattr(one, "data-profiles", None))]
    for row, one in zip(json.loads(listed), found.columns, strict=True):
        assert row["name"] == one.column.name and row["key"] == (one.column.name in table.key_columns)
        assert row["type"] == one.column.type
        # only what was seen of every row is called different in each
        unique = bool(found.rows) and one.distinct == found.rows
        assert row["distinct"] == ("all different" if unique else f"{one.distinct:,}")
        assert row["missing"] == (format_percent(one.nulls, found.rows) if one.nulls else "none")
        # without a missing value none is more frequent than another
        assert (row["top"] is None) == (unique and not one.nulls)
        if row["top"] is not None:
            told = [(top["value"], top["count"]) for top in row["top"]]
            assert told == [("–" if value is None else value, f"{count:,}") for value, count in one.top]
        assert all(0 <= top["share"] <= 100 for top in row["top"] or ())


@few
@given(table_details(), seeds)
def test_a_common_value_is_found_by_its_name_or_corrected_by_an_engineer(
    table: TableDetail, random: Any
) -> None:
    names = [column.name for column in table.columns if not column.name.startswith("_")]
    derived = {"id": names[0]} if names else {}
    corrected = {"name": random.choice(["", *names])} if random.random() < 0.5 else {}
    for engineer in (True, False):
        drawn = rules(table.columns, AssetRules(derived, corrected), engineer)
        selects = {str(one.id): one for one in walk(drawn) if isinstance(one, dbc.Select)}
        assert set(selects) == {str(ids.rule_select(field)) for field in FIELD_WORDS}
        for field in FIELD_WORDS:
            select = selects[str(ids.rule_select(field))]
            assert select.value == corrected.get(field, "*") and select.disabled == (not engineer)
            assert select.options[0]["label"] == f"by its name: {derived.get(field) or 'none fits'}"
            # tags are the one value that is JSON
            offered = {option["value"] for option in select.options} - {"*", ""}
            kinds = {column.kind for column in table.columns if column.name in offered}
            assert kinds <= {"json"} if field == "tags" else "json" not in kinds
        saving = [one for one in walk(drawn) if getattr(one, "id", None) == ids.RULES_SAVE]
        assert len(saving) == engineer
