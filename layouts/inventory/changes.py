"""The change feed: who appeared, vanished or changed, with the values before and after side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.choosing import Option, pills
from layouts.components.feedback import change_words, deltas, empty_state, relative_time
from layouts.components.figures import cover, describe_reading, mark, qualify
from layouts.components.lists import how_many
from layouts.components.page import hidden_label, panel
from layouts.inventory import addresses, ids
from services.models import url_words
from services.models.core import Change
from services.models.coverage import COUNTED, Covered, Moments, Reading
from services.models.inventory import ChangeEntry, TableChanges
from services.models.limits import LONGEST_SEARCH
from services.models.url_values import Days
from services.models.values import (
    InnerChange,
    Missing,
    Unread,
    format_json,
    list_inner_changes,
    name_unread,
)
from services.models.wording import format_count, format_day

MOST_VALUES = 6
LONGEST_VALUE = 240
# of a JSON value that was taken apart: parts that are listed, and characters of the whole
MOST_PARTS = 20
LONGEST_WHOLE = 20_000
DAYS_EXAMPLE = "2026-11-13..2026-11-20"
# digits of a number of days
LONGEST_DAYS = 4
# of the pills, for days that are none of them
NO_PERIOD = "*"
# resources of a group that are listed when it opens
MOST_GROUPED = 100
REORDERED = "the same items in another order"


# what the address narrows the feed to, beside days, kind and search
NARROWING = (url_words.PROVIDER, url_words.REGION, url_words.ACCOUNT, url_words.OWNER)


def list_periods(today: date) -> list[Option]:
    """The days that one asks for most, as the field of the days takes them."""
    return [
        Option("", "All days"),
        Option(str(Days(today, today)), "Today (UTC)"),
        Option(str(Days(today - timedelta(days=today.weekday()), date.max)), "Since Monday"),
        Option(period_of("7", today), "7 days"),
        Option(period_of("30", today), "30 days"),
    ]


def period_of(days: str, today: date | None = None) -> str:
    """The last so many days, as the field of the days takes them; empty for what is no number of days."""
    if not (days.isdigit() and 0 < len(days) < LONGEST_DAYS):
        return ""
    today = today or datetime.now(UTC).date()
    return str(Days(today - timedelta(days=int(days) - 1), date.max))


def changes_panel(kind: str = "", days: str = "", find: str = "") -> html.Section:
    """The change feed with its filters; also a table's tab. days: as `parse_days` reads them, or what was typed."""
    periods = list_periods(datetime.now(UTC).date())
    # on a Monday two are the same days: the first of them is the chosen one
    chosen = days if days in {one.value for one in periods} else NO_PERIOD
    return panel(
        [
            hidden_label(
                "Kind",
                pills(ids.CHANGES_KIND, kinds(None), kind),
            ),
        ],
        [
            html.Div(
                hidden_label("Period", pills(ids.CHANGES_PERIOD, periods, chosen)),
                className="changes-period given",
            ),
            html.Div(id=ids.CHANGES_READING, className="changes-sure"),
            html.Div(id=ids.CHANGES_FLAPPING),
            html.Div(id=ids.CHANGES_IGNORED, role="status"),
            html.Div(id=ids.CHANGES_SUMMARY),
            html.Div(id=ids.CHANGES_LIST, className="changes-list"),
            dbc.Button(
                "Show older changes",
                id=ids.CHANGES_MORE,
                color="outline-secondary",
                size="sm",
                style={"display": "none"},
            ),
            dcc.Store(id=ids.CHANGES_CURSOR),
        ],
        [
            how_many(None, "visually-hidden", id=ids.CHANGES_COUNT),
            hidden_label(
                "Days (UTC)",
                dbc.Input(
                    id=ids.CHANGES_DAY,
                    value=days,
                    placeholder=DAYS_EXAMPLE,
                    pattern=r"\d{4}-\d{2}-\d{2}(\.\.(\d{4}-\d{2}-\d{2})?)?",
                    maxlength=len(DAYS_EXAMPLE),
                    autocomplete="off",
                    size="sm",
                    debounce=True,
                ),
            ),
            hidden_label(
                "Filter by id",
                dbc.Input(
                    id=ids.CHANGES_FIND,
                    type="search",
                    placeholder="Filter by id",
                    value=find[:LONGEST_SEARCH],
                    debounce=250,
                    size="sm",
                ),
            ),
        ],
        "changes-panel",
    )


