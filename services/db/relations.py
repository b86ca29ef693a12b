"""What is read of an inventory table: all of it, the table as it was, or the rows that an address narrows it to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from inventory_runner.errors import InvalidInput
from inventory_runner.store.names import SCOPE
from inventory_runner.store.pairing import compose_key_text, compose_row_hash
from inventory_runner.store.sql import SQL, Composable, Composed, Identifier, Literal
from services.models.chart_words import name_period
from services.models.inventory import ColumnInfo, TableRef
from services.models.number_steps import read_step


@dataclass(frozen=True)
class Relation:
    """What is read: a table, or a table as it was. columns: those that are shown, in their order.

    keys: the columns that name a row; empty where the whole row does, by a hash of `hashed`.
    rows: how many there are, where it was recorded.
    """

    source: Composable
    columns: tuple[ColumnInfo, ...]
    keys: tuple[str, ...] = ()
    hashed: tuple[str, ...] = ()
    rows: int | None = None
    physical: bool = True
    narrowed: bool = False

    @property
    def key(self) -> Composed:
        if self.keys:
            return compose_key_text(self.keys, "r")
        return compose_row_hash(self.hashed) if self.hashed else SQL("NULL::text") + SQL("")


# JSON that says nothing, as text
EMPTY_JSON = "'', '{{}}', '[]', 'null', '\"\"'"
# a number that can be counted in steps; what is none, or too large for a double, is NULL
COUNTABLE = "CASE WHEN abs({0}) < 1e300 THEN {0}::float8 END"
# how a chart groups times, and how rows are narrowed to one of its groups
PERIODS = {len("2026-11-21"): "YYYY-MM-DD", len("2026-11"): "YYYY-MM", len("2026"): "YYYY"}
# texts that begin with a day, as most of what clouds say of times
DAY_TEXT = "{0} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([T ]|$)'"
FILLED, EMPTY = "(filled)", "(empty)"


def compose_group(column: ColumnInfo, period: str = "YYYY-MM-DD") -> Composable:
    """A column as a chart groups by it: text; times by their day, or by a longer of PERIODS."""
    name = Identifier(column.name)
    if column.kind == "time":
        return SQL("coalesce(to_char({}, {}), '(none)')").format(name, Literal(period))
    return SQL("coalesce(nullif(left({}::text, 120), ''), '(none)')").format(name)


def compose_period_group(column: ColumnInfo, period: str) -> Composable:
    """A text that begins with a day as a chart groups by it: one of PERIODS."""
    return SQL("coalesce(nullif(left({}, {}), ''), '(none)')").format(
        Identifier(column.name), Literal(len(period))
    )


def compose_filled(column: ColumnInfo) -> Composable:
    """Whether a row says something there: no text of no letters, and no JSON of nothing."""
    if column.kind in ("number", "time", "boolean"):
        return SQL("{} IS NOT NULL").format(Identifier(column.name))
    empty = EMPTY_JSON if column.kind == "json" else "''"
    return SQL(f"coalesce({{0}}::text NOT IN ({empty}), false)").format(Identifier(column.name))


def compose_filled_group(column: ColumnInfo) -> Composable:
    """`(filled)` or `(empty)`."""
    return SQL("CASE WHEN {} THEN {} ELSE {} END").format(
        compose_filled(column), Literal(FILLED), Literal(EMPTY)
    )


def compose_step_group(column: ColumnInfo, step: Decimal) -> Composable:
    """The step of a number, as `number_steps.name_step` writes it; what is no such number is its own text."""
    return SQL(
        "CASE WHEN {0} IS NULL THEN '(none)' WHEN abs({0}) < 1e300"
        " THEN trim_scale(floor({0}::numeric / {1}) * {1})::text || ' to '"
        " || trim_scale((floor({0}::numeric / {1}) + 1) * {1})::text ELSE {0}::text END"
    ).format(Identifier(column.name), Literal(step))


def _compose_value(column: ColumnInfo, value: str) -> Composable:
    """Whether a row is in the group of that name, whichever way a chart groups by the column."""
    if value in (FILLED, EMPTY):
        return compose_filled_group(column) + SQL(" = {}").format(Literal(value))
    step = read_step(value) if column.kind == "number" else None
    if step is not None:
        return SQL("({0}::numeric >= {1} AND {0}::numeric < {2})").format(
            Identifier(column.name), *map(Literal, step)
        )
    equal = compose_group(column, PERIODS.get(len(value), "YYYY-MM-DD")) + SQL(" = {}").format(Literal(value))
    if column.kind != "text" or not name_period([value]):
        return equal
    return SQL("({} OR ({} AND left({}, {}) = {}))").format(
        equal,
        SQL(DAY_TEXT).format(Identifier(column.name)),
        Identifier(column.name),
        Literal(len(value)),
        Literal(value),
    )


def narrow_to_values(relation: Relation, only: Mapping[str, str]) -> Relation:
    """Its rows that have these values: column → value as `compose_group` gives it. Raises InvalidInput.

    For example:

        (SELECT r.*, r.ctid FROM "inventory"."aws_ec2_volumes" r
          WHERE coalesce(nullif(left("id"::text, 120), ''), '(none)') = 'vol-1')
    """
    known = {column.name: column for column in relation.columns}
    if unknown := next((name for name in only if name not in known), None):
        raise InvalidInput(f"The table has no column {unknown!r}.", field="only")
    return _narrow(relation, [_compose_value(known[name], value) for name, value in only.items()])


def narrow_to_region(relation: Relation, region: Composable, value: str) -> Relation:
    """Its rows in a region. region: a row's, as `store.compose_row_region` says it; value: empty for none known."""
    return _narrow(relation, [SQL("coalesce({}, '') = {}").format(region, Literal(value))])


