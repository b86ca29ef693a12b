"""Building a chart: the same fields in the same words wherever one chooses what to draw.

Group by, Measure, of, Colour by, Filter, Draw as.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from services.models.chart_words import MEASURE_WORDS
from services.models.limits import LONGEST_SEARCH

# a select takes an empty value for none at all
NONE = "*"
LABELS = {
    "by": "Group by",
    "measure": "Measure",
    "of": "of",
    "split": "Colour by",
    "filter": "Filter",
    "kind": "Draw as",
}


def builder(
    ids: Mapping[str, str],
    chosen: Mapping[str, str],
    *,
    columns: Mapping[str, str],
    numbers: Sequence[str],
    measures: Sequence[str],
    kinds: Mapping[str, str],
) -> html.Div:
    """The fields. ids and chosen: by the names of LABELS. columns: name → words; numbers: those that can be summed.

    measures: of MEASURE_WORDS. kinds: name → words.
    """
    nothing = {NONE: "none"}
    offered: dict[str, Mapping[str, str]] = {
        "by": columns,
        # without numbers there is nothing to sum
        "measure": {name: MEASURE_WORDS[name] for name in measures if numbers or name == "count"},
        "of": nothing | {name: name for name in numbers},
        "split": nothing | dict(columns),
        "kind": kinds,
    }

    def field(name: str) -> Component:
        if name == "filter":
            return dbc.Input(
                id=ids[name],
                value=chosen.get(name, ""),
                type="search",
                size="sm",
                placeholder="Filter rows",
                debounce=300,
                maxlength=LONGEST_SEARCH,
            )
        return dbc.Select(
            id=ids[name],
            value=chosen.get(name) or NONE,
            size="sm",
            options=[{"value": value, "label": label} for value, label in offered[name].items()],
        )

    return html.Div(
        [
            # parts.css hides what says nothing beside what else is chosen
            html.Label([html.Span(words), field(name)], className=f"builder-field builder-{name}")
            for name, words in LABELS.items()
        ],
        className="builder",
        role="group",
        **{"aria-label": "What to draw"},
    )


def read_chosen(fields: Mapping[str, str | None]) -> dict[str, str]:
    """What the fields hold, by the names of LABELS; empty where nothing is chosen."""
    chosen = {name: "" if value in (None, NONE) else str(value) for name, value in fields.items()}
    return {**chosen, "filter": chosen["filter"].strip()}