def kinds(
    counts: Mapping[Change, int] | None, reading: Reading = COUNTED, *, gone_unknown: bool = False
) -> list[Option]:
    """The kinds to filter by, with how many there are of each, where that was counted.

    reading: of their source. gone_unknown: which of those that are gone belonged to it, is not known.
    """
    known: dict[Change, int] = {}
    for one, count in (counts or {}).items():
        if not (gone_unknown and one is Change.REMOVED):
            known[one] = count
    return [
        Option("", "All", sum(known.values()) if len(known) == len(Change) else None, reading),
        *(Option(str(one), str(one).capitalize(), known.get(one), reading) for one in Change),
    ]


def reading_line(reading: Reading, now: datetime) -> html.Div:
    """What was read of where the changes come from: what was not read cannot be seen to have changed."""
    said = qualify(reading, now) or [describe_reading(reading)]
    return cover(said, reading, "figure-sure", title=describe_reading(reading))


def gone_line() -> html.Div:
    """What is said where changes are narrowed to an owner."""
    return html.Div(
        "Of an owner are the resources that there are now: those that are gone, which no rule fits any more, are not"
        " listed.",
        className="text-muted-2",
    )


def shown_words(counts: Mapping[Change, int] | None, kind: Change | None) -> str:
    """How many changes the feed has, `12 of 340 changes` where a kind is chosen; nothing where it was not counted."""
    if counts is None:
        return ""
    total = sum(counts.values())
    part = f"{counts[kind]:,} of " if kind and counts[kind] < total else ""
    return f"{part}{format_count(total, 'change')}"


def summary(
    tables: Sequence[TableChanges], days: Days | None, reading: Reading, kind: Change | None = None
) -> Any:
    """The tables with the most changes, or most of a kind, each a link to its own."""
    if not tables:
        return None
    return cover(
        [
            html.Span(
                f"{_describe_days(days)} by table",
                className="summary-title",
            ),
            *(
                dcc.Link(
                    [
                        html.Span(one.table.label, className="mono"),
                        html.Span(deltas(*_count_of_kind(one, kind))),
                    ],
                    href=addresses.table(
                        one.table, "changes", kind=kind, **({"day": str(days)} if days else {})
                    ),
                    className="pill",
                )
                for one in tables
            ),
        ],
        reading,
        "changes-summary",
    )


def _describe_days(days: Days | None) -> str:
    today = datetime.now(UTC).date()
    if days is None:
        return "In 7 days"
    if days.first == days.last:
        return f"On {format_day(days.first, today)}"
    if days.last >= today:
        return f"Since {format_day(days.first, today)}"
    return f"From {format_day(days.first, today)} to {format_day(days.last, today)}"


def _count_of_kind(one: TableChanges, kind: Change | None) -> tuple[int, int, int]:
    counts = {Change.ADDED: one.added, Change.REMOVED: one.removed, Change.CHANGED: one.changed}
    added, removed, changed = (count if kind in (None, name) else 0 for name, count in counts.items())
    return added, removed, changed


def parse_kind(text: Any) -> Change | None:
    """A kind of change by its name, else None."""
    return Change(text) if text in {str(one) for one in Change} else None


def entries(
    found: Sequence[ChangeEntry],
    now: datetime,
    reading: Reading,
    *,
    with_table: bool,
    with_key: bool = True,
    more: bool = False,
) -> list[Any]:
    """The changes as a list; the values that changed are open, those of added and removed resources folded.

    Equal changes of a run are one entry that opens. reading: of where they come from. more: there are older ones, of
    which some may be equal to the last run's.
    """
    groups: dict[Any, list[ChangeEntry]] = {}
    for one in found:
        groups.setdefault(_name_equal(one) if with_key else one.id, []).append(one)
    last = found[-1].run_id if more and found else None
    return [
        _entry(group[0], now, reading, with_table, with_key)
        if len(group) == 1
        else _group(group, now, reading, with_table, open_end=group[0].run_id == last)
        for group in groups.values()
    ]


def _name_equal(one: ChangeEntry) -> Any:
    """The same for changes that say the same of other resources: of a run, a table and columns, before and after."""
    if one.kind is not Change.CHANGED:
        return one.id
    before, after = one.before or {}, one.after or {}
    columns = one.columns or tuple(
        name for name in {**before, **after} if before.get(name) != after.get(name)
    )
    parts = []
    for name in columns:
        inner = list_inner_changes(before.get(name), after.get(name))
        parts.append((name, repr(inner) if inner is not None else repr((before.get(name), after.get(name)))))
    return (one.table, one.run_id, one.at, tuple(parts))


