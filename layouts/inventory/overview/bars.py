"""The overview's bars: the largest tables, and how resources divide by region, state, account and owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from dash import html

from layouts.components.charts import find_provider_colour, shorten_provider
from layouts.components.drawing import UNKNOWN, cut_values
from layouts.components.marks import drawing, group, legend, mark, percent, place_marks
from layouts.inventory import addresses
from services.models.inventory import Overview, Share

MOST_BARS = 8


@dataclass(frozen=True)
class Bar:
    """A value with its parts by provider. label: its name, shortened; whole: in full, with the value itself."""

    label: str
    whole: str
    share: Share
    addresses: Mapping[str, str]

    @property
    def known(self) -> bool:
        """Its value is known."""
        return bool(self.share.value)


def share_bars(shown: Overview, dimension: str) -> list[Bar]:
    """The largest values of a dimension; what is not known is said, at the bottom."""
    values = list(shown.shares.get(dimension, ()))
    known = [share for share in values if share.value][: MOST_BARS - 1]
    unknown = [share for share in values if not share.value]
    names = shown.account_names if dimension == "account" else {}
    return make_bars([*known, *unknown], partial(share_address, dimension), UNKNOWN, names)


def share_address(dimension: str, share: Share, provider: str) -> str:
    """What is behind a provider's part of a bar: its resources."""
    return addresses.resources(**{dimension: share.value}, provider=provider)


def type_bars(shown: Overview) -> list[Bar]:
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

    return make_bars(shares, address)


def make_bars(
    shares: Sequence[Share],
    address: Callable[[Share, str], str],
    unknown: str = "",
    called: Mapping[str, str] = MappingProxyType({}),
) -> list[Bar]:
    """The bars of these shares. address: of a provider's part. called: value → its name, where known."""
    names = [called.get(share.value, share.value) or unknown for share in shares]
    return [
        Bar(
            label,
            name if name in (share.value, unknown) else f"{name} ({share.value})",
            share,
            {provider: address(share, provider) for provider in share.rows},
        )
        for label, name, share in zip(cut_values(names), names, shares, strict=True)
    ]


def draw_bars(shown: Overview, bars: Sequence[Bar]) -> html.Div:
    """The bars, the first on top, each divided by provider, with their totals at the end."""
    # in the order of the other charts; what a filter hides there may still be in a share
    named = dict.fromkeys([*shown.levels, *(name for bar in bars for name in bar.share.rows)])
    providers = [name for name in named if any(name in bar.share.rows for bar in bars)]
    widest = max((bar.share.total for bar in bars), default=0) or 1
    colours = legend((shorten_provider(name), find_provider_colour(name)) for name in providers)
    return drawing(
        "; ".join(f"{bar.whole} {bar.share.total:,}" for bar in bars) or "Nothing is counted",
        [
            colours if len(providers) > 1 else None,
            place_marks([_draw_bar(bar, providers, widest) for bar in bars], "down", "bars"),
        ],
        "bars-drawing",
    )


def _draw_bar(bar: Bar, providers: Sequence[str], widest: int) -> html.Div:
    parts = [
        mark(
            f"{bar.whole}, {shorten_provider(provider)}: {bar.share.rows[provider]:,}",
            bar.addresses[provider],
            "bar-part" if bar.known else "bar-part not-known",
            width=percent(bar.share.rows[provider] / widest),
            **{"--tone": find_provider_colour(provider)},
        )
        for provider in providers
        if bar.share.rows.get(provider)
    ]
    return group(
        [
            html.Span(bar.label, className="bar-label", title=bar.whole),
            html.Div(
                [*parts, html.Span(f"{bar.share.total:,}", className="bar-total")], className="bar-track"
            ),
        ],
        "bar-line",
    )
