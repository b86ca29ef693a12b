"""The overview's treemap: where the resources are, from provider to service to table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from layouts.components.charts import (
    escape_text,
    find_provider_colour,
    find_readable_colour,
    mix_colours,
    shorten_provider,
    surface,
)
from layouts.components.drawing import figure
from layouts.components.tokens import TEXT_S, token
from layouts.inventory import addresses
from services.models.inventory import Overview, TableSummary

MOST_TILES = 60
LONGEST_LINE = 10
# shares of all resources below which a table, and a provider, has no room for its name
SMALLEST_TILE, SMALLEST_PROVIDER = 0.03, 0.02


def break_line(text: str) -> str:
    """A long name on two lines, so that a narrow tile can hold it."""
    text = escape_text(text)
    if len(text) <= LONGEST_LINE or "_" not in text:
        return text
    places = [i for i, letter in enumerate(text) if letter == "_"]
    middle = min(places, key=lambda place: abs(place - len(text) // 2))
    return f"{text[:middle]}<br>{text[middle + 1 :]}"


class _Tiles:
    """The tiles of a treemap, column by column, as Plotly takes them."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {
            name: []
            for name in ("ids", "parents", "labels", "values", "colors", "inks", "customdata", "text")
        }

    def add(
        self, id: str, parent: str, label: str, value: int, colour: str, address: str, hover: str
    ) -> None:
        tile = (id, parent, label, value, colour, find_readable_colour(colour), address, hover)
        for column, item in zip(self.columns.values(), tile, strict=True):
            column.append(item)


def where(shown: Overview, dark: bool) -> dict[str, Any]:
    """Provider → service → table, by resources; small tables are summed up so that the rest stays readable."""
    largest = sorted((t for t in shown.tables if t.resources), key=lambda t: -t.resources)
    everything = sum(table.resources for table in largest)
    named: dict[str, list[TableSummary]] = defaultdict(list)
    rest: dict[str, list[TableSummary]] = defaultdict(list)
    totals: dict[str, int] = defaultdict(int)
    for place, table in enumerate(largest):
        told = place < MOST_TILES and table.resources >= SMALLEST_TILE * everything
        (named if told else rest)[table.provider].append(table)
        totals[table.provider] += table.resources
    if len(largest) <= MOST_TILES:
        for provider in [name for name, tables in rest.items() if len(tables) == 1]:
            # "1 more" would take the same room
            named[provider] += rest.pop(provider)
    tiles = _Tiles()
    ordered = sorted(totals, key=lambda name: -totals[name])
    small = [name for name in ordered if totals[name] < SMALLEST_PROVIDER * everything]
    # one alone would be as small
    folded = small if len(small) > 1 else []
    for provider in ordered:
        if provider in folded:
            continue
        _add_provider(tiles, provider, named[provider], rest[provider], shown.filter.region, dark)
    if folded:
        _add_others(tiles, folded, totals, dark)
    return _figure(tiles.columns, alone=len(totals) == 1, dark=dark)


def _add_others(tiles: _Tiles, providers: Sequence[str], totals: Mapping[str, int], dark: bool) -> None:
    """One tile for the providers that have too few resources for words on their own."""
    count = sum(totals[name] for name in providers)
    names = ", ".join(f"{shorten_provider(name)} {totals[name]:,}" for name in providers)
    hover = f"{names}<br>{count:,} resources"
    colour = mix_colours(token("ink-2", dark), surface(dark), 0.3)
    tiles.add("…", "", f"{len(providers)} more", count, colour, "", hover)


def _add_provider(
    tiles: _Tiles,
    provider: str,
    named: Sequence[TableSummary],
    rest: Sequence[TableSummary],
    region: str,
    dark: bool,
) -> None:
    """A provider's tile and those in it. rest: its tables without a tile. region: the chosen one, if any."""
    total = sum(table.resources for table in [*named, *rest])
    colour, ground = find_provider_colour(provider), surface(dark)
    middle, pale = (
        mix_colours(colour, ground, 0.62 if dark else 0.5),
        mix_colours(colour, ground, 0.42 if dark else 0.3),
    )
    label = shorten_provider(provider)
    tiles.add(
        provider, "", label, total, mix_colours(colour, token("ink", False), 0.82), "", f"{total:,} resources"
    )
    services: dict[str, list[TableSummary]] = defaultdict(list)
    for table in named:
        services[table.service].append(table)
    for service, tables in services.items():
        # a service with one table needs no frame of its own
        framed = len(tables) > 1
        parent = f"{provider}/{service}" if framed else provider
        if framed:
            count = sum(table.resources for table in tables)
            label = escape_text(service) or "other"
            tiles.add(parent, provider, label, count, middle, "", f"{count:,} resources")
        for table in tables:
            own = table.resource or table.ref.name
            tiles.add(
                f"{provider}/{service}/{table.ref.schema}.{table.ref.name}",
                parent,
                break_line(own if framed or not service else service),
                table.resources,
                pale,
                addresses.table_in(table.ref, region),
                f"{table.ref.label}<br>{table.resources:,} resources",
            )
    if rest:
        count, words = sum(table.resources for table in rest), f"{len(rest)} more"
        tiles.add(f"{provider}/…", provider, words, count, pale, "", f"{words} tables<br>{count:,} resources")


def _figure(columns: dict[str, list[Any]], *, alone: bool, dark: bool) -> dict[str, Any]:
    """alone: there is one provider, which is the root."""
    inks = columns["inks"]
    trace = {
        "type": "treemap",
        "branchvalues": "total",
        **{name: columns[name] for name in ("ids", "parents", "labels", "values", "text", "customdata")},
        "texttemplate": "%{label}<br>%{value:,}",
        "hovertemplate": "%{text}<extra></extra>",
        "insidetextfont": {"color": inks, "size": TEXT_S},
        # the only provider is the root, whose words count as outside
        "outsidetextfont": {"color": inks[0] if inks else None, "size": TEXT_S},
        "marker": {
            "colors": columns["colors"],
            "line": {"width": 1, "color": surface(dark)},
            "pad": {"t": 20, "l": 2, "r": 2, "b": 2},
        },
        "tiling": {"packing": "squarify", "pad": 1},
        "pathbar": {"visible": False},
        "root": {"color": "rgba(0,0,0,0)"},
    }
    # style.css takes away the room for a title of the root, which a single provider does not have
    top = 18 if alone else 0
    return figure(
        dark, [trace], margin={"l": 0, "r": 0, "t": top, "b": 0}, uniformtext={"minsize": 10, "mode": "hide"}
    )
