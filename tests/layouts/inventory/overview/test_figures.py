"""The overview's six numbers: each agrees with the records, and leads to what is behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from dash import dcc
from fakes.addresses import opened
from fakes.components import links, words
from fakes.overviews import AT, few, overviews, seeds, table_of
from hypothesis import given

from layouts.inventory import ids
from layouts.inventory.overview.figures import figures, format_since, name_main_table
from services.models.inventory import DayChanges, InventoryFilter, Overview
from services.models.wording import format_age, format_day


class Shown(NamedTuple):
    """A figure as it is read. tone: of its value; href: where it leads, empty for nowhere; sure: coverage and age."""

    value: str
    note: str
    tone: str
    href: str
    sure: str


def read(shown: Overview) -> dict[str, Shown]:
    """Label → the figure."""
    found = {}
    for one in figures(shown).children:
        (href,) = links(one) or [""]
        card = one.children if isinstance(one.children, dcc.Link) else one
        label, value, note, sure = card.children
        tone = value.className.removeprefix("figure-value").strip().removeprefix("tone-")
        found[words(label)] = Shown(words(value), words(note), tone, href, words(sure))
    assert len(found) == 6
    return found


def number(text: str) -> int:
    return int(text.replace(",", "").replace("−", "-"))


@few
@given(overviews())
def test_resources_are_the_rows_of_the_tables_and_lead_to_them(shown: Overview) -> None:
    figure = read(shown)["Resources"]
    total = sum(table.rows for table in shown.tables if table.rows is not None)
    # nought of what nobody has read is not nought
    moments = [moment for table in shown.loaded for moment in (table.updated_at, table.oldest_at)]
    unread = not total and not any(moments)
    assert figure.value == ("unknown" if unread else f"{total:,}")
    said = (
        f"{shown.scopes_ok:,} of {shown.scopes_total:,} scopes" if shown.scopes_total else "coverage unknown"
    )
    assert figure.sure.startswith(said)
    wanted = {"provider": shown.filter.provider, "region": shown.filter.region}
    assert opened(figure.href).stores[ids.ASSETS_STORE] == {name: v for name, v in wanted.items() if v}


@few
@given(overviews())
def test_the_week_is_told_by_what_is_known_of_it(shown: Overview) -> None:
    note = read(shown)["Resources"].note
    if shown.week_ago is None:
        assert note == (
            f"history since {format_day(shown.days[0], AT.date())}" if shown.days else "no history yet"
        )
        return
    change = shown.resources - shown.week_ago
    if change == 0:
        assert note == "no change this week"
        return
    moved, _, tracked = note.partition(" this week")
    assert moved.startswith("▲" if change > 0 else "▼") and number(moved[2:]) == abs(change)
    # what no change of these days explains was read for the first time
    recent = [day for day in shown.changes if day.day > AT.date() - timedelta(days=7)]
    unexplained = change - sum(day.added - day.removed for day in recent)
    expected = f"{unexplained:,} newly tracked" if unexplained > 0 and not shown.filter.region else ""
    assert tracked.strip() == expected


@few
@given(overviews())
def test_tables_that_were_never_loaded_are_not_counted_as_empty(shown: Overview) -> None:
    figure = read(shown)["Tables"]
    loaded = [table for table in shown.tables if table.rows is not None]
    assert number(figure.value) == len(loaded)
    providers = len({table.provider for table in loaded})
    never = len(shown.tables) - len(loaded)
    expected = f"{providers} {'provider' if providers == 1 else 'providers'}"
    assert figure.note == expected + (f", {never} never loaded" if never else "")


@few
@given(overviews())
def test_the_words_of_coverage_agree_with_the_scopes(shown: Overview) -> None:
    figure = read(shown)["Coverage"]
    if not shown.scopes_total:
        assert (figure.value, figure.tone) == ("unknown", "") and figure.note == "coverage is not recorded"
        return
    assert figure.value == f"{shown.scopes_ok:,} of {shown.scopes_total:,}"
    missing = shown.scopes_total - shown.scopes_ok
    assert (figure.note == "every scope was read") == (missing == 0)
    assert figure.tone == ("warning" if missing else "")
    if missing:
        said = shown.uncovered_words or f"{missing} not read"
        assert figure.note == f"{said} since {format_since(shown.uncovered_since, AT)}"


@few
@given(overviews())
def test_what_no_run_has_looked_for_today_is_not_called_nought(shown: Overview) -> None:
    net = bool(shown.filter.region)
    today = next((day for day in shown.changes if day.day == AT.date()), None)
    known = today is not None and (net or today.scopes_total > 0)
    for kind, label, sign in (
        ("added", "Grew today" if net else "Added today", "+"),
        ("removed", "Shrank today" if net else "Removed today", "−"),
    ):
        figure = read(shown)[label]
        if not known:
            assert figure.value == "unknown"
        else:
            count = getattr(today, kind)
            never = "never read" in figure.sure
            assert figure.value == (f"{sign}{count:,}" if count else "unknown" if never else "0")
        # more is not better, and fewer not worse
        assert not figure.tone
        if net:
            assert figure.note == "added minus removed"
        else:
            week = sum(getattr(d, kind) for d in shown.changes if d.day > AT.date() - timedelta(days=7))
            assert figure.note.startswith(f"{week:,} in 7 days ")
            assert ("not read yet today" in figure.note) == (not known)
        page = opened(figure.href)
        store = page.stores[ids.CHANGES_STORE]
        assert (store["provider"], store["region"]) == (shown.filter.provider, shown.filter.region)
        assert page.value(ids.CHANGES_DAY) == AT.date().isoformat()
        # the feed has no net changes to narrow to
        assert page.value(ids.CHANGES_KIND) == ("" if net else kind)


@few
@given(overviews())
def test_the_oldest_data_is_a_tables_and_its_age_is_told(shown: Overview) -> None:
    figure = read(shown)["Oldest data"]
    if shown.oldest is None:
        assert figure == ("unknown", "", "", "", "never read")
        return
    assert figure.value == format_age(shown.oldest.at, AT)
    assert figure.note.startswith(shown.oldest.table.label)
    assert figure.note.endswith(shown.oldest.reason)
    assert bool(figure.tone) == bool(shown.oldest.reason)
    assert (opened(figure.href).table, opened(figure.href).tab) == (shown.oldest.table, "coverage")


@given(seeds)
def test_where_most_of_a_number_comes_from(random: Any) -> None:
    tables = [table_of(random, number) for number in range(random.randint(0, 5))]
    said = name_main_table(tables, lambda table: table.added, "nothing appeared")
    counts = {table.ref.label: table.added for table in tables if table.added}
    total = sum(counts.values())
    if not total:
        assert said == "nothing appeared"
    elif len(counts) == 1:
        assert said == f"all in {next(iter(counts))}"
    elif max(counts.values()) * 2 >= total:
        label = said.removeprefix("mostly ")
        assert counts[label] == max(counts.values())
    else:
        assert said == f"in {len(counts)} tables"


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "today"), (1, "8 Mar"), (40, "28 Jan"), (80, "19 Dec 2025"), (None, "the first run")],
)
def test_since_when(days: int | None, said: str) -> None:
    moment = None if days is None else AT.replace(hour=9, minute=12) - timedelta(days=days)
    assert format_since(moment, AT) == said


def test_a_day_on_which_nothing_was_read_does_not_say_that_nothing_happened() -> None:
    """The case that managers meet every morning: yesterday was read, today not yet."""
    days = (DayChanges(AT.date() - timedelta(days=1), 4, 2, 0, 3, 3), DayChanges(AT.date()))
    shown = Overview(InventoryFilter(), AT, days=tuple(day.day for day in days), changes=days)
    found = read(shown)
    assert found["Added today"][:2] == ("unknown", "4 in 7 days not read yet today")
    assert found["Removed today"][:2] == ("unknown", "2 in 7 days not read yet today")
