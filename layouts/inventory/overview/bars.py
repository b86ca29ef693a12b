"""The overview's bars: the largest tables, and how resources divide by region, state, account and owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from dash import html

from layouts.components.bars import Bar, BarLine, BarPart, draw_lines
from layouts.components.charts import find_provider_colour, shorten_provider
from layouts.components.labels import UNKNOWN, cut_values
from layouts.components.marks import drawing, legend
from layouts.inventory import addresses
from services.models.inventory import Overview, Share

MOST_BARS = 8


@dataclass(frozen=True)
class ShareBar:
    """A value with its parts by provider. label: its name, shortened; whole: in full, with the value itself."""

    label: str
    whole: str
    share: Share
    addresses: Mapping[str, str]

    @property
    def known(self) -> bool:
        """Its value is known."""
        return bool(self.share.value)


def share_bars(shown: Overview, dimension: str) -> list[ShareBar]:
    """The largest values of a dimension; what is not known is said, at the bottom."""
    values = list(shown.shares.get(dimension, ()))
    known = [share for share in values if share.value][: MOST_BARS - 1]
    unknown = [share for share in values if not share.value]
    names = shown.account_names if dimension == "account" else {}
    return make_bars([*known, *unknown], partial(share_address, dimension), UNKNOWN, names)


def share_address(dimension: str, share: Share, provider: str) -> str:
    """What is behind a provider's part of a bar: its resources."""
    return addresses.resources(**{dimension: share.value}, provider=provider)


def type_bars(shown: Overview) -> list[ShareBar]:
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
) -> list[ShareBar]:
    """The bars of these shares. address: of a provider's part. called: value → its name, where known."""
    names = [called.get(share.value, share.value) or unknown for share in shares]
    return [
        ShareBar(
            label,
            name if name in (share.value, unknown) else f"{name} ({share.value})",
            share,
            {provider: address(share, provider) for provider in share.rows},
        )
        for label, name, share in zip(cut_values(names), names, shares, strict=True)
    ]


def draw_bars(shown: Overview, bars: Sequence[ShareBar]) -> html.Div:
    """The bars, the first on top, each divided by provider, with their totals at the end."""
    # in the order of the other charts; what a filter hides there may still be in a share
    named = dict.fromkeys([*shown.levels, *(name for bar in bars for name in bar.share.rows)])
    providers = [name for name in named if any(name in bar.share.rows for bar in bars)]
    colours = legend((shorten_provider(name), find_provider_colour(name)) for name in providers)
    return drawing(
        "; ".join(f"{bar.whole} {bar.share.total:,}" for bar in bars) or "Nothing is counted",
        [
            colours if len(providers) > 1 else None,
            draw_lines([_make_line(bar, providers) for bar in bars]),
        ],
        "bars-drawing",
    )


def _make_line(bar: ShareBar, providers: Sequence[str]) -> BarLine:
    parts = [
        BarPart(
            f"{bar.whole}, {shorten_provider(provider)}: {bar.share.rows[provider]:,}",
            bar.addresses[provider],
            bar.share.rows[provider],
            find_provider_colour(provider),
            hatched=not bar.known,
        )
        for provider in providers
        if bar.share.rows.get(provider)
    ]
    return BarLine(bar.label, bar.whole, [Bar(parts, f"{bar.share.total:,}", bar.share.total)])
