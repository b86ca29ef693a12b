"""The change feed, of all tables and as a table's tab."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, no_update

from callbacks.presses import find_pressed, has_changed
from inventory_runner.errors import InventoryError
from layouts.components.choosing import radio_options
from layouts.components.feedback import error_alert, note
from layouts.inventory import addresses, change_entries, changes, flapping, ids
from services import Services
from services.models.coverage import Reading, apart
from services.models.inventory import ChangeNarrowing, TableRef
from services.models.url_values import Days, parse_days
from services.users import Role, current_user


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
        of: dict[str, Any], kind: str, day: str, find: str, _more: int, cursor: str, listed: list[Any]
    ) -> dict[str, Any]:
        # what is chosen anew begins anew: the cursor is of the former list
        chosen = has_changed(ids.CHANGES_STORE, ids.CHANGES_KIND, ids.CHANGES_DAY, ids.CHANGES_FIND)
        older = find_pressed() == ids.CHANGES_MORE and not chosen
        found = list_changes(services, of, kind, day, find or "", cursor or "" if older else "")
        narrowed = bool(kind or day or find or is_narrowed(of))
        first = found.entries or changes.no_changes(narrowed, found.reading)
        return {
            "reading": [
                changes.reading_line(found.reading, datetime.now(UTC)),
                changes.gone_line() if of.get("owner") is not None else None,
            ],
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
    def _sum_up(of: dict[str, Any], day: str, kind: str) -> Any:
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
    def _count(of: dict[str, Any], day: str, find: str, kind: str) -> dict[str, Any]:
        return count_kinds(services, of, day, find or "", kind)

    @app.callback(
        output={"day": Output(ids.CHANGES_DAY, "value"), "period": Output(ids.CHANGES_PERIOD, "value")},
        inputs={"day": Input(ids.CHANGES_DAY, "value"), "period": Input(ids.CHANGES_PERIOD, "value")},
        prevent_initial_call=True,
    )
    def _choose_days(day: str, period: str) -> dict[str, Any]:
        if has_changed(ids.CHANGES_PERIOD):
            return {"day": period, "period": no_update}
        known = {one.value for one in changes.list_periods(datetime.now(UTC).date())}
        return {"day": no_update, "period": day if day in known else changes.NO_PERIOD}

    @app.callback(
        Output(ids.CHANGES_FLAPPING, "children"),
        Input(ids.CHANGES_STORE, "data"),
        Input(ids.CHANGES_DAY, "value"),
    )
    def _name_flapping(of: dict[str, Any], day: str) -> Any:
        return name_flapping(services, of, day or "")

    @app.callback(
        Output(ids.CHANGES_IGNORED, "children"),
        Input(ids.flapping_ignore(ALL, ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _ignore(_clicks: list[int | None]) -> Any:
        pressed = find_pressed()
        if not isinstance(pressed, dict):
            return no_update
        return ignore_column(services, int(pressed["schedule"]), str(pressed["column"]))

    app.clientside_callback(
        ClientsideFunction("inventory", "changes"),
        Input(ids.CHANGES_KIND, "value"),
        Input(ids.CHANGES_DAY, "value"),
        Input(ids.CHANGES_FIND, "value"),
        State(ids.CHANGES_STORE, "data"),
        prevent_initial_call=True,
    )


def is_narrowed(of: Mapping[str, Any]) -> bool:
    """Whether the address narrows the feed, beside days, kind and search."""
    return any(of.get(name) for name in ("provider", "region", "column", "flapping")) or any(
        of.get(name) is not None for name in ("account", "owner")
    )


def list_changes(
    services: Services, of: dict[str, Any], kind: str, day: str, find: str, cursor: str
) -> Listed:
    """A page of changes. of: whose (schema and table, or provider, region, account, owner), and which."""
    ref = _find_table(of)
    days = parse_days(day or "")
    if day and days is None:
        # what is no day must not show the changes of every day
        return Listed([], "", apart("the days cannot be read"))
    reading = find_reading(services, of, days)
    page = services.inventory.changes(
        ref,
        kinds=[one] if (one := changes.parse_kind(kind)) else [],
        cursor=cursor,
        **make_narrowing(services, of, days, find),
    )
    with addresses.carrying(_list_carried(of, day or "")):
        listed = change_entries.entries(
            page.entries, datetime.now(UTC), reading, with_table=ref is None, more=bool(page.older)
        )
    return Listed(listed, page.older, reading)


def make_narrowing(
    services: Services, of: Mapping[str, Any], days: Days | None, find: str
) -> ChangeNarrowing:
    """What the feed is narrowed to."""
    found: ChangeNarrowing = {
        "day": days,
        "provider": of.get("provider", ""),
        "region": of.get("region", ""),
        "account": of.get("account"),
        "owner": of.get("owner"),
        "column": of.get("column", ""),
        "search": find,
    }
    if of.get("flapping"):
        found["hidden"] = services.inventory.list_flapping(_find_table(of), of.get("provider", ""))
    return found


def find_reading(services: Services, of: Mapping[str, Any], days: Days | None) -> Reading:
    """What was read of where the changes come from."""
    return services.inventory.read_changes_reading(
        _find_table(of), days, of.get("provider", ""), of.get("region", "")
    )


def _find_table(of: Mapping[str, Any]) -> TableRef | None:
    return TableRef(of["schema"], of["table"]) if of.get("table") else None


def _list_carried(of: Mapping[str, Any], day: str) -> dict[str, Any]:
    """The filters that go along with the feed's links: those of the address, and the days as they are chosen now."""
    kept = dict(of.get("kept") or {})
    return {**kept, "day": day, "days": "" if day else kept.get("days", "")}


