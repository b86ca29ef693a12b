"""Which rows of a table and of what was staged are the same resource: the query behind `inventory_diff`.

With a key, rows are paired by scope and key and compared by their common columns. Without one, whole rows are a
multiset: the same rows, as often as they occur.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inventory_runner.store.cells import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    JSONB,
    NUMERIC,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
)
from inventory_runner.store.copying import STAGE
from inventory_runner.store.drift import Fit
from inventory_runner.store.model import Target
from inventory_runner.store.names import CHANGED, FIRST_SEEN, SCOPE
from inventory_runner.store.sql import (
    NOTHING,
    SQL,
    Composable,
    Composed,
    Identifier,
    Literal,
    compose_columns,
    compose_temporary_name,
)

# types of adopted tables that cannot be compared but as text
WITHOUT_EQUALITY = frozenset({"json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"})
# types whose values hash as fast as they are read; others are hashed as text
_HASHABLE = frozenset({BIGINT, BOOLEAN, DATE, DOUBLE, JSONB, NUMERIC, TEXT, TIMESTAMP, TIMESTAMPTZ})


@dataclass(frozen=True)
class Plan:
    """What is compared with what.

    keys: empty compares whole rows as a multiset. compared: the columns whose difference makes a row changed; without
    keys, those whose hash is the row's key. readable: scopes with staged rows or an empty answer; removable: those of
    them, and the retired, whose missing rows are gone.
    """

    target: Target
    fit: Fit
    keys: tuple[str, ...]
    compared: tuple[str, ...]
    filled: tuple[str, ...]
    readable: tuple[str, ...]
    removable: tuple[str, ...]
    everything: bool  # no row of the table is outside these scopes
    # JSON columns of `compared` → whether the order of every list in them means nothing, or of tags and ids alone
    loose: Mapping[str, bool] = field(default_factory=dict)

    @property
    def live(self) -> Identifier:
        return Identifier(self.target.schema, self.target.table)


def compose_key_text(keys: Sequence[str], prefix: str) -> Composed:
    """A row's key as text: the column's own text, or a JSON array of several. A live row's may be null."""
    if len(keys) == 1:
        return SQL("coalesce({}::text, 'null')").format(compose_columns(keys, prefix))
    return SQL("jsonb_build_array({})::text").format(compose_columns(keys, prefix))


def compose_row_hash(compared: Sequence[str], prefix: str = "") -> Composed:
    """A row without a key is known by this."""
    return SQL("md5(ROW({})::text)").format(compose_columns(compared, prefix))


def compose_numbered_keys(
    live: Composable, compared: Sequence[str], order: str = FIRST_SEEN, where: Composable = NOTHING
) -> Composed:
    """A SELECT of `at`, the ctid, and `key` for live rows r without a key.

    The key is the row's hash, numbered as `_compose_pairs_by_row` does it.

    For example:

        SELECT at, hash || CASE WHEN n > 1 THEN '#' || n ELSE '' END AS key FROM (
          SELECT at, hash, row_number() OVER (PARTITION BY scope, hash::uuid ORDER BY seen, at) AS n FROM (
            SELECT r.ctid AS at, r."_scope" AS scope, r."_first_seen_at" AS seen,
              md5(ROW(r."id", r."state")::text) AS hash FROM "inventory"."aws_ec2_instances" r OFFSET 0) h) q
    """
    return SQL(
        "SELECT at, hash || CASE WHEN n > 1 THEN '#' || n ELSE '' END AS key FROM ("
        # sixteen bytes sort faster than thirty-two letters
        " SELECT at, hash, row_number() OVER (PARTITION BY scope, hash::uuid ORDER BY seen, at) AS n FROM ("
        # not flattened, which would compute the hash again wherever it is named
        " SELECT r.ctid AS at, r.{scope} AS scope, r.{order} AS seen, {hash} AS hash FROM {live} r {where} OFFSET 0"
        ") h) q"
    ).format(
        scope=Identifier(SCOPE),
        order=Identifier(order),
        hash=compose_row_hash(compared, "r"),
        live=live,
        where=where,
    )


