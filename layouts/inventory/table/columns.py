"""The Columns tab of a table's page: what each column holds, and which become a resource's common values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.figures import covered_panel
from layouts.components.page import panel
from layouts.inventory import addresses, ids
from services.models.inventory import AssetRules, ColumnInfo, Profiles, TableDetail
from services.models.wording import FIELD_WORDS, format_minute, format_percent

# of a longer value a chart and the rows know the beginning alone
LONGEST_NARROWED = 120


def profiles(table: TableDetail, found: Profiles, below: Any) -> list[Any]:
    """Each column with its values: how many, how many are missing, and the most frequent."""
    looked = f"from a sample of {found.rows:,} rows" if found.sampled else f"from all {found.rows:,} rows"
    keys = set(table.key_columns)
    rows = []
    for one in found.columns:
        share = one.nulls / found.rows if found.rows else 0
        top = [
            html.Div(
                [
                    html.Span(
                        style={"width": f"{100 * count / max(found.rows, 1):.1f}%"}, className="top-bar-fill"
                    ),
                    _lead_to_rows(table, one.column, value),
                    html.Span(f"{count:,}", className="top-count"),
                ],
                className="top-line",
            )
            for value, count in one.top
        ]
        unique = found.rows and one.distinct == found.rows and not one.nulls
        rows.append(
            html.Tr(
                [
                    html.Th(
                        [
                            html.Span(one.column.name, className="mono", title=one.column.comment),
                            html.Span("key", className="small-chip") if one.column.name in keys else None,
                        ],
                        scope="row",
                    ),
                    html.Td(one.column.type, className="mono text-muted-2"),
                    html.Td(["all different" if unique else f"{one.distinct:,}"], className="number"),
                    html.Td(
                        html.Span(
                            format_percent(one.nulls, found.rows) if one.nulls else "none",
                            className="tone-warning"
                            if share > 0.5
                            else "text-muted-2"
                            if not one.nulls
                            else "",
                        ),
                        className="number",
                    ),
                    html.Td(
                        html.Span("–", className="text-muted-2") if unique else top, className="top-values"
                    ),
                ]
            )
        )
    titles = (
        ("Column", ""),
        ("Type", ""),
        ("Distinct", "number"),
        ("Missing", "number"),
        ("Most frequent values", ""),
    )
    body = html.Table(
        [
            html.Thead(html.Tr([html.Th(title, className=kind, scope="col") for title, kind in titles])),
            html.Tbody(rows),
        ],
        className="table profile-table",
    )
    listed = html.Div(body, className="wide-scroll")
    return [covered_panel("Columns", listed, table.reading, note=looked), below]


def _lead_to_rows(table: TableDetail, column: ColumnInfo, value: str | None) -> Any:
    """A value; a link to the rows that have it, where its text is what rows are narrowed by."""
    shown = _value(value, column.kind)
    if not value or column.kind not in ("text", "number", "boolean") or len(value) > LONGEST_NARROWED:
        return html.Span(shown, className="top-value", title=value or "")
    as_of = format_minute(table.moment.at) if table.moment else ""
    href = addresses.rows(table.ref, {column.name: value}, as_of=as_of)
    return dcc.Link(shown, href=href, className="top-value quiet-link", title=f"The rows with {value}")


def _value(value: str | None, kind: str) -> Any:
    """A value as people read it."""
    if value is None:
        return "–"
    truth = {"true": "yes", "false": "no"} if kind == "boolean" else {}
    return truth.get(value, value) or html.I("empty")


def select_rule(known: AssetRules, field: str) -> str:
    """What a field's select shows: the corrected column, "" for none, `*` where the rules decide."""
    return known.corrected.get(field, "*")


def rules(columns: Sequence[ColumnInfo], known: AssetRules, engineer: bool) -> Any:
    """Which columns become a resource's common values, as derived from their names; engineers may correct it."""
    fields = []
    for field, words in FIELD_WORDS.items():
        names = [
            c.name for c in columns if (c.kind == "json") == (field == "tags") and not c.name.startswith("_")
        ]
        found = known.derived.get(field)
        options = [
            {"label": f"by its name: {found or 'none fits'}", "value": "*"},
            {"label": "none", "value": ""},
        ]
        options += [{"label": name, "value": name} for name in names]
        fields.append(
            html.Label(
                [
                    html.Span(words),
                    dbc.Select(
                        id=ids.rule_select(field),
                        options=options,
                        value=select_rule(known, field),
                        size="sm",
                        disabled=not engineer,
                    ),
                ]
            )
        )
    return panel(
        "As resources",
        [
            html.P(
                "The list of resources, the search and the overview read these columns."
                " They are found by their names; correct what is wrong.",
                className="text-muted-2",
            ),
            html.Div(fields, className="rule-fields"),
            html.Div(
                dbc.Button("Save", id=ids.RULES_SAVE, color="primary", size="sm", n_clicks=0),
                className="form-actions",
            )
            if engineer
            else None,
            dcc.Store(id=ids.RULES_VERSION, data=known.version),
            html.Div(id=ids.RULES_RESULT, role="status"),
        ],
        "columns → common values",
    )
