"""The overview's treemap: where the resources are, from provider to service to table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from dash import html

from layouts.components.charts import REST_COLOUR, find_provider_colour, shorten_provider
from layouts.components.marks import drawing, place_marks
from layouts.components.tiles import Tile, draw_tiles
from layouts.inventory import addresses
from services.models.inventory import Overview, TableSummary

MOST_TILES = 60
# shares of all resources below which a table, and a provider, has no room for its name
SMALLEST_TILE, SMALLEST_PROVIDER = 0.03, 0.02


def list_tiles(shown: Overview) -> list[Tile]:
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
    ordered = sorted(totals, key=lambda name: -totals[name])
    small = [name for name in ordered if totals[name] < SMALLEST_PROVIDER * everything]
    # one alone would be as small
    folded = small if len(small) > 1 else []
    tiles = [
        _make_provider(name, named[name], rest[name], shown.filter.region)
        for name in ordered
        if name not in folded
    ]
    return [*tiles, *([_make_others(folded, totals)] if folded else [])]


def _make_others(providers: Sequence[str], totals: Mapping[str, int]) -> Tile:
    """One tile for the providers that have too few resources for words on their own."""
    count = sum(totals[name] for name in providers)
    names = ", ".join(f"{shorten_provider(name)} {totals[name]:,}" for name in providers)
    return Tile(f"{len(providers)} more", count, REST_COLOUR, f"{names}: {count:,} resources", "others")


def _make_provider(
    provider: str, named: Sequence[TableSummary], rest: Sequence[TableSummary], region: str
) -> Tile:
    """A provider's tile and those in it. rest: its tables without a tile. region: the chosen one, if any."""
    colour, label = find_provider_colour(provider), shorten_provider(provider)
    services: dict[str, list[TableSummary]] = defaultdict(list)
    for table in named:
        services[table.service].append(table)
    inside: list[Tile] = []
    for service, tables in services.items():
        # a service with one table needs no frame of its own
        framed = len(tables) > 1
        made = [_make_table(table, colour, framed, region) for table in tables]
        if framed:
            count = sum(table.resources for table in tables)
            words = f"{label} {service}: {count:,} resources"
            inside.append(Tile(service or "other", count, colour, words, "service", inside=made))
        else:
            inside += made
    if rest:
        count, name = sum(table.resources for table in rest), f"{len(rest)} more"
        inside.append(Tile(name, count, colour, f"{name} tables: {count:,} resources", "rest"))
    total = sum(tile.value for tile in inside)
    return Tile(label, total, colour, f"{label}: {total:,} resources", "provider", inside=inside, outer=True)


def _make_table(table: TableSummary, colour: str, framed: bool, region: str) -> Tile:
    own = table.resource or table.ref.name
    return Tile(
        (own if framed or not table.service else table.service).replace("_", " "),
        table.resources,
        colour,
        f"{table.ref.label}: {table.resources:,} resources",
        "table",
        addresses.table_in(table.ref, region),
    )


def where(shown: Overview) -> html.Div:
    """The tiles, each as large as what it holds."""
    tiles = list_tiles(shown)
    words = ", ".join(f"{tile.name} {tile.value:,}" for tile in tiles) or "Nothing is counted"
    return drawing(words, place_marks(draw_tiles(tiles), "right", "tiles"), "treemap")