def compose_pairs(plan: Plan) -> Composed:
    """The SELECT whose rows differ: kind, live, stage (ctids), scope, key, first_seen, since, moved_to."""
    return _compose_pairs_by_key(plan) if plan.keys else _compose_pairs_by_row(plan)


def _compose_changed(plan: Plan) -> Composable:
    """True where the staged row s differs from the live row l of the same key."""
    if not plan.keys or not plan.compared:
        return SQL("false")
    strict = [name for name in plan.compared if name not in plan.loose]
    return SQL(" OR ").join(
        [
            SQL("ROW({}) IS DISTINCT FROM ROW({})").format(
                SQL(", ").join(compose_value_before(plan, name) for name in strict),
                SQL(", ").join(compose_comparable(plan, name, "s") for name in strict),
            ),
            *(compose_difference(plan, name) for name in plan.loose),
        ]
    )


def compose_difference(plan: Plan, name: str) -> Composed:
    """True where a column's value of the live row l is another than that of the staged row s.

    For tags, whose order means nothing:

        CASE WHEN l."tags" IS DISTINCT FROM s."tags"
             THEN stackql_app.without_order(l."tags", 'tags', false)
                  IS DISTINCT FROM stackql_app.without_order(s."tags", 'tags', false) ELSE false END
    """
    differs = SQL("{} IS DISTINCT FROM {}").format(
        compose_value_before(plan, name), compose_comparable(plan, name, "s")
    )
    if name not in plan.loose or name in plan.fit.retyped:
        return differs
    return SQL("CASE WHEN {} THEN {} IS DISTINCT FROM {} ELSE false END").format(
        differs, compose_without_order(plan, name, "l"), compose_without_order(plan, name, "s")
    )


def compose_without_order(plan: Plan, name: str, alias: str) -> Composable:
    """A column's value, with the lists sorted whose order means nothing."""
    if name not in plan.loose:
        return compose_comparable(plan, name, alias)
    return SQL("stackql_app.without_order({}.{}, {}, {})").format(
        SQL(alias), Identifier(name), Literal(name), Literal(plan.loose[name])
    )


def _compose_reordered(plan: Plan) -> Composable:
    """True where JSON columns of l and s are not the same text."""
    names = [name for name in plan.loose if name not in plan.fit.retyped]
    if not names:
        return SQL("false")
    return SQL("ROW({}) IS DISTINCT FROM ROW({})").format(
        compose_columns(names, "l"), compose_columns(names, "s")
    )


def compose_value_before(plan: Plan, name: str) -> Composable:
    """The live row's value; of a column that takes its type only now, nothing."""
    return SQL("NULL") if name in plan.fit.retyped else compose_comparable(plan, name, "l")


def compose_comparable(plan: Plan, name: str, alias: str) -> Composable:
    column = SQL(alias + ".") + Identifier(name)
    return SQL("{}::text").format(column) if plan.fit.types[name] in WITHOUT_EQUALITY else column


def _compose_kind(
    changed: Composable, fill: Composable, reordered: Composable, removable: Sequence[str]
) -> Composed:
    """How a pair of rows differs, NULL where it does not."""
    return SQL(
        "CASE WHEN l.ctid IS NULL THEN 'a'"
        " WHEN s.ctid IS NULL THEN CASE WHEN l.{scope} = ANY({removable}) THEN 'r' ELSE 'k' END"
        " WHEN {changed} THEN 'c' WHEN {fill} THEN 'f' WHEN {reordered} THEN 'o' END"
    ).format(
        scope=Identifier(SCOPE),
        removable=_compose_text_array(removable),
        changed=changed,
        fill=fill,
        reordered=reordered,
    )


def _compose_any_of(names: Sequence[str], alias: str) -> Composable:
    """True where a row holds a value in one of the columns."""
    if not names:
        return SQL("false")
    return SQL("NOT (ROW({}) IS NULL)").format(compose_columns(names, alias))


