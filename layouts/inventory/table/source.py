"""A table's Source tab: where it comes from, how analysts use it, and what is built on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.feedback import empty_state, relative_time, status_badge
from layouts.components.figures import cover, number
from layouts.components.page import icon, panel
from layouts.inventory import ids
from services.models.core import INVENTORY_SCHEMA, WriteMode
from services.models.coverage import COUNTED
from services.models.inventory import ColumnInfo, TableDetail, ViewChoice, ViewInfo
from services.models.wording import describe_key, describe_write_mode, format_count, format_day

# as the form of a schedule says it
WRITE_WORDS = {
    WriteMode.REPLACE: "Replace: keeps the table as the cloud is now, and records what changed",
    WriteMode.APPEND: "Append: keeps every run's rows, marked with the run",
}
CATEGORIES = (
    "state",
    "status",
    "region",
    "location",
    "instance_type",
    "type",
    "sku",
    "engine",
    "runtime",
    "kind",
)


def copy_box(id: str, text: str, label: str) -> html.Div:
    """A text to take away, with a button that copies it."""
    return html.Div(
        [
            html.Pre(text, id=id, className="copy-text"),
            dcc.Clipboard(target_id=id, title=f"Copy {label}", className="icon-button copy-button"),
        ],
        className="copyable",
    )


def quote_name(name: str) -> str:
    """A name as Databricks SQL wants it."""
    plain = name.isascii() and name.replace("_", "").isalnum() and not name[:1].isdigit()
    return name if plain else "`" + name.replace("`", "``") + "`"


def catalog_path(table: TableDetail) -> str:
    """The table's place in Unity Catalog."""
    return ".".join(quote_name(part) for part in (table.catalog, table.ref.schema, table.ref.name))


def find_category(columns: Sequence[ColumnInfo]) -> str:
    """The column that an example groups by."""
    for wanted in CATEGORIES:
        for column in columns:
            if column.kind == "text" and (column.name == wanted or column.name.endswith(f"_{wanted}")):
                return column.name
    return next((column.name for column in columns if column.kind == "text"), "_scope")


def write_snippet(table: TableDetail) -> str:
    """SQL for Databricks: the newest state, and what changed in a week."""
    group = quote_name(find_category(table.columns))
    changes = ".".join(quote_name(part) for part in (table.catalog, INVENTORY_SCHEMA, "resource_changes"))
    return (
        f"SELECT {group}, count(*) AS resources\nFROM {catalog_path(table)}\n"
        f"GROUP BY {group}\nORDER BY resources DESC;\n\n"
        f"-- what changed in the last seven days\nSELECT changed_at, change, resource_key, changed_columns\n"
        f"FROM {changes}\nWHERE table_name = '{table.ref.name}'\n"
        "  AND changed_at > current_timestamp() - INTERVAL 7 DAYS\n"
        "ORDER BY changed_at DESC;"
    )


def suggest_questions(table: TableDetail) -> list[str]:
    """Things to ask Genie about the table."""
    noun = (table.summary.resource or table.ref.name).replace("_", " ")
    names = {column.name for column in table.columns}
    group = find_category(table.columns).replace("_", " ").strip()
    asked = [f"How many {noun} do we have by {group}?", f"Which {noun} appeared in the last seven days?"]
    if "tags" in names or "labels" in names:
        asked.append(f"Which {noun} have no owner tag?")
    if names & {"created_at", "launch_time", "creation_date", "created"}:
        asked.append(f"What are the ten oldest {noun}?")
    if names & {"is_public", "publicly_accessible", "public_network_access", "allow_blob_public_access"}:
        asked.append(f"Which {noun} can be reached from outside?")
    asked.append(f"Which day of this month saw the most changes among the {noun}?")
    return asked


def explorer_address(table: TableDetail) -> str:
    """The table in the workspace's catalogue, from where Databricks SQL opens; empty outside a workspace."""
    place = "/".join(quote(part, safe="") for part in (table.catalog, table.ref.schema, table.ref.name))
    return f"{table.workspace}/explore/data/{place}" if table.workspace and table.catalog else ""


def _workspace_link(words: str, href: str) -> Any:
    """A button to the workspace, or that there is none."""
    if not href:
        return html.Span("Not available here: the app runs outside Databricks.", className="text-muted-2")
    return html.A(
        [icon("bi-box-arrow-up-right"), html.Span(words)],
        href=href,
        target="_blank",
        rel="noopener",
        className="btn btn-outline-secondary btn-sm",
    )