def count_kinds(
    services: Services, of: dict[str, Any], day: str, find: str, kind: str = ""
) -> dict[str, Any]:
    """The kinds to filter by, with how many changes there are of each, and how many are shown."""
    days = parse_days(day or "")
    counts = services.inventory.count_changes(_find_table(of), **make_narrowing(services, of, days, find))
    return {
        "kinds": radio_options(
            changes.kinds(counts, find_reading(services, of, days), gone_unknown=of.get("owner") is not None)
        ),
        "shown": changes.shown_words(counts, changes.parse_kind(kind)),
    }


def sum_up_changes(services: Services, of: dict[str, Any], day: str, kind: str = "") -> Any:
    """Which tables changed most; nothing on a table's page, or where only something is asked that is not counted."""
    days, one = parse_days(day or ""), changes.parse_kind(kind)
    counted = all(of.get(name) in (None, "") for name in ("table", "region", "column"))
    if not counted or "account" in of or "owner" in of or (day and days is None):
        return None
    tables = services.inventory.list_changes_by_table(days, of.get("provider", ""), one)
    with addresses.carrying(_list_carried(of, day or "")):
        return changes.summary(tables, days, find_reading(services, of, days), one)


def name_flapping(services: Services, of: dict[str, Any], day: str) -> Any:
    """The columns that change in most runs, and the link that hides or shows them."""
    ref = _find_table(of)
    try:
        provider = of.get("provider", "")
        found = services.inventory.remember(
            ("flapping", ref, provider), lambda: services.inventory.list_flapping(ref, provider)
        )
    except InventoryError as error:
        return error_alert(error)
    hidden = bool(of.get("flapping"))
    other = {"flapping": "" if hidden else flapping.HIDDEN}
    with addresses.carrying(_list_carried(of, day)):
        href = (
            addresses.table(ref, "changes", **other)
            if ref
            else addresses.changes(column=of.get("column", ""), **other)
        )
        return flapping.flapping_line(found, hidden, current_user().role is Role.ENGINEER, href)


def ignore_column(services: Services, schedule: int, column: str) -> Any:
    """Let a schedule's runs no longer take a column for a change."""
    try:
        services.schedules.ignore_column(schedule, column)
    except InventoryError as error:
        return error_alert(error)
    return note(f"{column} is ignored", "The next run of its schedule takes it for no change.", "success")
