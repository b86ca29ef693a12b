"""How all resources divide by their facets: from what the merges keep, or counted for a filter that needs more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from inventory_runner.store.breakdowns import compose_owner
from inventory_runner.store.sql import SQL, Composable, Composed, Identifier, Literal, run
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
    " FROM stackql_app.asset_cells WHERE NOT is_rest)"
)
_RANKED = SQL(
    ", ranked AS (SELECT facet, value, rows, row_number() OVER (PARTITION BY facet ORDER BY rows DESC, value) AS place,"
    " count(*) OVER (PARTITION BY facet) AS values FROM counted WHERE rows > 0)"
    " SELECT facet, value, rows, values FROM ranked WHERE place <= {} ORDER BY facet, place"
).format(Literal(MOST_VALUES))
_OWNER_OF_CELL = Identifier("owner")


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
                    "SELECT (SELECT coalesce(sum(row_count), 0) FROM stackql_app.asset_cells WHERE NOT is_rest)"
                    " = (SELECT coalesce(sum(coalesce(counted_rows, row_count)), 0) FROM stackql_app.inventory_tables"
                    " WHERE kind = 'inventory')"
                ),
            ).scalar_one()
            return _gather(run(connection, statement + _RANKED).all()) if whole else None

    def count_facets(self, wanted: ResourceFilter, rows: int) -> FacetCounts:
        """The facets of any filter, and the tags' keys; raises TooSlow, InvalidInput. rows: of the whole inventory.

        Where more than 20,000 resources fit, a sample of the inventory is counted, and the numbers are estimates. Facets
        `tag:env` are the values of a tag that is asked for.

        For example, for `region:eu-* tag:env=prod`:

            WITH hits AS MATERIALIZED (SELECT provider, service, …, tags FROM stackql_app.assets
                WHERE counted_by IS NULL AND (coalesce(lower(tags->>'env') IN ('prod'), false)) LIMIT 20001),
              cells AS MATERIALIZED (SELECT provider, …, count(*) AS rows FROM hits GROUP BY …),
              counted AS (SELECT 'provider' AS facet, … UNION ALL SELECT 'tag', key, count(*) FROM hits …), …
        """
        with self._rows.open_for_reading(TIMEOUT_SECONDS) as connection:
            # compiling takes longer than counting; a scan for what hardly anything has takes half the time with helpers
            run(connection, SQL("SET LOCAL jit = off; SET LOCAL parallel_setup_cost = 0"))
            source = SQL("stackql_app.assets")
            found = _gather(run(connection, _compose_count(wanted, source, MOST_COUNTED + 1)).all())
            if found.looked <= MOST_COUNTED:
                return found
            share = min(1.0, SAMPLE / max(rows, 1))
            sample = SQL("stackql_app.assets TABLESAMPLE SYSTEM ({}) REPEATABLE (1)").format(Literal(100 * share))
            return _scale(_gather(run(connection, _compose_count(wanted, sample, None)).all()), share)


def _compose_count(wanted: ResourceFilter, source: Composable, most: int | None) -> Composed:
    inner = replace(wanted, terms=tuple(term for term in wanted.terms if term.name not in FACETS and term.name != TAG))
    tags = replace(wanted, terms=tuple(term for term in wanted.terms if term.name == TAG))
    where = [SQL("counted_by IS NULL"), *compose_conditions(inner)]
    if (words := compose_condition(ASSET_COLUMNS, {}, " ".join(wanted.words))) is not None:
        where.append(words)
    keys = list(dict.fromkeys(term.key for term in tags.terms))
    # of one key its other values are counted too, so that its own condition comes later
    early = compose_conditions(tags, (TAG, keys[0]) if len(keys) == 1 else None)
    late = compose_conditions(tags) if len(keys) == 1 else []
    if len(keys) == 1:
        early.append(SQL("tags ? {}").format(Literal(keys[0]))) if _asks_for_key(tags) else None
    hits = SQL("SELECT {cells}, tags FROM {source} WHERE {where}{limit}").format(
        cells=SQL("provider, service, type, region, account, {} AS owner, is_public, table_name").format(compose_owner()),
        source=source,
        where=_join([*where, *early]),
        limit=SQL(" LIMIT {}").format(Literal(most)) if most else SQL(""),
    )
    facets = replace(wanted, terms=tuple(term for term in wanted.terms if term.name in FACETS))
    parts = _compose_facets(facets)
    own = compose_conditions(facets, owner=_OWNER_OF_CELL)
    parts.append(
        SQL(
            "SELECT 'tag' AS facet, left(key, 200) AS value, count(*) AS rows FROM hits CROSS JOIN LATERAL"
            " jsonb_object_keys(CASE jsonb_typeof(tags) WHEN 'object' THEN tags END) key WHERE {} GROUP BY 2"
        ).format(_join([SQL("true"), *late, *own]))
    )
    parts += [
        SQL(
            "SELECT {} AS facet, left(tags->>{key}, 200) AS value, count(*) AS rows FROM hits WHERE {} GROUP BY 2"
        ).format(Literal(f"{TAG}:{key}"), _join([SQL("tags ? {}").format(Literal(key)), *own]), key=Literal(key))
        for key in keys
    ]
    parts.append(SQL("SELECT 'looked', '', count(*) FROM hits"))
    return (
        SQL(
            "WITH hits AS MATERIALIZED ({hits}), cells AS MATERIALIZED (SELECT provider, service, type, region, account,"
            " owner, is_public, table_name, count(*) AS rows FROM hits WHERE {late} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8),"
            " counted AS ({parts})"
        ).format(hits=hits, late=_join([SQL("true"), *late]), parts=SQL(" UNION ALL ").join(parts))
        + _RANKED
    )


def _asks_for_key(tags: ResourceFilter) -> bool:
    return any(not term.excluded for term in tags.terms)


def _compose_facets(wanted: ResourceFilter) -> list[Composed]:
    """A SELECT from `cells` for each facet, without its own terms, and for the total."""
    facets: list[tuple[str, Composable, tuple[str, str] | None]] = [
        *((name, value, (name, "")) for name, value in _VALUES.items()),
        ("total", SQL("''"), None),
    ]
    return [
        SQL("SELECT {} AS facet, {} AS value, sum(rows)::bigint AS rows FROM cells WHERE {} GROUP BY 2").format(
            Literal(name),
            value,
            _join([SQL("true"), *compose_conditions(wanted, without, owner=_OWNER_OF_CELL)]),
        )
        for name, value, without in facets
    ]


def _join(conditions: Sequence[Composable]) -> Composed:
    return SQL(" AND ").join(list(conditions))


def _gather(rows: Sequence[sa.Row[tuple[str, str, int, int]]]) -> FacetCounts:
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
