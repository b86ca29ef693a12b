"""The overview's charts, in one list: their names, titles and numbers, and when each has something to show.

The page maps a name to its figure and place (layouts/inventory/overview/page.py); the route of charts gives a name's
numbers as CSV. A test walks the list and fails for a chart that lacks one of these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from inventory_runner.errors import InvalidInput, NotFound
from services.models.inventory import Overview
from services.models.numbers import Numbers


def _show_always(_shown: Overview) -> bool:
    return True


@dataclass(frozen=True)
class Chart:
    """name: in addresses. rows: its numbers. when: whether it has something to show.

    title_in_region: where a region is chosen and the chart says something else then.
    """

    name: str
    title: str
    rows: Callable[[Overview], Numbers]
    when: Callable[[Overview], bool] = _show_always
    title_in_region: str = ""


def _list_levels(shown: Overview) -> Numbers:
    """Rows by provider at each day's end."""
    return Numbers(
        ["day", *shown.levels],
        ([day, *(values[i] for values in shown.levels.values())] for i, day in enumerate(shown.days)),
        shown.days,
    )


def _list_changes(shown: Overview) -> Numbers:
    return Numbers(
        ["day", "added", "removed", "changed", "scopes_read", "scopes"],
        ([d.day, d.added, d.removed, d.changed, d.scopes_ok, d.scopes_total] for d in shown.changes),
        shown.changes,
    )


def _list_tables(shown: Overview) -> Numbers:
    """Every table, the largest first."""
    tables = sorted(shown.tables, key=lambda table: -table.resources)
    names = ["provider", "service", "resource", "kind", "rows", "resources"]
    return Numbers(
        ["table", *names, "scopes_read", "scopes", "updated_at", "freshness", "stale_rows", "stale_since"],
        (
            [
                t.ref.label,
                *(getattr(t, name) for name in names),
                t.scopes_ok,
                t.scopes_total,
                t.updated_at,
                t.freshness,
                t.stale_rows,
                t.oldest_at if t.stale_rows else None,
            ]
            for t in tables
        ),
        tables,
    )


def _list_shares(shown: Overview, dimension: str) -> Numbers:
    """How many resources of each provider have a value. Raises InvalidInput under a region's filter."""
    if shown.filter.region:
        # unfiltered numbers would be taken for filtered ones
        raise InvalidInput("How a region divides further is not recorded.", field="region")
    parts = [(share, provider) for share in shown.shares.get(dimension, ()) for provider in share.rows]
    return Numbers(
        [dimension, "provider", "resources"],
        ([share.value, provider, share.rows[provider]] for share, provider in parts),
        parts,
    )


def _is_divided(shown: Overview, dimension: str) -> bool:
    """A value of the dimension is known, and no region chosen, of which it is not."""
    return not shown.filter.region and any(share.value for share in shown.shares.get(dimension, ()))


def _make_chart(dimension: str, title: str) -> Chart:
    return Chart(
        dimension,
        title,
        partial(_list_shares, dimension=dimension),
        partial(_is_divided, dimension=dimension),
    )


# in the order of the page
CHARTS = (
    Chart("over-time", "Resources over time", _list_levels),
    Chart("where", "Where they are", _list_tables),
    Chart("changes", "Changes by day", _list_changes, title_in_region="Net change by day"),
    Chart("types", "By type", _list_tables),
    _make_chart("region", "By region"),
    _make_chart("state", "By state"),
    _make_chart("account", "By account"),
    _make_chart("owner", "By owner"),
    Chart("freshness", "Age of the data", _list_tables),
)


def list_titles(shown: Overview) -> dict[str, str]:
    """Name → title of the charts that have something to show, in the order of the page."""
    region = bool(shown.filter.region)
    return {
        chart.name: (region and chart.title_in_region) or chart.title for chart in CHARTS if chart.when(shown)
    }


def find_numbers(shown: Overview, name: str) -> Numbers:
    """The numbers of a chart. Raises NotFound, and InvalidInput where they are not recorded."""
    for chart in CHARTS:
        if chart.name == name:
            return chart.rows(shown)
    raise NotFound(f"There is no chart {name!r}.")
