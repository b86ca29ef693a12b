"""The change feed: who appeared, vanished or changed, with the values before and after side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.choosing import Option, pills
from layouts.components.feedback import change_words, deltas, empty_state, relative_time
from layouts.components.figures import cover, describe_reading, mark, qualify
from layouts.components.lists import how_many
from layouts.components.page import hidden_label, panel
from layouts.inventory import addresses, ids
from services.models.core import Change
from services.models.coverage import COUNTED, Covered, Moments, Reading
from services.models.inventory import ChangeEntry, TableChanges
from services.models.limits import LONGEST_SEARCH
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
REORDERED = "the same items in another order"


def changes_panel(kind: str = "", day: date | None = None, find: str = "") -> html.Section:
    """The change feed with its filters; also a table's tab."""
    return panel(
        [
            hidden_label(
                "Kind",
                pills(ids.CHANGES_KIND, kinds(None), kind),
            )
        ],
        [
            html.Div(id=ids.CHANGES_READING, className="changes-sure"),
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
                "Day (UTC)",
                dbc.Input(
                    id=ids.CHANGES_DAY,
                    value=day.isoformat() if day else "",
                    placeholder="Day, as 2026-11-13",
                    pattern=r"\d{4}-\d{2}-\d{2}",
                    maxlength=len("2026-11-13"),
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


def kinds(counts: Mapping[Change, int] | None, reading: Reading = COUNTED) -> list[Option]:
    """The kinds to filter by, with how many there are of each, where that was counted. reading: of their source."""
    return [
        Option("", "All", sum(counts.values()) if counts is not None else None, reading),
        *(
            Option(str(one), str(one).capitalize(), counts[one] if counts is not None else None, reading)
            for one in Change
        ),
    ]


def reading_line(reading: Reading, now: datetime) -> html.Div:
    """What was read of where the changes come from: what was not read cannot be seen to have changed."""
    said = qualify(reading, now) or [describe_reading(reading)]
    return cover(said, reading, "figure-sure", title=describe_reading(reading))


def shown_words(counts: Mapping[Change, int] | None, kind: Change | None) -> str:
    """How many changes the feed has, `12 of 340 changes` where a kind is chosen; nothing where it was not counted."""
    if counts is None:
        return ""
    total = sum(counts.values())
    part = f"{counts[kind]:,} of " if kind and counts[kind] < total else ""
    return f"{part}{format_count(total, 'change')}"


def summary(
    tables: Sequence[TableChanges], day: date | None, reading: Reading, kind: Change | None = None
) -> Any:
    """The tables with the most changes, or most of a kind, each a link to its own."""
    if not tables:
        return None
    return cover(
        [
            html.Span(
                f"On {format_day(day, datetime.now(UTC).date())} by table" if day else "In 7 days by table",
                className="summary-title",
            ),
            *(
                dcc.Link(
                    [
                        html.Span(one.table.label, className="mono"),
                        html.Span(deltas(*_count_of_kind(one, kind))),
                    ],
                    href=addresses.table(one.table, "changes", day=day, kind=kind),
                    className="pill",
                )
                for one in tables
            ),
        ],
        reading,
        "changes-summary",
    )


def _count_of_kind(one: TableChanges, kind: Change | None) -> tuple[int, int, int]:
    counts = {Change.ADDED: one.added, Change.REMOVED: one.removed, Change.CHANGED: one.changed}
    added, removed, changed = (count if kind in (None, name) else 0 for name, count in counts.items())
    return added, removed, changed


def parse_kind(text: Any) -> Change | None:
    """A kind of change by its name, else None."""
    return Change(text) if text in {str(one) for one in Change} else None


def parse_day(text: Any) -> date | None:
    """A day written as 2026-11-21, else None."""
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        return None


def entries(
    found: Sequence[ChangeEntry], now: datetime, reading: Reading, *, with_table: bool, with_key: bool = True
) -> list[Any]:
    """The changes as a list; the values that changed are open, those of added and removed resources folded.

    reading: of where they come from.
    """
    return [_entry(one, now, reading, with_table, with_key) for one in found]


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
            "Choose another day (as 2026-11-13), kind or id. The search at the top finds names.",
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
    values = [html.Div(head, className="change-head"), _values(one)]
    return html.Article(values, className="change", **mark(reading))


def _name(one: ChangeEntry) -> str:
    values = one.after or one.before or {}
    for column in ("name", "display_name", "function_name", "login", "title"):
        if isinstance(values.get(column), str) and values[column] != one.key:
            return str(values[column])
    return ""


def _values(one: ChangeEntry) -> Any:
    before, after = name_unread(one.before or {}), name_unread(one.after or {})
    if one.kind is Change.CHANGED:
        return _changed_values(one, before, after)
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


def _changed_values(one: ChangeEntry, before: Mapping[str, Any], after: Mapping[str, Any]) -> Any:
    """What changed, of each column the parts that differ; whole values where they were taken apart, folded."""
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
            rows.append(_change_row(name, value_text(before.get(name)), value_text(after.get(name))))
            continue
        apart.append(name)
        rows += [_inner_row(name, part) for part in inner[:MOST_PARTS]]
        if len(inner) > MOST_PARTS:
            rows.append(_note_row(name, f"and {len(inner) - MOST_PARTS:,} more differences"))
    table = _change_table(rows)
    if not apart:
        return table
    whole = [
        _change_row(name, value_text(before[name], LONGEST_WHOLE), value_text(after[name], LONGEST_WHOLE))
        for name in apart
    ]
    return html.Div(
        [
            table,
            html.Details(
                [html.Summary(f"Whole value{'s' if len(apart) > 1 else ''}"), _change_table(whole)],
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