def _compose_pairs_by_key(plan: Plan) -> Composed:
    """The rows that differ, paired by scope and key.

    For example:

        SELECT * FROM (SELECT CASE WHEN l.ctid IS NULL THEN 'a'
            WHEN s.ctid IS NULL THEN CASE WHEN l."_scope" = ANY(…) THEN 'r' ELSE 'k' END
            WHEN ROW(l."state") IS DISTINCT FROM ROW(s."state") THEN 'c' WHEN false OR false THEN 'f' END
            AS kind, …
          FROM "inventory"."aws_ec2_instances" l FULL JOIN pg_temp."inventory_stage" s
          ON l."_scope" = s."_scope" AND l."id" = s."id"
          WHERE (l.ctid IS NULL OR l."_scope" = ANY(ARRAY['{"region":"eu-west-1"}']::text[]))) d
          WHERE kind IS NOT NULL
    """
    same = SQL(" AND ").join(SQL("l.{0} = s.{0}").format(Identifier(name)) for name in (SCOPE, *plan.keys))
    fill = SQL("{} OR {}").format(_compose_any_of(plan.filled, "s"), _compose_any_of(plan.fit.lost, "l"))
    return SQL(
        "SELECT * FROM (SELECT {kind} AS kind, l.ctid AS live, s.ctid AS stage,"
        " coalesce(s.{scope}, l.{scope}) AS scope,"
        " CASE WHEN s.ctid IS NULL THEN {live_key} ELSE {stage_key} END AS key,"
        " l.{first} AS first_seen, l.{changed} AS since, NULL::text AS moved_to"
        " FROM {live} l FULL JOIN {stage} s ON {same} WHERE {where}"
        ") d WHERE kind IS NOT NULL"
    ).format(
        kind=_compose_kind(_compose_changed(plan), fill, _compose_reordered(plan), plan.removable),
        scope=Identifier(SCOPE),
        first=Identifier(FIRST_SEEN),
        changed=Identifier(CHANGED),
        stage_key=compose_key_text(plan.keys, "s"),
        live_key=compose_key_text(plan.keys, "l"),
        live=plan.live,
        stage=compose_temporary_name(STAGE),
        same=same,
        # a row of another scope met no staged one
        where=SQL("true")
        if plan.everything
        else SQL("(l.ctid IS NULL OR {})").format(_compose_in_scopes(plan)),
    )


def _compose_pairs_by_row(plan: Plan) -> Composed:
    """The same rows, as often as they occur: numbered within each hash, so that what is over on a side differs.

    For example:

        WITH differing AS MATERIALIZED (…)
        SELECT * FROM (SELECT … FROM (
            SELECT h.*, row_number() OVER (PARTITION BY scope, hash ORDER BY first_seen, ctid) AS n FROM (
              SELECT l.ctid, … md5(ROW(l."id", l."state")::text) AS hash
              FROM "inventory"."aws_ec2_instances" l
              WHERE true AND (l."_scope", hash_record_extended(ROW(l."id", l."state"), 0))
              IN (SELECT scope, hash FROM differing)) h) l
          FULL JOIN (…) s ON l.scope = s.scope AND l.hash = s.hash AND l.n = s.n) d WHERE kind IS NOT NULL
    """
    numbered = (
        "SELECT h.*, row_number() OVER (PARTITION BY scope, hash ORDER BY first_seen, ctid) AS n FROM ({}) h"
    )
    # pairs of equal rows matter only where they have columns to fill or to empty
    quick = bool(plan.compared) and not plan.filled and not plan.fit.lost
    live = SQL(
        "SELECT l.ctid, l.{scope} AS scope, l.{first} AS first_seen, l.{changed} AS since, {gone} AS fill,"
        " {hash} AS hash FROM {live} l WHERE {where} AND {among}"
    ).format(
        scope=Identifier(SCOPE),
        first=Identifier(FIRST_SEEN),
        changed=Identifier(CHANGED),
        gone=_compose_any_of(plan.fit.lost, "l"),
        # without a common column nothing can be the same
        hash=compose_row_hash(plan.compared, "l") if plan.compared else Literal("before"),
        live=plan.live,
        where=_compose_compared_rows(plan),
        among=_compose_among_differing(plan, "l") if quick else SQL("true"),
    )
    staged = SQL(
        "SELECT s.ctid, s.{scope} AS scope, NULL AS first_seen, {come} AS fill, {hash} AS hash FROM {stage} s"
        " WHERE {among}"
    ).format(
        scope=Identifier(SCOPE),
        come=_compose_any_of(plan.filled, "s"),
        hash=compose_row_hash(plan.compared, "s") if plan.compared else Literal("after"),
        stage=compose_temporary_name(STAGE),
        among=_compose_among_differing(plan, "s") if quick else SQL("true"),
    )
    return SQL(
        "{differing} SELECT * FROM (SELECT {kind} AS kind, l.ctid AS live, s.ctid AS stage,"
        " coalesce(s.scope, l.scope) AS scope,"
        " coalesce(s.hash, l.hash) || coalesce('#' || nullif(coalesce(s.n, l.n), 1), '') AS key,"
        " l.first_seen, l.since, NULL::text AS moved_to"
        " FROM ({live}) l FULL JOIN ({staged}) s ON l.scope = s.scope AND l.hash = s.hash AND l.n = s.n"
        ") d WHERE kind IS NOT NULL"
    ).format(
        differing=_compose_differing(plan) if quick else NOTHING,
        kind=SQL(
            "CASE WHEN l.ctid IS NULL THEN 'a'"
            " WHEN s.ctid IS NULL THEN CASE WHEN l.scope = ANY({}) THEN 'r' ELSE 'k' END"
            " WHEN l.fill OR s.fill THEN 'f' END"
        ).format(_compose_text_array(plan.removable)),
        live=SQL(numbered).format(live),
        staged=SQL(numbered).format(staged),
    )