def _group(
    group: Sequence[ChangeEntry], now: datetime, reading: Reading, with_table: bool, *, open_end: bool
) -> html.Article:
    """Equal changes: what they have in common, and behind it the resources."""
    first = group[0]
    head = [
        change_words(first.kind, "change-kind"),
        html.Strong(f"{'at least ' * open_end}{format_count(len(group), 'resource')} alike"),
        dcc.Link(first.table.label, href=addresses.table(first.table, "changes"), className="quiet-link mono")
        if with_table
        else None,
        html.Span(relative_time(first.at, now), className="change-at"),
    ]
    listed = [
        html.Li(
            [
                dcc.Link(
                    _name(one) or one.key,
                    href=addresses.resource(one.table, one.key, one.scope.key),
                    title=one.key,
                    className="change-link",
                ),
                html.Span(f" {one.scope.label}", className="change-scope") if one.scope.values else None,
            ]
        )
        for one in group[:MOST_GROUPED]
    ]
    if len(group) > MOST_GROUPED:
        listed.append(html.Li(f"and {len(group) - MOST_GROUPED:,} more", className="null-value"))
    before, after = name_unread(first.before or {}), name_unread(first.after or {})
    return html.Article(
        [
            html.Div(head, className="change-head"),
            _changed_values(first, before, after, whole=False, linked=with_table),
            html.Details(
                [html.Summary(f"Which {format_count(len(group), 'resource')}"), html.Ul(listed)],
                className="change-whole change-group",
            ),
        ],
        className="change",
        **mark(reading),
    )


def no_changes(filtered: bool, reading: Reading) -> html.Div:
    """What is said where there are none; where nobody looked that is not known."""
    if not isinstance(reading.as_of, Moments) and not isinstance(reading.coverage, Covered):
        return empty_state(
            "bi-question-circle",
            "Whether anything changed is not known",
            "Nothing was read then. A day shows what changed where a run read something on it.",
        )
    if filtered:
        return empty_state(
            "bi-funnel",
            "No such change",
            f"Choose other days (as {DAYS_EXAMPLE}), another kind or id. The search at the top finds names.",
        )
    return empty_state(
        "bi-clock-history",
        "No changes yet",
        "A table's first load is where its history begins. What differs from it stands here.",
    )


def _entry(
    one: ChangeEntry, now: datetime, reading: Reading, with_table: bool, with_key: bool
) -> html.Article:
    where = [one.scope.label] if one.scope.values else []
    head = [
        change_words(one.kind, "change-kind"),
        dcc.Link(
            _name(one) or one.key,
            href=addresses.resource(one.table, one.key, one.scope.key),
            title=one.key,
            className="change-link",
        )
        if with_key
        else None,
        html.Span(one.key, className="change-key", title=one.key) if with_key and _name(one) else None,
        dcc.Link(one.table.label, href=addresses.table(one.table, "changes"), className="quiet-link mono")
        if with_table
        else None,
        html.Span(where[0], className="change-scope") if where else None,
        html.Span(relative_time(one.at, now), className="change-at"),
    ]
    values = [html.Div(head, className="change-head"), _values(one, with_table)]
    return html.Article(values, className="change", **mark(reading))


def _name(one: ChangeEntry) -> str:
    values = one.after or one.before or {}
    for column in ("name", "display_name", "function_name", "login", "title"):
        if isinstance(values.get(column), str) and values[column] != one.key:
            return str(values[column])
    return ""


def _values(one: ChangeEntry, linked: bool = False) -> Any:
    before, after = name_unread(one.before or {}), name_unread(one.after or {})
    if one.kind is Change.CHANGED:
        return _changed_values(one, before, after, linked=linked)
    values = after if one.kind is Change.ADDED else before
    shown = {name: value for name, value in values.items() if value not in (None, "", [], {})}
    first = list(shown.items())[:MOST_VALUES]
    line = [
        html.Span([html.Span(f"{name} ", className="value-name"), value_text(value, 60)])
        for name, value in first
    ]
    if len(shown) <= MOST_VALUES:
        return html.Div(line, className="change-line")
    return html.Details(
        [html.Summary(line, className="change-line", title="All values"), value_list(shown)],
        className="change-all",
    )