def source_tab(table: TableDetail, engineer: bool) -> list[Any]:
    """Query, schedule, and the way to the table from Databricks."""
    summary = table.summary
    query = panel(
        "Query",
        html.Pre(table.query_text, className="copy-text")
        if table.query_text
        else html.P("The query that filled this table is gone.", className="text-muted-2"),
        dcc.Link(
            [icon("bi-terminal"), html.Span("Open in the IDE")],
            href=f"/ide?query={summary.query_id}",
            className="btn btn-outline-secondary btn-sm",
        )
        if engineer and summary.query_id and table.query_text
        else html.Span(table.query_name, className="given"),
    )
    if summary.cron:
        when: list[Any] = [
            html.Strong(table.schedule_words or summary.cron, className="when-words"),
            html.Span([" (", html.Code(summary.cron), f", {summary.timezone})"], className="text-muted-2"),
        ]
        if not summary.is_active:
            when.append(status_badge(None, "paused"))
    else:
        when = [html.Span("No schedule keeps this table up to date.", className="tone-warning")]
    facts = [
        ("Saved query", html.Span(table.query_name or "–", className="given")),
        ("Runs", html.Span(when)),
        ("Last run", status_badge(summary.last_run_status)),
        ("Writes", describe_write_mode(summary.write_mode)),
        ("Key", describe_key(table.key_columns)),
        (
            "History since",
            html.Time(format_day(table.first_day, datetime.now(UTC).date())) if table.first_day else "–",
        ),
    ]
    schedule = panel(
        "Schedule",
        html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts-list"),
        dcc.Link(
            [icon("bi-calendar3"), html.Span("Open the schedule")],
            href=f"/schedules?schedule={summary.schedule_id}",
            className="btn btn-outline-secondary btn-sm",
        )
        if engineer and summary.schedule_id
        else None,
    )
    databricks = panel(
        "In Databricks SQL",
        [
            html.H3("Unity Catalog", className="small-title"),
            copy_box(ids.SOURCE_PATH, catalog_path(table), "the path"),
            html.H3("SQL to start from", className="small-title"),
            copy_box(ids.SOURCE_SQL, write_snippet(table), "the SQL"),
        ],
        _workspace_link("Open in Databricks SQL", explorer_address(table)),
    )
    genie = panel(
        "Questions for Genie",
        html.Ul([html.Li(question) for question in suggest_questions(table)], className="questions"),
        _workspace_link("Ask in Genie", f"{table.workspace}/genie" if table.workspace else ""),
    )
    return [html.Div([html.Div([query, databricks]), html.Div([schedule, genie])], className="two-columns")]


def views_part(
    table: TableDetail, views: Sequence[ViewInfo], choice: ViewChoice, engineer: bool
) -> list[Any]:
    """The views over the table, and for engineers the way to make one. choice: what was chosen last."""
    listed: Any = (
        html.Div([view_card(view, engineer) for view in views], id=ids.VIEW_LIST)
        if views
        else html.Div(
            empty_state(
                "bi-layers",
                "No view reads this table",
                "A materialised view keeps a copy, or a count, for dashboards to read.",
            ),
            id=ids.VIEW_LIST,
        )
    )
    parts: list[Any] = [panel("Views over this table", listed, number(len(views), COUNTED) if views else "")]
    if engineer:
        names = [
            column.name
            for column in table.columns
            if column.kind != "json" and not column.name.startswith("_")
        ]
        parts.append(
            panel(
                "Create a view",
                [
                    html.P(
                        [
                            html.Code(f"{table.ref.name}_mv"),
                            " holds all rows, or their count by the columns that you choose. "
                            "Every run that changes the table refreshes it; one whose refresh failed is refreshed by "
                            "the next. ",
                            html.Code(f"{table.ref.name}_view"),
                            " shows it to Unity Catalog.",
                        ],
                        className="text-muted-2",
                    ),
                    html.Fieldset(
                        [
                            html.Legend("Count by (choose none for all rows)", className="form-label"),
                            dbc.Checklist(
                                id=ids.VIEW_COLUMNS, options=names, value=list(choice.columns), inline=True
                            ),
                        ]
                    ),
                    # a callback says how much that is
                    html.P(id=ids.VIEW_PREVIEW, role="status", className="view-preview"),
                    html.Div(
                        dbc.Button("Create the view", id=ids.VIEW_MAKE, color="primary", n_clicks=0)
                        if not any(view.name == f"{table.ref.name}_mv" for view in views)
                        else dbc.Button("Create it again", id=ids.VIEW_MAKE, color="primary", n_clicks=0),
                        className="form-actions",
                    ),
                    dcc.Store(id=ids.VIEW_VERSION, data=choice.version),
                    html.Div(id=ids.VIEW_RESULT, role="status"),
                ],
                className="make-view",
            )
        )
    return parts


def preview_line(table: TableDetail, columns: Sequence[str], rows: int | None) -> Any:
    """What a view would hold that is made of these columns. rows: None where that is not known."""
    held = len(columns) + 1 if columns else sum(1 for one in table.columns if not one.name.startswith("_"))
    counted = "rows not known" if rows is None else format_count(rows, "row")
    return cover(
        [
            "It would hold ",
            html.Strong(f"{counted}, {format_count(held, 'column')}"),
            ": how many resources have each combination of values."
            if columns
            else ": every row of the table.",
        ],
        table.summary.reading,
    )


def view_card(view: ViewInfo, engineer: bool) -> html.Details:
    """One view with its SQL."""
    kind = "materialised view" if view.materialised else "view"
    count = f"about {view.rows:,} rows" if view.rows is not None else ""
    age: list[Any] = []
    if view.materialised:
        age.append(
            html.Span(
                ["refreshed ", relative_time(view.refreshed_at)]
                if view.refreshed_at
                else "nobody knows since when",
                className="text-muted-2",
            )
        )
    if view.behind:
        # what nobody noted a refresh of may be as new as the table
        words = "older than the table" if view.refreshed_at else "may be older than the table"
        age.append(
            html.Span(
                words, className="badge-status tone-warning", title="The table's next run refreshes it."
            )
        )
    return html.Details(
        [
            html.Summary(
                [
                    html.Span(
                        f"{view.schema}.{view.name}" if view.schema != INVENTORY_SCHEMA else view.name,
                        className="mono",
                    ),
                    html.Span(kind, className="small-chip"),
                    html.Span(count, className="text-muted-2"),
                    *age,
                    dbc.Button(
                        "Refresh",
                        id=ids.view_refresh(view.name),
                        size="sm",
                        color="outline-secondary",
                        n_clicks=0,
                    )
                    if engineer and view.materialised and view.schema == INVENTORY_SCHEMA
                    else None,
                ]
            ),
            html.Pre(view.definition, className="copy-text"),
        ],
        className="view-card",
    )
