"""The entries of the change feed: a resource, or equal changes of several, with the values before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html

from layouts.components.feedback import change_words, relative_time
from layouts.components.figures import mark
from layouts.inventory import addresses
from services.models.core import Change
from services.models.coverage import Reading
from services.models.inventory import ChangeEntry
from services.models.values import (
    InnerChange,
    Missing,
    Unread,
    format_json,
    list_inner_changes,
    name_unread,
)
from services.models.wording import format_count

MOST_VALUES = 6
LONGEST_VALUE = 240
# of a JSON value that was taken apart: parts that are listed, and characters of the whole
MOST_PARTS = 20
LONGEST_WHOLE = 20_000
# resources of a group that are listed when it opens
MOST_GROUPED = 100
REORDERED = "the same items in another order"


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
    if one.kind is not Change.CHANGED or not one.table.name:
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
                    one.name or one.key,
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


def _entry(
    one: ChangeEntry, now: datetime, reading: Reading, with_table: bool, with_key: bool
) -> html.Article:
    where = [one.scope.label] if one.scope.values else []
    head = [
        change_words(one.kind, "change-kind"),
        _lead(one) if with_key else None,
        html.Span(one.key, className="change-key", title=one.key) if with_key and one.name else None,
        dcc.Link(one.table.label, href=addresses.table(one.table, "changes"), className="quiet-link mono")
        if with_table
        else None,
        html.Span(where[0], className="change-scope") if where else None,
        html.Span(relative_time(one.at, now), className="change-at"),
    ]
    values = [html.Div(head, className="change-head"), _values(one, with_table)]
    return html.Article(values, className="change", **mark(reading))


def _lead(one: ChangeEntry) -> Any:
    """Its name, which leads to the resource; a row of a statement's result is none."""
    name = one.name or one.key
    if not one.table.name:
        return html.Span(name, title=one.key, className="change-link")
    return dcc.Link(
        name,
        href=addresses.resource(one.table, one.key, one.scope.key),
        title=one.key,
        className="change-link",
    )


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
