"""A table's page and a resource's page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, ctx, dcc, html

from inventory_runner.errors import InventoryError, NotFound
from layouts.components.feedback import empty_state, error_alert, note
from layouts.inventory import addresses, changes, ids
from layouts.inventory import resource as inventory_resource
from layouts.inventory.table import charts as inventory_chart_tab
from layouts.inventory.table import columns as inventory_columns
from layouts.inventory.table import page
from layouts.inventory.table import source as inventory_source
from layouts.inventory.table import tabs as inventory_tabs
from layouts.shell import ids as shell_ids
from services import Services
from services.models.inventory import ChartChoice, TableDetail, TableRef
from services.models.url_values import end_of, only_of
from services.users import Role, current_user


def register(app: dash.Dash, services: Services) -> None:
    """Register the callbacks."""

    @app.callback(Output(ids.TABLE_HEADER, "children"), Input(ids.TABLE_ARGUMENTS, "data"))
    def _show_header(arguments: dict[str, str]) -> Any:
        return header(services, arguments)

    @app.callback(
        Output(ids.TABLE_CONTENT, "children"),
        Input(ids.TABLE_TABS, "data", allow_optional=True),
        Input(ids.TABLE_ARGUMENTS, "data"),
    )
    def _show_content(chosen: dict[str, str] | None, arguments: dict[str, str]) -> Any:
        return content(services, arguments, chosen)

    app.clientside_callback(
        ClientsideFunction("inventory", "tab"),
        Input(ids.TABLE_TABS, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ids.ROWS_BODY, "children"),
        Output(ids.ROWS_NOTE, "children"),
        Output(ids.ROWS_EXPORTS, "children"),
        Input(ids.ROWS_AS_OF, "value"),
        State(ids.TABLE_TABS, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
    )
    def _show_rows(
        as_of: str | None, chosen: dict[str, str], arguments: dict[str, str]
    ) -> tuple[Any, Any, Any]:
        return rows(services, arguments, as_of or "", only_of(chosen.get("only", "")))

    app.clientside_callback(
        ClientsideFunction("inventory", "rows"),
        Input(ids.ROWS_AS_OF, "value"),
        Input(ids.ROWS_FIND, "value"),
        State(ids.TABLE_ARGUMENTS, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ids.CHART_BODY, "children"),
        Input(ids.CHART_BY, "value"),
        Input(ids.CHART_MEASURE, "value"),
        Input(ids.CHART_OF, "value"),
        Input(ids.CHART_SPLIT, "value"),
        Input(ids.CHART_KIND, "value"),
        Input(shell_ids.THEME, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
    )
    def _draw(
        by: str, measure: str, of: str, split: str, kind: str, theme: str, arguments: dict[str, str]
    ) -> Any:
        return chart(
            services,
            page.ref_of(arguments),
            ChartChoice(by or "", measure, _chosen(of), _chosen(split), kind),
            theme == "dark",
        )

    app.clientside_callback(
        ClientsideFunction("inventory", "chart"),
        Input(ids.CHART_BY, "value"),
        Input(ids.CHART_MEASURE, "value"),
        Input(ids.CHART_OF, "value"),
        Input(ids.CHART_SPLIT, "value"),
        Input(ids.CHART_KIND, "value"),
        State(ids.TABLE_ARGUMENTS, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ids.VIEW_RESULT, "children"),
        Output(ids.VIEW_LIST, "children"),
        Input(ids.VIEW_MAKE, "n_clicks"),
        State(ids.VIEW_COLUMNS, "value"),
        State(ids.TABLE_ARGUMENTS, "data"),
        running=[(Output(ids.VIEW_MAKE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _make_view(clicks: int, columns: list[str] | None, arguments: dict[str, str]) -> tuple[Any, Any]:
        if not clicks:
            return dash.no_update, dash.no_update
        return make_view(services, page.ref_of(arguments), columns or [])

    @app.callback(
        Output(shell_ids.NOTICES, "children", allow_duplicate=True),
        Input(ids.view_refresh(ALL), "n_clicks"),  # type: ignore[arg-type]
        prevent_initial_call=True,
    )
    def _refresh_view(_clicks: list[int]) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not ctx.triggered[0]["value"]:
            return dash.no_update
        services.inventory.refresh_view(ctx.triggered_id["view"])
        return note(
            f"{ctx.triggered_id['view']} was refreshed",
            "It holds the table's rows as they are now.",
            "success",
        )

    @app.callback(
        Output(ids.RULES_RESULT, "children"),
        Input(ids.RULES_SAVE, "n_clicks"),
        State(ids.rule_select(ALL), "value"),  # type: ignore[arg-type]
        State(ids.rule_select(ALL), "id"),  # type: ignore[arg-type]
        State(ids.TABLE_ARGUMENTS, "data"),
        prevent_initial_call=True,
    )
    def _save_rules(
        clicks: int, values: list[str], ids: list[dict[str, str]], arguments: dict[str, str]
    ) -> Any:
        if not clicks:
            return dash.no_update
        fields = {id["field"]: value for id, value in zip(ids, values, strict=True)}
        return save_rules(services, page.ref_of(arguments), fields)


def header(services: Services, arguments: dict[str, str]) -> Any:
    """The head of the table's page, or of its resource's; a table that is not there is told by the content."""
    try:
        if arguments.get("key"):
            return inventory_resource.header(_resource(services, arguments))
        return inventory_tabs.header(services.inventory.table(page.ref_of(arguments)), datetime.now(UTC))
    except InventoryError:
        return html.H1(arguments.get("key") or arguments.get("table"), className="page-title")


def _resource(services: Services, arguments: dict[str, str]) -> Any:
    scope = arguments.get("scope") or "{}"
    try:
        readable = isinstance(json.loads(scope), dict)
    except ValueError:
        readable = False
    if not readable:
        raise NotFound("The address names a scope that is none.", hint="Open the resource from its table.")
    return services.inventory.resource(page.ref_of(arguments), arguments["key"], scope)


def content(services: Services, arguments: dict[str, str], chosen: dict[str, str] | None) -> Any:
    """A tab, or a resource; an error says where to go from here. chosen: the tab, and what is chosen in it."""
    now = datetime.now(UTC)
    try:
        if arguments.get("key"):
            return inventory_resource.body(_resource(services, arguments), now)
        table = services.inventory.table(page.ref_of(arguments))
        return _tab(services, table, chosen or arguments, now)
    except NotFound as error:
        words, href = "Back to the inventory", addresses.PAGE
        if key := arguments.get("key"):
            # the same key may be in the table under another scope
            words, href = "Find it in the table", addresses.table(page.ref_of(arguments), find=key)
        missing = empty_state(
            "bi-question-circle",
            error.message,
            error.hint,
            dcc.Link(words, href=href, className="btn btn-outline-secondary"),
        )
        return html.Div(missing, className="not-there")
    except InventoryError as error:
        return error_alert(error)


def _tab(services: Services, table: TableDetail, chosen: dict[str, str], now: datetime) -> Any:
    engineer = current_user().role is Role.ENGINEER
    ref, tab = table.ref, chosen["tab"]
    if not table.columns and tab not in ("source", "coverage"):
        return inventory_tabs.never_loaded(table, engineer)
    if tab == "charts":
        first = services.inventory.chart(ref, choice_of(chosen)).choice
        shown = {
            "by": first.by,
            "measure": first.measure,
            "of": first.of,
            "split": first.split,
            "kind": first.kind,
        }
        return [
            inventory_chart_tab.controls(table, shown),
            html.Div(id=ids.CHART_BODY, className="overview-grid"),
        ]
    if tab == "changes":
        kind, day = chosen.get("kind", ""), changes.day_of(chosen.get("day"))
        store = dcc.Store(
            id=ids.CHANGES_STORE, data={"schema": ref.schema, "table": ref.name, "provider": ""}
        )
        return [store, changes.changes_panel(kind, day, chosen.get("find", ""))]
    if tab == "coverage":
        return inventory_tabs.coverage_tab(table, services.inventory.scopes(ref), now)
    if tab == "columns":
        derived, corrected = services.inventory.asset_rules(ref)
        rules = inventory_columns.rules(table.columns, derived, corrected, engineer)
        return inventory_columns.profiles(table, services.inventory.profiles(ref), rules)
    if tab == "source":
        return inventory_source.source_tab(table, engineer)
    if tab == "views":
        return inventory_source.views_tab(table, services.inventory.views(ref), engineer)
    as_of = chosen.get("asof", "")
    return inventory_tabs.rows(table, as_of if end_of(as_of) else "", chosen.get("find", "")[:200])


def _chosen(value: str | None) -> str:
    return "" if value in (None, inventory_chart_tab.NONE) else str(value)


def choice_of(values: dict[str, str]) -> ChartChoice:
    """The chart that a URL names; what it leaves out is the usual."""
    usual = ChartChoice()
    return ChartChoice(
        values.get("by", ""),
        values.get("measure") or usual.measure,
        values.get("of", ""),
        values.get("split", ""),
        values.get("kind") or usual.kind,
    )


def rows(
    services: Services, arguments: dict[str, str], as_of: str, only: dict[str, str] | None = None
) -> tuple[Any, Any, Any]:
    """The grid of a table now or as it was, what is to say about that, and the exports. only: column → value."""
    ref, only = page.ref_of(arguments), only or {}
    at = end_of(as_of)
    as_of = as_of if at else ""
    try:
        relation = services.inventory.relation(ref, at)
    except InventoryError as error:
        return error_alert(error), "", inventory_tabs.exports(ref, "", {})
    return (
        inventory_tabs.rows_grid(ref, relation.columns, as_of, only),
        inventory_tabs.rows_note(ref, at, as_of, only),
        inventory_tabs.exports(ref, as_of, only),
    )


def chart(services: Services, ref: TableRef, choice: ChartChoice, dark: bool) -> Any:
    """The chosen chart, or why there is none."""
    if choice.measure != "count" and not choice.of:
        return note("Choose a column of numbers", "A sum or an average needs a column to take it of.", "info")
    try:
        table = services.inventory.table(ref)
        data = services.inventory.chart(ref, choice)
    except InventoryError as error:
        return error_alert(error)
    summary = table.summary
    covered = f"{summary.scopes_ok} of {summary.scopes_total} scopes read" if summary.partial else ""
    return inventory_chart_tab.chart(ref, data, dark, covered or inventory_tabs.append_note(table))


def make_view(services: Services, ref: TableRef, columns: list[str]) -> tuple[Any, Any]:
    """What became of it, and the list of views as it is now."""
    try:
        materialised, plain = services.inventory.make_view(ref, columns)
    except InventoryError as error:
        return error_alert(error), dash.no_update
    views = services.inventory.views(ref)
    cards = [inventory_source.view_card(view, True) for view in views]
    return note(
        f"{materialised} is ready",
        f"{plain} shows it to Unity Catalog. Every run that changes the table refreshes it.",
        "success",
    ), cards


def save_rules(services: Services, ref: TableRef, fields: dict[str, str]) -> Any:
    """Keep the corrections; `*` leaves a field to the rules."""
    try:
        services.inventory.correct_rules(
            ref, {field: value for field, value in fields.items() if value != "*"}
        )
    except InventoryError as error:
        return error_alert(error)
    return note("Saved", "The table's next run makes its resources anew by these columns.", "success")