def _compose_differing(plan: Plan) -> Composed:
    """What most rows need not be numbered and paired for: the rows that the sides do not hold equally often.

    Known by 64 bits of their values, which cost a fifth of their text's md5.

    For example:

        WITH differing AS MATERIALIZED (SELECT scope, hash FROM (
          SELECT l."_scope" AS scope, hash_record_extended(ROW(l."id", l."state"), 0) AS hash, 1 AS side
            FROM "inventory"."aws_ec2_instances" l WHERE true
          UNION ALL SELECT s."_scope", hash_record_extended(ROW(s."id", s."state"), 0), -1
            FROM pg_temp."inventory_stage" s) b GROUP BY scope, hash HAVING sum(side) <> 0)
    """
    return SQL(
        "WITH differing AS MATERIALIZED (SELECT scope, hash FROM ("
        "SELECT l.{scope} AS scope, {before} AS hash, 1 AS side FROM {live} l WHERE {where}"
        " UNION ALL SELECT s.{scope}, {after}, -1 FROM {stage} s) b GROUP BY scope, hash HAVING sum(side) <> 0)"
    ).format(
        scope=Identifier(SCOPE),
        before=_compose_quick_hash(plan, "l"),
        after=_compose_quick_hash(plan, "s"),
        live=plan.live,
        stage=compose_temporary_name(STAGE),
        where=_compose_compared_rows(plan),
    )


def _compose_among_differing(plan: Plan, alias: str) -> Composed:
    return SQL("({}.{}, {}) IN (SELECT scope, hash FROM differing)").format(
        SQL(alias), Identifier(SCOPE), _compose_quick_hash(plan, alias)
    )


def _compose_quick_hash(plan: Plan, alias: str) -> Composed:
    values = [
        SQL(alias + ".{}" if plan.fit.types[name] in _HASHABLE else alias + ".{}::text").format(
            Identifier(name)
        )
        for name in plan.compared
    ]
    return SQL("hash_record_extended(ROW({}), 0)").format(SQL(", ").join(values))


def _compose_compared_rows(plan: Plan) -> Composable:
    """Which live rows l are compared."""
    return SQL("true") if plan.everything else _compose_in_scopes(plan)


def _compose_in_scopes(plan: Plan) -> Composed:
    return SQL("l.{} = ANY({})").format(
        Identifier(SCOPE), _compose_text_array({*plan.readable, *plan.removable})
    )


def _compose_text_array(values: set[str] | Sequence[str]) -> Composed:
    return SQL("{}::text[]").format(Literal(sorted(values)))
