"""The change feed as it is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from dash import html
from fakes.addresses import opened
from fakes.components import links, walk, words
from fakes.overviews import AT, age_of, count_of, name_of, names_of, ref_of, seeds
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.models import Scope
from layouts.inventory import change_entries, changes, ids
from services.models.core import Change
from services.models.coverage import NEVER, UNKNOWN, Covered, Moments, NotApplicable, Reading
from services.models.inventory import ChangeEntry, TableChanges, TableRef
from services.models.url_values import Days, parse_days

READ = Reading(Covered(5, 6), Moments(AT, AT))
SIGNS = {Change.ADDED: "+", Change.REMOVED: "−", Change.CHANGED: "~"}
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=300)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def entry_of(random: Any) -> ChangeEntry:
    """A change: the values before, after, or both, and the columns that differ where they are told."""
    kind = random.choice(list(Change))
    columns = names_of(random, 9) or ["state"]
    before = {name: name_of(random) for name in columns} if kind is not Change.ADDED else None
    after = {name: name_of(random) for name in columns} if kind is not Change.REMOVED else None
    told = tuple(random.sample(columns, random.randint(0, len(columns)))) if kind is Change.CHANGED else ()
    scope = random.choice((Scope(), Scope({"region": "eu-west-1"})))
    return ChangeEntry(
        1, ref_of(random, 1), AT - age_of(random), kind, name_of(random), scope, before, after, told
    )


@given(seeds)
def test_a_change_leads_to_its_resource_and_tells_what_it_was(random: Any) -> None:
    one = entry_of(random)
    (drawn,) = change_entries.entries([one], AT, READ, with_table=True)
    said = words(drawn)
    resource, table, *columns = map(opened, links(drawn))
    # a column's name leads to its changes alone
    assert all(page.arguments["view"] == "changes" and page.arguments["column"] for page in columns)
    stored = resource.stores[ids.TABLE_ARGUMENTS]
    assert (resource.table, stored["key"], stored.get("scope", "{}")) == (one.table, one.key, one.scope.key)
    assert (table.table, table.tab) == (one.table, "changes")
    assert str(one.kind) in said and one.key in said
    if one.kind is Change.CHANGED:
        before, after = one.before or {}, one.after or {}
        rows = [row.children for body in walk(drawn) if isinstance(body, html.Tbody) for row in body.children]
        listed = {words(name): (words(old), words(new)) for name, old, new in rows}
        differing = one.columns or [name for name in before if before[name] != after[name]]
        assert listed == {name: (before[name], after[name]) for name in differing}
    else:
        # every value of what came or went is there, though folded
        assert all(value in said for value in (one.after or one.before or {}).values())


@given(seeds)
def test_a_change_has_its_sign_and_the_colour_of_no_state(random: Any) -> None:
    one = entry_of(random)
    (drawn,) = change_entries.entries([one], AT, READ, with_table=True)
    (kind,) = [part for part in walk(drawn) if "change-kind" in (getattr(part, "className", None) or "")]
    assert kind.children == f"{SIGNS[one.kind]} {one.kind}"
    assert kind.className.split()[0] == f"change-{one.kind}" and "tone-" not in str(drawn)


@given(seeds)
def test_a_summary_counts_by_kind_and_leads_to_each_tables_own(random: Any) -> None:
    tables = [
        TableChanges(ref_of(random, number), count_of(random), count_of(random), count_of(random))
        for number in range(random.randint(1, 4))
    ]
    day: date | None = random.choice((None, AT.date()))
    kind = random.choice((None, *Change))
    drawn = changes.summary(tables, Days(day, day) if day else None, READ, kind)
    for one, address in zip(tables, links(drawn), strict=True):
        page = opened(address)
        assert (page.table, page.tab) == (one.table, "changes")
        assert page.arguments.get("kind", "") == (kind or "")
        assert page.arguments.get("day", "") == (day.isoformat() if day else "")
    said = words(drawn)
    assert "tone-" not in str(drawn)
    for of_kind, sign in SIGNS.items():
        for one in tables:
            count = getattr(one, str(of_kind))
            if count and kind in (None, of_kind):
                assert f"{sign}{count:,}" in said


@given(VALUES)
def test_a_value_is_shown_as_it_is_or_said_to_be_missing(value: Any) -> None:
    drawn = change_entries.value_text(value, 4000)
    said = words(drawn)
    if value is None:
        assert said == "–"
    elif value == "" and isinstance(value, str):
        assert said == "empty"
    elif isinstance(value, dict | list):
        (code,) = walk(drawn)
        assert json.loads(code.children) == value
    else:
        text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        assert said == " ".join(text.split())


@given(st.text(min_size=1, max_size=600), st.integers(2, 300))
def test_a_long_value_is_cut_and_says_so(value: str, longest: int) -> None:
    drawn = change_entries.value_text(value, longest)
    shown = drawn if isinstance(drawn, str) else drawn.children
    assert len(shown) <= longest
    assert shown == (value if len(value) <= longest else value[: longest - 1] + "…")


@pytest.mark.parametrize("filtered", [True, False])
def test_no_changes_say_why(filtered: bool) -> None:
    said = words(changes.no_changes(filtered, READ))
    assert ("No such change" in said) == filtered and ("No changes yet" in said) != filtered
    # where nobody looked, it is not known
    for nobody in (Reading(UNKNOWN, NEVER), Reading(UNKNOWN, NotApplicable("nothing was read on that day"))):
        assert "is not known" in words(changes.no_changes(filtered, nobody))


def test_what_a_url_names_is_read_or_left_out() -> None:
    assert (
        changes.parse_kind("added") is Change.ADDED
        and changes.parse_kind("nope") is changes.parse_kind(None) is None
    )
    assert parse_days("2026-03-09") == (date(2026, 3, 9), date(2026, 3, 9))
    assert parse_days("2026-03-09..2026-03-11") == (date(2026, 3, 9), date(2026, 3, 11))
    assert parse_days("2026-03-09..") == (date(2026, 3, 9), date.max)
    for nonsense in (
        "",
        "x",
        "..",
        "..2026-03-09",
        "2026-03-11..2026-03-09",
        "2026-03-09..x",
        "2026-03-09.." * 2,
    ):
        assert parse_days(nonsense) is None
    for days in ("1", "7", "30"):
        assert str(parse_days(changes.period_of(days))) == changes.period_of(days)
    assert changes.period_of("x") == changes.period_of("") == changes.period_of("99999") == ""


def test_equal_changes_of_a_run_are_one_entry_and_others_stand_alone() -> None:
    def change(key: str, before: dict[str, Any], after: dict[str, Any], run: int = 1) -> ChangeEntry:
        made = entry_between(before, after)
        return replace(made, id=hash((key, run)), key=key, run_id=run)

    on, off = {"open": True}, {"open": False}
    tagged = [change(key, {"tags": {"n": key}}, {"tags": {"n": key, "env": "prod"}}) for key in "xyz"]
    found = [*(change(key, on, off) for key in "abc"), change("d", off, on), change("a", on, off, 2), *tagged]
    drawn = change_entries.entries(found, AT, READ, with_table=True)
    said = [words(one) for one in drawn]
    assert len(drawn) == 4
    assert "3 resources alike" in said[0] and all(key in said[0] for key in "abc")
    # the same tag, added to three that had others
    assert "3 resources alike" in said[3] and "env" in said[3] and "prod" in said[3]
    assert not any("alike" in one for one in said[1:3])
    # of one resource's timeline each stands for itself
    assert len(change_entries.entries(found, AT, READ, with_table=False, with_key=False)) == len(found)
    # where there are more of the run, nobody knows how many are alike
    cut = change_entries.entries(found, AT, READ, with_table=True, more=True)
    assert "at least 3 resources alike" in words(cut[3])


def entry_between(before: dict[str, Any], after: dict[str, Any]) -> ChangeEntry:
    ref = TableRef("stackql_inventory", "things")
    return ChangeEntry(
        1, ref, AT, Change.CHANGED, "a", Scope(), before, after, tuple(n for n in before if n != "id")
    )


def rows_of(one: ChangeEntry) -> list[tuple[str, str, str]]:
    """The first table's rows: what changed, before, after."""
    (drawn,) = change_entries.entries([one], AT, READ, with_table=True)
    body = next(part for part in walk(drawn) if isinstance(part, html.Tbody))
    return [tuple(map(words, row.children)) for row in body.children]


