"""How all resources divide by their facets: from what the merges keep, or counted for a filter that needs more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from inventory_runner.store.sql import SQL, Composable, Composed, Literal, run
from services.db.asset_filters import PUBLIC, TYPE, compose_conditions
from services.db.assets import ASSET_COLUMNS
from services.db.base import Records
from services.db.inventory_rows import InventoryRowRecords
from services.db.row_filters import compose_condition
from services.models.resource_filter import FACETS, TAG, FacetCounts, FacetValue, ResourceFilter

MOST_VALUES = 50
# nobody waits longer for numbers beside a list
TIMEOUT_SECONDS = 8
# of more resources than these a sample is counted, of as many as are read in a blink
MOST_COUNTED, SAMPLE = 20_000, 50_000
# a filter on these alone is counted from the cells
KEPT = (*FACETS, "service", "table")
_VALUES = {
    "provider": SQL("provider"),
    "type": TYPE,
    "region": SQL("coalesce(region, '')"),
    "account": SQL("coalesce(account, '')"),
    "owner": SQL("coalesce(owner, '')"),
    "public": PUBLIC,
}
_CELLS = SQL(
    "(SELECT provider, service, type, region, account, owner, is_public, target_table AS table_name, row_count AS rows"
    " FROM stackql_app.asset_cells)"
)
_RANKED = SQL(
    ", ranked AS (SELECT facet, value, rows, row_number() OVER (PARTITION BY facet ORDER BY rows DESC, value) AS place,"
    " count(*) OVER (PARTITION BY facet) AS values FROM counted WHERE rows > 0)"
    " SELECT facet, value, rows, values FROM ranked WHERE place <= {} ORDER BY facet, place"
).format(Literal(MOST_VALUES))
_WHOLE = SQL("stackql_app.assets")


class FacetRecords(Records):
    """Reads the facets."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self._rows = InventoryRowRecords(engine)

    def count_kept(self, wanted: ResourceFilter) -> FacetCounts | None:
        """The facets of a filter that asks for nothing but them; None where the merges have not kept all of it.

        Each facet is counted without its own terms: one sees what else could be chosen. Tags' keys are there without a
        filter alone.

        For example, for `region:eu-*`:

            WITH cells AS (…), counted AS (
              SELECT 'provider' AS facet, provider AS value, sum(rows) AS rows FROM cells
                WHERE true AND (lower(coalesce("region", '')) LIKE 'eu-%') GROUP BY 2 UNION ALL
              SELECT 'region', coalesce(region, ''), sum(rows) FROM cells WHERE true GROUP BY 2 UNION ALL …),
              ranked AS (…) SELECT facet, value, rows, values FROM ranked WHERE place <= 50 ORDER BY facet, place
        """
        if wanted.words or any(term.name not in KEPT for term in wanted.terms):
            return None
        parts = _compose_facets(wanted)
        if not wanted.terms:
            parts.append(
                SQL(
                    "SELECT 'tag' AS facet, value, sum(row_count)::bigint AS rows FROM stackql_app.table_breakdowns"
                    " WHERE is_current AND dimension = 'tag' GROUP BY 2"
                )
            )
        statement = SQL("WITH cells AS {}, counted AS ({})").format(_CELLS, SQL(" UNION ALL ").join(parts))
        with self._rows.open_for_reading(TIMEOUT_SECONDS) as connection:
            whole = run(
                connection,
                SQL(
                    "SELECT (SELECT coalesce(sum(row_count), 0) FROM stackql_app.asset_cells)"
                    " = (SELECT coalesce(sum(coalesce(counted_rows, row_count)), 0) FROM stackql_app.inventory_tables"
                    " WHERE kind = 'inventory')"
                ),
            ).scalar_one()
            return _gather(run(connection, statement + _RANKED).all()) if whole else None

    def count_facets(self, wanted: ResourceFilter, rows: int) -> FacetCounts:
        """The facets of any filter, and the tags' keys; raises TooSlow, InvalidInput. rows: of the whole inventory.

        Where more than 20,000 resources fit, a sample of the inventory is counted, and the numbers are estimates.
        Facets `tag:env` are the values of a tag that is asked for, of a large inventory always of a sample.

        For example, for `region:eu-* tag:env=prod`:

            WITH hits AS MATERIALIZED (SELECT provider, service, …, tags FROM stackql_app.assets
                WHERE counted_by IS NULL AND (tags @> '{"env": "prod"}') LIMIT 20001),
              cells AS MATERIALIZED (SELECT provider, …, count(*) AS rows FROM hits GROUP BY …),
              counted AS (SELECT 'provider' AS facet, … UNION ALL SELECT 'tag', key, count(*) FROM hits …), …
        """
        share = min(1.0, SAMPLE / max(rows, 1))
        with self._open() as connection:
            found = _gather(run(connection, _compose_count(wanted, _WHOLE, MOST_COUNTED + 1)).all())
            if found.looked > MOST_COUNTED:
                counted = run(connection, _compose_count(wanted, _compose_sample(share), None))
                found = _scale(_gather(counted.all()), share)
            keys = dict.fromkeys(term.key for term in wanted.terms if term.name == TAG)
            if not keys:
                return found
            values = _scale(
                _gather(run(connection, _compose_tag_values(wanted, list(keys), share)).all()), share
            )
        return replace(
            found,
            values={**found.values, **values.values},
            sizes={**found.sizes, **values.sizes},
            tags_estimated=found.estimated or values.estimated,
        )

    def count_tag_keys(self, wanted: ResourceFilter, rows: int, total: int) -> FacetCounts:
        """The tags' keys alone of a filter on facets, of which it is known how many fit: `total` of `rows`."""
        share = min(1.0, SAMPLE / max(rows, 1)) if total > MOST_COUNTED else 1.0
        source = _compose_sample(share) if share < 1 else _WHOLE
        statement = SQL("WITH counted AS ({})").format(
            _compose_keys(source, [SQL("counted_by IS NULL"), *compose_conditions(wanted)])
        )
        with self._open() as connection:
            return _scale(_gather(run(connection, statement + _RANKED).all()), share)

    @contextmanager
    def _open(self) -> Iterator[sa.Connection]:
        with self._rows.open_for_reading(TIMEOUT_SECONDS) as connection:
            # compiling takes longer than counting; a scan for what hardly anything has takes half the time with helpers
            run(connection, SQL("SET LOCAL jit = off; SET LOCAL parallel_setup_cost = 0"))
            yield connection


