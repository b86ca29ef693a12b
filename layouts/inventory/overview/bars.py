"""The overview's bars: the largest tables, and how resources divide by region, state, account and owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import unescape
from types import MappingProxyType
from typing import Any

from dash import html

from layouts.components.charts import (
    escape_text,
    find_provider_colour,
    mix_colours,
    shorten_provider,
    surface,
)
from layouts.components.drawing import GAP, UNKNOWN, figure, shorten_values
from layouts.components.tokens import TEXT_XS
from layouts.inventory import addresses
from services.models.inventory import Overview, Share

MOST_BARS = 8


def share_bars(shown: Overview, dark: bool, dimension: str) -> dict[str, Any]:
    """The largest values of a dimension, each bar divided by provider; what is not known is said, at the bottom."""
    values = list(shown.shares.get(dimension, ()))
    known = [share for share in values if share.value][: MOST_BARS - 1]
    unknown = [share for share in values if not share.value]
    names = shown.account_names if dimension == "account" else {}
    return bars(shown, [*known, *unknown], dark, partial(share_address, dimension), UNKNOWN, names)


def provider_legend(drawn: Mapping[str, Any]) -> html.Div | None:
    """What the colours of such bars mean, where there are several providers. drawn: the figure."""
    named = [(trace["name"], trace["marker"]["color"]) for trace in drawn["data"] if trace["type"] == "bar"]
    if len(named) < 2:
        return None
    return html.Div(
        [
            # the last is the first bar's, whose value is known; the others may be pale
            html.Span(
                [html.Span(className="provider-dot", style={"background": colours[-1]}), unescape(name)]
            )
            for name, colours in named
        ],
        className="chart-legend",
    )


def share_address(dimension: str, share: Share, provider: str) -> str:
    """What is behind a provider's part of a bar: its resources."""
    return addresses.resources(**{dimension: share.value}, provider=provider)


def type_bars(shown: Overview, dark: bool) -> dict[str, Any]:
    """The tables in which the most resources count, by what they hold."""
    largest = sorted((t for t in shown.tables if t.resources), key=lambda t: -t.resources)[:MOST_BARS]
    types = [t.words for t in largest]
    shares = [
        # two clouds may call their types the same
        Share(
            f"{t.provider} {type}" if types.count(type) > 1 else type,
            {t.provider: t.resources},
            {t.provider: t.ref},
        )
        for t, type in zip(largest, types, strict=True)
    ]

    def address(share: Share, provider: str) -> str:
        return addresses.table_in(share.tables[provider], shown.filter.region)

    return bars(shown, shares, dark, address)


def bars(
    shown: Overview,
    shares: Sequence[Share],
    dark: bool,
    address: Callable[[Share, str], str],
    unknown: str = "",
    called: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Horizontal bars, the first on top, with their totals at the end. called: value → its name, where known."""
    ordered = list(reversed(shares))
    places = list(range(len(ordered)))
    names = [called.get(share.value, share.value) or unknown for share in ordered]
    # under the mouse, the value as well
    whole = [
        name if name in (share.value, unknown) else f"{name} ({share.value})"
        for name, share in zip(names, ordered, strict=True)
    ]
    totals = [share.total for share in ordered]
    # in the order of the other charts; what a filter hides there may still be in a share
    named = dict.fromkeys([*shown.levels, *(name for share in ordered for name in share.rows)])
    providers = [name for name in named if any(name in share.rows for share in ordered)]
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "y": places,
            "x": [share.rows.get(provider, 0) for share in ordered],
            "name": shorten_provider(provider),
            "text": [
                f"{escape_text(name)}<br>{shorten_provider(provider)}: {share.rows.get(provider, 0):,}"
                for name, share in zip(whole, ordered, strict=True)
            ],
            "textposition": "none",
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {
                "color": [
                    mix_colours(find_provider_colour(provider), surface(dark), 1 if share.value else 0.4)
                    for share in ordered
                ]
            },
            "customdata": [address(share, provider) if provider in share.rows else "" for share in ordered],
        }
        for provider in providers
    ]
    traces.append(
        {
            "type": "scatter",
            "mode": "text",
            "y": places,
            "x": totals,
            "text": [f" {total:,}" for total in totals],
            "textposition": "middle right",
            "textfont": {"size": TEXT_XS},
            "cliponaxis": False,
            "hoverinfo": "skip",
        }
    )
    widest = max(totals, default=1)
    return figure(
        dark,
        traces,
        barmode="stack",
        bargap=0.32,
        # above it, in fewer lines: `provider_legend`
        showlegend=False,
        margin={"l": 4, "r": 8, "t": 2, "b": 2},
        xaxis={"visible": False, "range": [0, widest * 1.35], "fixedrange": True},
        yaxis={
            "tickvals": places,
            "ticktext": shorten_values(names),
            "showgrid": False,
            "zeroline": False,
            "range": [len(ordered) - MOST_BARS - 0.5, len(ordered) - 0.5],
            "fixedrange": True,
            **GAP,
            "tickfont": {"size": TEXT_XS},
        },
    )