def narrow_to_scopes(relation: Relation, keys: Sequence[str]) -> Relation:
    """Its rows of these scopes.

    For example:

        (SELECT r.*, r.ctid FROM "inventory"."aws_ec2_volumes" r
          WHERE r."_scope" = ANY(ARRAY['{"region":"eu-west-1"}']))
    """
    condition = SQL("r.{} = ANY({}::text[])").format(Identifier(SCOPE), Literal(list(keys)))
    return _narrow(relation, [condition])


def narrow_to_resources(relation: Relation, wanted: Sequence[tuple[str, str]]) -> Relation:
    """Its rows of these keys and scopes.

    For example:

        (SELECT r.*, r.ctid FROM "inventory"."aws_s3_buckets" r
          WHERE (coalesce(r."name"::text, 'null'), r."_scope") IN (('logs', '{}'), ('site', '{}')))
    """
    if not wanted:
        return _narrow(relation, [SQL("false")])
    pairs = SQL(", ").join([SQL("({}, {})").format(Literal(key), Literal(scope)) for key, scope in wanted])
    condition = SQL("({}, r.{}) IN ({})").format(relation.key, Identifier(SCOPE), pairs)
    return _narrow(relation, [condition])


def narrow_to_assets(ref: TableRef, relation: Relation, wanted: Mapping[str, str]) -> Relation:
    """Its rows whose assets have these values: column of `stackql_app.assets` → value, empty for none known.

    Raises InvalidInput for a table without key columns, of whose rows nobody can say which asset is theirs.

    For example:

        (SELECT r.*, r.ctid FROM "inventory"."aws_s3_buckets" r WHERE EXISTS (SELECT FROM stackql_app.assets a
          WHERE a.asset_id = md5(…)::uuid AND coalesce(a."owner", '') = 'web'))
    """
    condition = SQL("EXISTS (SELECT FROM stackql_app.assets a WHERE a.asset_id = {} AND {})").format(
        compose_row_asset(ref, relation),
        SQL(" AND ").join(
            [
                SQL("coalesce(a.{}, '') = {}").format(Identifier(name), Literal(value))
                for name, value in wanted.items()
            ]
        ),
    )
    return _narrow(relation, [condition])


def compose_row_asset(ref: TableRef, relation: Relation) -> Composed:
    """The asset_id of a row `r`; raises InvalidInput for a table without key columns."""
    if not relation.keys:
        raise InvalidInput(
            f"{ref.label} has no key columns: whose its rows are, is not known.",
            hint="Choose key columns in its schedule.",
            field="only",
        )
    return SQL("md5({} || r.{} || E'\\n' || {})::uuid").format(
        Literal(f"{ref.schema}.{ref.name}\n"), Identifier(SCOPE), relation.key
    )


def _narrow(relation: Relation, conditions: Sequence[Composable]) -> Relation:
    if not conditions:
        return relation
    source = SQL("(SELECT {shown} FROM {source} r WHERE {where})").format(
        # what was narrowed before has its place in the table as a column
        shown=SQL("r.*, r.ctid" if relation.physical and not relation.narrowed else "r.*"),
        source=relation.source,
        where=SQL(" AND ").join(conditions),
    )
    return replace(relation, source=source, rows=None, narrowed=True)
