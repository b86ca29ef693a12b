"""The change feed, of all tables and as a table's tab."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import dash
from dash import ClientsideFunction, Input, Output, State, ctx

from layouts.components.choosing import radio_options
from layouts.inventory import changes, ids
from services import Services
from services.models.coverage import Reading, apart
from services.models.inventory import TableRef


class Listed(NamedTuple):
    """A page of changes as components. older: the next page's cursor, empty at the end. reading: of their source."""

    entries: list[Any]
    older: str
    reading: Reading


def register(app: dash.Dash, services: Services) -> None:
    """Register the feed's callbacks."""

    @app.callback(
        Input(ids.CHANGES_STORE, "data"),
        Input(ids.CHANGES_KIND, "value"),
        Input(ids.CHANGES_DAY, "value"),
        Input(ids.CHANGES_FIND, "value"),
        Input(ids.CHANGES_MORE, "n_clicks"),
        State(ids.CHANGES_CURSOR, "data"),
        State(ids.CHANGES_LIST, "children"),
        output={
            "reading": Output(ids.CHANGES_READING, "children"),
            "list": Output(ids.CHANGES_LIST, "children"),
            "cursor": Output(ids.CHANGES_CURSOR, "data"),
            "more": Output(ids.CHANGES_MORE, "style"),
        },
    )
    def _list(
        of: dict[str, str], kind: str, day: str, find: str, _more: int, cursor: str, listed: list[Any]
    ) -> dict[str, Any]:
        older = ctx.triggered_id == ids.CHANGES_MORE
        found = list_changes(services, of, kind, day, find or "", cursor or "" if older else "")
        narrowed = bool(kind or day or find or of.get("region") or of.get("provider"))
        first = found.entries or changes.no_changes(narrowed, found.reading)
        return {
            "reading": changes.reading_line(found.reading, datetime.now(UTC)),
            "list": [*(listed or []), *found.entries] if older else first,
            "cursor": found.older,
            "more": {} if found.older else {"display": "none"},
        }

    @app.callback(
        Output(ids.CHANGES_SUMMARY, "children"),
        Input(ids.CHANGES_STORE, "data"),
        Input(ids.CHANGES_DAY, "value"),
        Input(ids.CHANGES_KIND, "value"),
    )
    def _sum_up(of: dict[str, str], day: str, kind: str) -> Any:
        return sum_up_changes(services, of, day, kind)

    @app.callback(
        Input(ids.CHANGES_STORE, "data"),
        Input(ids.CHANGES_DAY, "value"),
        Input(ids.CHANGES_FIND, "value"),
        Input(ids.CHANGES_KIND, "value"),
        output={
            "kinds": Output(ids.CHANGES_KIND, "options"),
            "shown": Output(ids.CHANGES_COUNT, "children"),
        },
    )
    def _count(of: dict[str, str], day: str, find: str, kind: str) -> dict[str, Any]:
        return count_kinds(services, of, day, find or "", kind)

    app.clientside_callback(
        ClientsideFunction("inventory", "changes"),
        Input(ids.CHANGES_KIND, "value"),
        Input(ids.CHANGES_DAY, "value"),
        Input(ids.CHANGES_FIND, "value"),
        State(ids.CHANGES_STORE, "data"),
        prevent_initial_call=True,
    )


def list_changes(
    services: Services, of: dict[str, str], kind: str, day: str, find: str, cursor: str
) -> Listed:
    """A page of changes. of: whose (schema and table, or provider and region)."""
    ref = _find_table(of)
    if day and changes.parse_day(day) is None:
        # what is no day must not show the changes of every day
        return Listed([], "", apart("the day cannot be read"))
    on = changes.parse_day(day)
    reading = find_reading(services, of, on)
    page = services.inventory.changes(
        ref,
        kinds=[one] if (one := changes.parse_kind(kind)) else [],
        day=on,
        provider=of.get("provider", ""),
        region=of.get("region", ""),
        search=find,
        cursor=cursor,
    )
    listed = changes.entries(page.entries, datetime.now(UTC), reading, with_table=ref is None)
    return Listed(listed, page.older, reading)


def find_reading(services: Services, of: dict[str, str], day: date | None) -> Reading:
    """What was read of where the changes come from."""
    return services.inventory.read_changes_reading(
        _find_table(of), day, of.get("provider", ""), of.get("region", "")
    )


def _find_table(of: dict[str, str]) -> TableRef | None:
    return TableRef(of["schema"], of["table"]) if of.get("table") else None


def count_kinds(
    services: Services, of: dict[str, str], day: str, find: str, kind: str = ""
) -> dict[str, Any]:
    """The kinds to filter by, with how many changes there are of each, and how many are shown."""
    on = changes.parse_day(day)
    counts = services.inventory.count_changes(
        _find_table(of), day=on, provider=of.get("provider", ""), region=of.get("region", ""), search=find
    )
    return {
        "kinds": radio_options(changes.kinds(counts, find_reading(services, of, on))),
        "shown": changes.shown_words(counts, changes.parse_kind(kind)),
    }


def sum_up_changes(services: Services, of: dict[str, str], day: str, kind: str = "") -> Any:
    """Which tables changed most; nothing on the page of one table, or of a region, by which that is not counted."""
    if of.get("table") or of.get("region") or (day and changes.parse_day(day) is None):
        return None
    on, one = changes.parse_day(day), changes.parse_kind(kind)
    tables = services.inventory.list_changes_by_table(on, of.get("provider", ""), one)
    return changes.summary(tables, on, find_reading(services, of, on), one)
