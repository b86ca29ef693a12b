"""The list of schedules: what it shows, filters, searches and sorts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from dash import html
from fakes.components import walk, words
from fakes.listed import schedules
from fakes.overviews import few, name_of, seeds
from hypothesis import given
from hypothesis import strategies as st

from layouts.schedules import listing
from layouts.schedules.listing import (
    COLUMNS,
    FILTERS,
    Wanted,
    filters,
    is_match,
    list_states,
    order_schedules,
    summary,
    table,
)
from services.models.core import ListedSchedule, RunStatus

NOW, DAY = datetime(2026, 3, 9, 12, tzinfo=UTC), timedelta(days=1)
SORTS = st.sampled_from([*(name for name, _, _ in COLUMNS), *(f"-{name}" for name, _, _ in COLUMNS)])

# what a column sorts by: an oracle for `order_schedules`; None where a schedule has no value there
KEYS = {
    "query": lambda one: one.query_name.lower(),
    "target": lambda one: (one.target_table.lower(), one.target_schema),
    "owner": lambda one: one.answers.lower() or None,
    "next": lambda one: one.next_at,
    "last": lambda one: one.last_run_at,
    "rows": lambda one: one.rows,
    "coverage": lambda one: one.scopes_ok / one.scopes_total if one.scopes_total else None,
}


def rows_of(component: object) -> list[html.Tr]:
    return [row for body in walk(component) if isinstance(body, html.Tbody) for row in body.children]


def ids_of(component: object) -> list[int]:
    return [int(getattr(row, "data-id")) for row in rows_of(component)]


@given(schedules(), SORTS)
def test_sorting_loses_nothing_and_puts_what_is_not_known_last(
    listed: list[ListedSchedule], sort: str
) -> None:
    found = order_schedules(listed, sort)
    assert sorted(one.id for one in found) == sorted(one.id for one in listed)
    column = sort.removeprefix("-")
    if column not in KEYS:
        return
    values = [KEYS[column](one) for one in found]
    known = [value for value in values if value is not None]
    assert values == [*known, *[None] * (len(values) - len(known))]
    # most rows and the newest run first, everything else upwards; a minus turns it round
    down = sort.startswith("-") != (column in ("rows", "last"))
    assert known == sorted(known, reverse=down)


@given(schedules())
def test_by_status_stands_first_what_needs_a_look(listed: list[ListedSchedule]) -> None:
    found = order_schedules(listed, "status")
    running = [one.running is not None for one in found]
    assert running == sorted(running, reverse=True)
    ended = [one.last_run_status for one in found if one.running is None]
    failed = [status is RunStatus.FAILED for status in ended]
    assert failed == sorted(failed, reverse=True)
    well = [status is RunStatus.SUCCESS for status in ended]
    assert well == sorted(well)


@few
@given(schedules(), st.sampled_from(list(FILTERS)))
def test_a_filter_shows_as_many_as_it_says(listed: list[ListedSchedule], chosen: str) -> None:
    buttons = {
        getattr(one, "data-value"): one
        for one in filters(listed, Wanted(status=chosen))
        if getattr(one, "data-schedules", "") == "status"
    }
    counts = {name: int(words(button.children[1])) for name, button in buttons.items()}
    assert counts[""] == len(listed)
    for name, count in counts.items():
        assert count == len(rows_of(table(listed, Wanted(status=name))))
        # a filter without schedules is offered only while it is chosen
        assert count or name in ("", chosen)
    assert {name for name, button in buttons.items() if getattr(button, "aria-pressed") == "true"} == {chosen}
    # each schedule is in one state of how it ended or goes on
    ends = ("running", "success", "partial", "failed", "never", "other")
    assert all(len(list_states(one) & set(ends)) == 1 for one in listed)
    assert sum(counts.get(name, 0) for name in ends) == len(listed)


@given(schedules(), seeds)
def test_a_search_finds_every_word_and_nothing_else(listed: list[ListedSchedule], random) -> None:
    text = random.choice((name_of(random), "region", "At 06:00", "anna"))
    found = ids_of(table(listed, Wanted(text)))
    for one in listed:
        said = [one.query_name, one.target_schema, one.target_table, one.created_by, one.owner, one.words]
        said += [value for values in one.parameter_values.values() for value in values]
        there = all(any(word in part.lower() for part in said) for word in text.lower().split())
        if there:
            assert one.id in found
        assert (one.id in found) == is_match(one, Wanted(text))
    # more words never find more
    assert set(ids_of(table(listed, Wanted(f"{text} x")))) <= set(found)


@given(schedules())
def test_owner_and_provider_narrow_to_their_own(listed: list[ListedSchedule]) -> None:
    for one in listed[:3]:
        for wanted in (Wanted(owner=one.answers), Wanted(provider=one.provider)):
            found = table(listed, wanted)
            same = [
                other.id
                for other in listed
                if (not wanted.owner or other.answers == wanted.owner)
                and (not wanted.provider or other.provider == wanted.provider)
            ]
            assert sorted(ids_of(found)) == sorted(same)
            # "all" is all that is filtered
            (every,) = [part for part in walk(found) if hasattr(part, "data-pick-all")]
            assert sorted(getattr(every, "data-pick-all").split(",")) == sorted(map(str, same))


@given(schedules(), SORTS)
def test_the_rows_are_in_the_order_that_the_heading_shows(listed: list[ListedSchedule], sort: str) -> None:
    if not listed:
        return
    drawn = table(listed, Wanted(), listed[0].id, sort)
    assert ids_of(drawn) == [one.id for one in order_schedules(listed, sort)]
    heads = [one for one in walk(drawn) if isinstance(one, html.Th) and hasattr(one, "aria-sort")]
    marked = {getattr(one.children, "data-value"): getattr(one, "aria-sort") for one in heads}
    column = sort.removeprefix("-")
    down = sort.startswith("-") != (column in ("rows", "last"))
    assert marked.pop(column) == ("descending" if down else "ascending")
    assert set(marked.values()) == {"none"}
    # the one whose panel is open is marked
    assert ["opened" in row.className for row in rows_of(drawn)].count(True) == 1


@given(schedules())
def test_what_is_not_shown_is_counted(listed: list[ListedSchedule]) -> None:
    with patch.object(listing, "MOST_SHOWN", 3):
        drawn = table(listed, Wanted())
    rest = len(listed) - 3
    assert len(rows_of(drawn)) == min(3, len(listed))
    assert (f"{rest:,} more: filter to shorten the list." in words(drawn)) == (rest > 0)


@given(schedules())
def test_the_summary_counts_what_it_names(listed: list[ListedSchedule]) -> None:
    drawn = summary(listed, Wanted())
    said = words(drawn)
    if not listed:
        assert said == "Saved queries that keep tables up to date"
        return
    for status in FILTERS:
        part = summary(listed, Wanted(status=status)).children[0]
        shown = len(rows_of(table(listed, Wanted(status=status))))
        # of all that is counted here this alone is read out
        assert part.role == "status" and said.startswith(words(drawn.children[0]))
        assert words(part).startswith(f"{shown} " if shown == len(listed) else f"{shown} of {len(listed)} ")
    parts = dict(reversed(part.split(" ", 1)) for part in said.split(" · "))
    assert int(parts.get("schedule") or parts["schedules"]) == len(listed)
    assert int(parts["active"]) + int(parts.get("paused", 0)) == len(listed)
    assert int(parts.get("running now", 0)) == sum(1 for one in listed if one.running)
    needed = int(parts.get("needs attention") or parts.get("need attention") or 0)
    assert needed == sum(1 for one in listed if one.needs_attention)


def test_nothing_that_matches_is_not_nothing_at_all() -> None:
    one = ListedSchedule(1, "0 6 * * *", "t", id=1, query_name="q")
    assert "No schedule matches" in words(table([one], Wanted("zzz")))
    assert "Nothing is scheduled yet" in words(table([], Wanted("zzz")))
    # only what was asked is named, and a status that does not exist is said to be none
    assert "No schedule has the status “Never ran” and the provider “aws”." in words(
        table([one], Wanted(status="never", provider="aws"))
    )
    assert "No status of schedules is called “bogus”." in words(table([one], Wanted(status="bogus")))


def test_the_list_is_sorted_by_each_column() -> None:
    none = ListedSchedule(1, "0 6 * * *", "c", id=4, query_name="c")
    full = replace(
        none,
        id=2,
        query_name="b",
        target_table="b",
        rows=5,
        scopes_ok=1,
        scopes_total=2,
        next_at=NOW,
        last_run_at=NOW,
        last_run_status=RunStatus.SUCCESS,
    )
    fewer = replace(
        full,
        id=3,
        query_name="A",
        target_table="a",
        rows=1,
        scopes_ok=2,
        next_at=NOW - DAY,
        last_run_at=NOW - DAY,
        last_run_status=RunStatus.FAILED,
    )
    everything = [full, none, fewer]
    for sort, expected in {
        "query": [3, 2, 4],
        "-query": [4, 2, 3],
        "target": [3, 2, 4],
        "next": [3, 2, 4],
        "status": [3, 4, 2],
        "last": [2, 3, 4],
        "-last": [3, 2, 4],
        "rows": [2, 3, 4],
        "-rows": [3, 2, 4],
        "coverage": [2, 3, 4],
        "": [2, 4, 3],
        "nonsense": [2, 4, 3],
    }.items():
        assert [one.id for one in order_schedules(everything, sort)] == expected, sort