def test_of_tags_the_one_that_changed_is_shown_and_the_whole_is_there_on_request() -> None:
    before = {"id": "a", "tags": [{"Key": "team", "Value": "pay"}, {"Key": "env", "Value": "prod"}]}
    after = {"id": "a", "tags": [{"Key": "env", "Value": "test"}, {"Key": "team", "Value": "pay"}]}
    one = entry_between(before, after)
    assert rows_of(one) == [("tags › env", "prod", "test")]
    (drawn,) = change_entries.entries([one], AT, READ, with_table=True)
    (whole,) = [part for part in walk(drawn) if isinstance(part, html.Details)]
    assert not getattr(whole, "open", False)
    said = words(whole)
    assert "Whole value" in said and said.count("team") == 2


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (["sg-1", "sg-2"], ["sg-1", "sg-3"], ("groups", "sg-2", "sg-3")),
        (["sg-1"], ["sg-1", "sg-3"], ("groups", "none removed", "sg-3")),
        ({"a": {"b": 1, "c": None}}, {"a": {"b": 2, "c": None}}, ("groups › a › b", "1", "2")),
        ({"a": 1}, {"a": 1, "b": None}, ("groups › b", "–", "null")),
        ([2, 1], [1, 2], ("groups", "the same items in another order")),
        (["a"], None, ("groups", '["a"]', "–")),
    ],
)
def test_of_json_the_part_that_differs_is_shown(before: Any, after: Any, shown: tuple[str, ...]) -> None:
    assert rows_of(entry_between({"groups": before}, {"groups": after})) == [shown]


def test_what_could_not_be_read_is_said_in_words_under_its_column() -> None:
    one = entry_between({"size": 5, "_unread": None}, {"size": None, "_unread": {"size": "N/A"}})
    assert rows_of(one) == [("size", "5", "could not be read: N/A")]
    # as where the row's other columns are not kept beside the change
    alone = entry_between({"_unread": {"size": "-"}}, {"_unread": {"size": "N/A"}})
    assert rows_of(alone) == [("size", "could not be read: -", "could not be read: N/A")]
    assert words(change_entries.value_list({"id": "a", "size": None, "_unread": {"size": "N/A"}})) == (
        "id a size could not be read: N/A"
    )


def test_a_value_that_was_taken_apart_into_many_says_how_many_more_there_are() -> None:
    before, after = ({f"k{n}": n + more for n in range(50)} for more in (0, 1))
    shown = rows_of(entry_between({"doc": before}, {"doc": after}))
    assert len(shown) == change_entries.MOST_PARTS + 1 and shown[-1][1] == "and 30 more differences"
