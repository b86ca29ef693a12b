"""A table's page and a resource's page: the head, and the tab that is chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import dash
import flask
from dash import ClientsideFunction, Input, Output, State, dcc, html, no_update

from callbacks.inventory.table.charts import draw_chart, read_choice, show_gallery
from callbacks.inventory.table.rows import name_view, read_only, show_rows
from inventory_runner.errors import InventoryError, NotFound
from layouts.components.feedback import empty_state, error_alert
from layouts.inventory import addresses, changes, flapping, ids, resource
from layouts.inventory.filters import chips, list_unknown
from layouts.inventory.table import charts, columns, coverage, page, rows, source
from services import Services
from services.models import url_words
from services.models.inventory import ResourceDetail, TableDetail, TableRef
from services.models.url_values import end_of
from services.models.watches import WatchKind, WatchTarget
from services.models.wording import format_minute
from services.users import Role, current_user

# where an app keeps what makes its tables' pages
SERVED = "table_page"


def _serve(table: str = "", **arguments: Any) -> Any:
    return flask.current_app.extensions[SERVED](table, arguments)


def register(app: dash.Dash, services: Services) -> None:
    """Register the frame's callbacks, and serve the page with what is in it."""

    # the whole page is one answer: head, tab and grid each had one of their own, one after the other. Dash has one list
    # of pages for all apps of a process, so that the app that is asked says whose services these are
    app.server.extensions[SERVED] = partial(open_page, services)
    for known in dash.page_registry.values():
        if known["layout"] is page.layout:
            known["layout"] = _serve

    @app.callback(
        Input(ids.TABLE_TABS, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
        output={
            "header": Output(ids.TABLE_HEADER, "children"),
            "filters": Output(ids.TABLE_FILTERS, "children"),
            "content": Output(ids.TABLE_CONTENT, "children"),
        },
        prevent_initial_call=True,
    )
    def _change_tab(chosen: dict[str, str], arguments: dict[str, str]) -> dict[str, Any]:
        return dict(vars(fill_page(services, arguments, chosen)))

    @app.callback(
        Output(ids.TABLE_HEADER, "children", allow_duplicate=True),
        Input(ids.ROWS_AS_OF, "value", allow_optional=True),
        State(ids.TABLE_TABS, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
        prevent_initial_call=True,
    )
    def _show_moment(as_of: str | None, chosen: dict[str, str], arguments: dict[str, str]) -> Any:
        if as_of is None:
            return no_update
        # what is typed goes before what the address said
        with addresses.carrying(arguments):
            return show_header(services, arguments, {**chosen, "asof": as_of.strip()})

    app.clientside_callback(
        ClientsideFunction("inventory", "tab"),
        Input(ids.TABLE_TABS, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
        prevent_initial_call=True,
    )


def open_page(services: Services, table: str, arguments: dict[str, Any]) -> Any:
    """The page that an address names, with its head and its tab, or its resource. arguments: of the address."""
    stored = page.read_arguments(table, arguments)
    filling = fill_page(services, stored, None if stored.get("key") else page.read_chosen(stored))
    return page.draw_page(stored, list_unknown(arguments, page.KNOWN_ARGUMENTS), filling)


def fill_page(services: Services, arguments: dict[str, str], chosen: dict[str, str] | None) -> page.Filling:
    """What the page shows of the table, or of its resource. chosen: the tab, and what is chosen in it."""
    # head and content show one reading; one that failed is tried again, and said by the content
    find = cache(partial(find_shown, services, arguments, chosen))
    with addresses.carrying(arguments):
        return page.Filling(
            show_header(services, arguments, chosen, find),
            page.say_filters(arguments, chosen["tab"] if chosen else ""),
            show_content(services, arguments, chosen, find),
        )


def find_moment(chosen: dict[str, str]) -> datetime | None:
    """The past moment that a tab shows; None for now, and in tabs that know only now."""
    return end_of(chosen.get("asof", "")) if chosen.get("tab") in page.TABS_OF_MOMENTS else None


def find_shown(
    services: Services, arguments: dict[str, str], chosen: dict[str, str] | None
) -> TableDetail | ResourceDetail:
    """The table at the moment that its tab shows, or the resource; raises NotFound. chosen: as of `fill_page`."""
    ref = page.read_ref(arguments)
    if key := arguments.get("key"):
        return services.inventory.resource(ref, key, arguments.get("scope") or "{}")
    return services.inventory.table(ref, find_moment(chosen or arguments))


def show_header(
    services: Services,
    arguments: dict[str, str],
    chosen: dict[str, str] | None = None,
    find: Callable[[], TableDetail | ResourceDetail] | None = None,
) -> Any:
    """The head of the table's page, or of its resource's; a table that is not there is told by the content.

    chosen: the tab, and what is chosen in it. find: gives what is shown, where somebody has read it.
    """
    engineer = current_user().role is Role.ENGINEER
    try:
        found = find() if find else find_shown(services, arguments, chosen)
        if isinstance(found, ResourceDetail):
            target = WatchTarget(WatchKind.RESOURCE, found.table, found.key, found.scope.key)
            return resource.header(
                found, page.trail(arguments), engineer, watched=_is_watched(services, target)
            )
        # a table that no run wrote has nothing to tell
        loaded = found.columns and found.summary.rows is not None
        watched = _is_watched(services, WatchTarget(WatchKind.TABLE, found.ref)) if loaded else None
        return page.header(found, datetime.now(UTC), engineer, (chosen or arguments).get("tab", ""), watched)
    except InventoryError:
        return page.bare_header(arguments)


def _is_watched(services: Services, target: WatchTarget) -> bool | None:
    """Whether the person watches it; None for who is not signed in."""
    return services.watches.find(target) is not None if current_user().name else None


def show_content(
    services: Services,
    arguments: dict[str, str],
    chosen: dict[str, str] | None,
    find: Callable[[], TableDetail | ResourceDetail] | None = None,
) -> Any:
    """A tab, or a resource; an error says where to go from here. chosen, find: as of `show_header`."""
    now = datetime.now(UTC)
    try:
        found = find() if find else find_shown(services, arguments, chosen)
        if isinstance(found, ResourceDetail):
            return resource.body(found, now, current_user().role is Role.ENGINEER)
        return _show_tab(services, found, arguments, chosen or arguments, now)
    except NotFound as error:
        words, href = "Back to the inventory", addresses.PAGE
        if key := arguments.get("key"):
            # the same key may be in the table under another scope
            words, href = "Look for it in the table", addresses.table(page.read_ref(arguments), find=key)
        missing = empty_state(
            "bi-question-circle",
            error.message,
            error.hint,
            dcc.Link(words, href=href, className="btn btn-outline-secondary"),
        )
        return html.Div(missing, className="not-there")
    except InventoryError as error:
        return error_alert(error)


def _show_changes(ref: TableRef, arguments: dict[str, str], chosen: dict[str, str]) -> Any:
    """The change feed of one table."""
    kept = addresses.read_travelling(arguments)
    narrowed = {name: kept[name] for name in changes.NARROWING if name in kept and name != "provider"}
    hidden = flapping.HIDDEN if chosen.get("flapping") == flapping.HIDDEN else ""
    of = {**narrowed, "flapping": hidden, "kept": kept, "schema": ref.schema, "table": ref.name}
    days = chosen.get("day") or changes.period_of(kept.get("days", ""))
    without = {name: addresses.table(ref, "changes", **{name: ""}) for name in narrowed}
    named = {name: value or "not known" for name, value in narrowed.items()}
    return [
        dcc.Store(id=ids.CHANGES_STORE, data=of),
        html.Div(chips(named, without), className="changes-chips") if named else None,
        changes.changes_panel(chosen.get("kind", ""), days, chosen.get("find", "")),
    ]


def _show_tab(
    services: Services,
    table: TableDetail,
    arguments: dict[str, str],
    chosen: dict[str, str],
    now: datetime,
) -> Any:
    engineer = current_user().role is Role.ENGINEER
    ref, tab, at = table.ref, chosen["tab"], find_moment(chosen)
    if not table.columns and tab not in ("source", "coverage"):
        return page.unloaded_page(table, engineer)
    if tab == "charts":
        choice = read_choice(chosen)
        if choice is not None and not choice.by:
            # a column that fits is chosen
            choice = services.inventory.chart(ref, choice, at).choice
        as_of = chosen.get("asof", "") if at else ""
        if choice is None:
            return charts.gallery_tab(show_gallery(services, ref, as_of))
        return charts.builder_tab(table, choice, draw_chart(services, ref, choice, as_of), as_of)
    if tab == "changes":
        return _show_changes(ref, arguments, chosen)
    if tab == "coverage":
        scopes = table.moment.scopes if table.moment else services.inventory.scopes(ref)
        return coverage.coverage_tab(scopes, now, at, table.summary.schedule_id if engineer else None)
    if tab == "columns":
        rules = columns.rules(table.columns, services.inventory.list_asset_rules(ref), engineer)
        found = services.inventory.remember(
            ("profiles", ref, at), lambda: services.inventory.profiles(ref, at)
        )
        return columns.profiles(table, found, rules)
    if tab == "source":
        views = source.views_part(
            table, services.inventory.views(ref), services.inventory.view_choice(ref), engineer
        )
        return [*source.source_tab(table, engineer), *(views if table.columns else [])]
    return _show_rows(services, table, arguments, chosen, now)


def _show_rows(
    services: Services,
    table: TableDetail,
    arguments: dict[str, str],
    chosen: dict[str, str],
    now: datetime,
) -> Any:
    """The rows' tab with its grid, so that the rows can be asked for as soon as it is there."""
    ref, at = table.ref, find_moment(chosen)
    find, only = chosen.get(url_words.FIND, "")[:200], read_only(arguments, chosen)
    as_of = format_minute(at) if at else ""
    view = {name: chosen.get(name, "") for name in (url_words.WHERE, url_words.SORT)}
    moments = rows.moments_line(
        table, services.inventory.runs(ref), as_of, find, chosen.get(url_words.ONLY, "")[:2000], now
    )
    shown = show_rows(services, arguments, as_of, only, view)
    return rows.rows_tab(find, moments, shown, view, name_view(services, ref, view, as_of, only, find))