def _changed_values(
    one: ChangeEntry,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    whole: bool = True,
    linked: bool = False,
) -> Any:
    """What changed, of each column the parts that differ; whole values where they were taken apart, folded.

    linked: a column's name leads to its changes alone.
    """
    columns = [name for name in one.columns if name in before or name in after] or [
        name for name in {**before, **after} if before.get(name) != after.get(name)
    ]
    unread = (name for name, value in {**before, **after}.items() if isinstance(value, Unread))
    columns = list(
        dict.fromkeys((*columns, *(name for name in unread if before.get(name) != after.get(name))))
    )
    rows: list[html.Tr] = []
    apart: list[str] = []
    for name in columns:
        inner = list_inner_changes(before.get(name), after.get(name))
        if inner is None:
            shown = (
                dcc.Link(
                    name,
                    href=addresses.changes(column=name),
                    className="quiet-link",
                    title="Only changes of this column",
                )
                if linked
                else name
            )
            rows.append(_change_row(shown, value_text(before.get(name)), value_text(after.get(name))))
            continue
        apart.append(name)
        rows += [_inner_row(name, part) for part in inner[:MOST_PARTS]]
        if len(inner) > MOST_PARTS:
            rows.append(_note_row(name, f"and {len(inner) - MOST_PARTS:,} more differences"))
    table = _change_table(rows)
    if not apart or not whole:
        return table
    values = [
        _change_row(name, value_text(before[name], LONGEST_WHOLE), value_text(after[name], LONGEST_WHOLE))
        for name in apart
    ]
    return html.Div(
        [
            table,
            html.Details(
                [html.Summary(f"Whole value{'s' if len(apart) > 1 else ''}"), _change_table(values)],
                className="change-whole",
            ),
        ]
    )


def _change_table(rows: Sequence[html.Tr]) -> html.Table:
    titles = ("Column", "Before", "After")
    return html.Table(
        [html.Thead(html.Tr([html.Th(title, scope="col") for title in titles])), html.Tbody(rows)],
        className="change-values",
    )


def _change_row(name: Any, before: Any, after: Any) -> html.Tr:
    return html.Tr(
        [
            html.Th(name, scope="row"),
            html.Td(before, className="before"),
            html.Td(after, className="after"),
        ]
    )


def _note_row(name: Any, words: str) -> html.Tr:
    return html.Tr([html.Th(name, scope="row"), html.Td(words, colSpan=2, className="null-value")])


def _inner_row(column: str, part: InnerChange) -> html.Tr:
    """One part that differs: a tag, an item, a value somewhere inside."""
    name: Any = column
    if part.path:
        name = [html.Span(f"{column} › ", className="value-name"), " › ".join(part.path)]
    if part.reordered:
        return _note_row(name, REORDERED)
    if part.of_list:
        return _change_row(name, _list_text(part.gone, "none removed"), _list_text(part.came, "none added"))
    return _change_row(name, _inner_text(part.before), _inner_text(part.after))


def _list_text(values: Sequence[Any], none: str) -> Any:
    if not values:
        return html.Span(none, className="null-value")
    return value_text(", ".join(map(tag_text, values)))


def _inner_text(value: Any) -> Any:
    if value is Missing.ABSENT:
        return html.Span("–", className="null-value", title="It is not there")
    return html.Span("null", className="null-value") if value is None else value_text(value)


def tag_text(value: Any) -> str:
    """A tag's value on one line."""
    return value if isinstance(value, str) else format_json(value)


def value_list(values: Mapping[str, Any]) -> html.Dl:
    """Every value under its column's name; what could not be read under the column that it was meant for."""
    parts: list[Any] = []
    for name, value in name_unread(values).items():
        parts += [html.Dt(name), html.Dd(value_text(value, 4000))]
    return html.Dl(parts, className="value-list")


def value_text(value: Any, longest: int = LONGEST_VALUE) -> Any:
    """A value as people read it; what is missing says so, and JSON keeps its form and its digits."""
    if value is None:
        return html.Span("–", className="null-value")
    if isinstance(value, Unread):
        return html.Span(
            [html.Span("could not be read: ", className="null-value"), value_text(value.text, longest)],
            className="unread-value",
            title="It is not of the column's type; the column is empty there",
        )
    if isinstance(value, dict | list):
        text = format_json(value, indent=longest > LONGEST_VALUE and len(str(value)) > 80)
        cut = text if len(text) <= longest else text[: longest - 1] + "…"
        return html.Pre(cut, tabIndex=0) if "\n" in cut else html.Code(cut)
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    if text == "":
        return html.Span("empty", className="null-value")
    return text if len(text) <= longest else html.Span(text[: longest - 1] + "…", title=text[:2000])