def _compose_sample(share: float) -> Composed:
    return SQL("stackql_app.assets TABLESAMPLE SYSTEM ({}) REPEATABLE (1)").format(Literal(100 * share))


def _compose_count(wanted: ResourceFilter, source: Composable, most: int | None) -> Composed:
    hits = SQL("SELECT {cells}, tags FROM {source} WHERE {where}{limit}").format(
        cells=SQL("provider, service, type, region, account, owner, is_public, table_name"),
        source=source,
        where=_join(_list_conditions(_keep(wanted, facets=False))),
        limit=SQL(" LIMIT {}").format(Literal(most)) if most else SQL(""),
    )
    facets = _keep(wanted, facets=True)
    own = compose_conditions(facets)
    parts = [
        *_compose_facets(facets),
        _compose_keys(SQL("hits"), [SQL("true"), *own]),
        SQL("SELECT 'looked', '', count(*) FROM hits"),
    ]
    return (
        SQL(
            "WITH hits AS MATERIALIZED ({}), cells AS MATERIALIZED (SELECT provider, service, type, region, account,"
            " owner, is_public, table_name, count(*) AS rows FROM hits GROUP BY 1, 2, 3, 4, 5, 6, 7, 8),"
            " counted AS ({})"
        ).format(hits, SQL(" UNION ALL ").join(parts))
        + _RANKED
    )


def _compose_keys(source: Composable, conditions: Sequence[Composable]) -> Composed:
    return SQL(
        "SELECT 'tag' AS facet, left(key, 200) AS value, count(*) AS rows FROM {} CROSS JOIN LATERAL"
        " jsonb_object_keys(CASE jsonb_typeof(tags) WHEN 'object' THEN tags END) key WHERE {} GROUP BY 2"
    ).format(source, _join(conditions))


def _compose_tag_values(wanted: ResourceFilter, keys: Sequence[str], share: float) -> Composed:
    """The values of tags that are asked for, each without its own terms."""
    source = _compose_sample(share) if share < 1 else _WHOLE
    parts = [
        SQL(
            "SELECT {} AS facet, left(tags->>{key}, 200) AS value, count(*) AS rows FROM {} WHERE {} GROUP BY 2"
        ).format(
            Literal(f"{TAG}:{key}"),
            source,
            _join([SQL("tags ? {}").format(Literal(key)), *_list_conditions(wanted, (TAG, key))]),
            key=Literal(key),
        )
        for key in keys
    ]
    return SQL("WITH counted AS ({})").format(SQL(" UNION ALL ").join(parts)) + _RANKED


def _list_conditions(wanted: ResourceFilter, without: tuple[str, str] | None = None) -> list[Composable]:
    """What an asset must fulfil: the terms, and every word in some value."""
    words = compose_condition(ASSET_COLUMNS, {}, " ".join(wanted.words))
    return [
        SQL("counted_by IS NULL"),
        *compose_conditions(wanted, without),
        *([] if words is None else [words]),
    ]


def _keep(wanted: ResourceFilter, *, facets: bool) -> ResourceFilter:
    """The filter's terms that are on facets alone; or the others, and the words."""
    terms = tuple(term for term in wanted.terms if (term.name in FACETS) is facets)
    return replace(wanted, terms=terms, words=() if facets else wanted.words)


def _compose_facets(wanted: ResourceFilter) -> list[Composed]:
    """A SELECT from `cells` for each facet, without its own terms, and for the total."""
    facets: list[tuple[str, Composable, tuple[str, str] | None]] = [
        *((name, value, (name, "")) for name, value in _VALUES.items()),
        ("total", SQL("''"), None),
    ]
    return [
        SQL(
            "SELECT {} AS facet, {} AS value, sum(rows)::bigint AS rows FROM cells WHERE {} GROUP BY 2"
        ).format(
            Literal(name),
            value,
            _join([SQL("true"), *compose_conditions(wanted, without)]),
        )
        for name, value, without in facets
    ]


def _join(conditions: Sequence[Composable]) -> Composed:
    return SQL(" AND ").join(list(conditions))


def _gather(rows: Sequence[Any]) -> FacetCounts:
    values: dict[str, list[FacetValue]] = {}
    sizes: dict[str, int] = {}
    for facet, value, count, size in rows:
        values.setdefault(facet, []).append(FacetValue(value, int(count)))
        sizes[facet] = size
    total, looked = (sum(one.rows for one in values.pop(name, [])) for name in ("total", "looked"))
    return FacetCounts({name: tuple(found) for name, found in values.items()}, sizes, total, looked)


def _scale(found: FacetCounts, share: float) -> FacetCounts:
    if share >= 1:
        return found
    values = {
        name: tuple(FacetValue(one.value, round(one.rows / share)) for one in listed)
        for name, listed in found.values.items()
    }
    return replace(found, values=values, total=round(found.total / share), estimated=True)
