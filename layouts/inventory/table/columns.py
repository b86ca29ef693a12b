"""The Columns tab of a table's page: what each column holds, and which become a resource's common values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.figures import covered_panel
from layouts.components.page import panel
from layouts.inventory import addresses, ids
from services.models.inventory import AssetRules, ColumnInfo, ColumnProfile, Profiles, TableDetail
from services.models.wording import FIELD_WORDS, format_minute, format_percent

# of a longer value a chart and the rows know the beginning alone
LONGEST_NARROWED = 120
# a share of missing values above which a column is marked
MOSTLY = 0.5


def profiles(table: TableDetail, found: Profiles, below: Any) -> list[Any]:
    """Each column with its values: how many, how many are missing, and the most frequent."""
    looked = f"from a sample of {found.rows:,} rows" if found.sampled else f"from all {found.rows:,} rows"
    described = [describe_profile(table, found, one) for one in found.columns]
    # one element, which assets/inventory/profiles.js fills: Dash's renderer took 8 ms a column for a component a part
    listed = html.Div(className="wide-scroll", **{"data-profiles": json.dumps(described, ensure_ascii=False)})
    return [covered_panel("Columns", listed, table.reading, note=looked), below]


def describe_profile(table: TableDetail, found: Profiles, one: ColumnProfile) -> dict[str, Any]:
    """A column's row as the browser draws it: what each cell says, and of each frequent value its text, its share of
    the rows in per cent, and where it leads. top: None where no value is more frequent than another.
    """
    share = one.nulls / found.rows if found.rows else 0
    unique = found.rows and one.distinct == found.rows and not one.nulls
    return {
        "name": one.column.name,
        "comment": one.column.comment,
        "key": one.column.name in table.key_columns,
        "type": one.column.type,
        "distinct": "all different" if unique else f"{one.distinct:,}",
        "missing": format_percent(one.nulls, found.rows) if one.nulls else "none",
        "tone": "tone-warning" if share > MOSTLY else "" if one.nulls else "text-muted-2",
        "top": None
        if unique
        else [
            {
                "value": _value(value, one.column.kind),
                "title": value or "",
                "count": f"{count:,}",
                "share": round(100 * count / max(found.rows, 1), 1),
                "href": _find_rows(table, one.column, value),
            }
            for value, count in one.top
        ],
    }


def _find_rows(table: TableDetail, column: ColumnInfo, value: str | None) -> str:
    """Where the rows with the value are; empty where its text is not what rows are narrowed by."""
    if not value or column.kind not in ("text", "number", "boolean") or len(value) > LONGEST_NARROWED:
        return ""
    as_of = format_minute(table.moment.at) if table.moment else ""
    return addresses.rows(table.ref, {column.name: value}, as_of=as_of)


def _value(value: str | None, kind: str) -> str:
    """A value as people read it; empty for the empty text, which the browser says in words."""
    if value is None:
        return "–"
    truth = {"true": "yes", "false": "no"} if kind == "boolean" else {}
    return truth.get(value, value)


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
