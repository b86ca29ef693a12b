"""What SQL over the inventory can read, as services, pages, completion and the assistant are told it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inventory_runner.models import INVENTORY_SCHEMA
from services.models.coverage import COUNTED, Reading

MOST_TEMPLATE_COLUMNS = 12


@dataclass(frozen=True)
class QueryableColumn:
    """type: Postgres's words for it, such as `timestamp with time zone`. comment: empty where there is none.

    key: it tells one row from another.
    """

    name: str
    type: str
    comment: str = ""
    key: bool = False


@dataclass(frozen=True)
class QueryableTable:
    """A table or a view. rows: None where nobody has counted them; counted: they are no guess of Postgres's.

    reading: of the rows.
    """

    schema: str
    name: str
    comment: str = ""
    rows: int | None = None
    counted: bool = False
    reading: Reading = COUNTED
    columns: tuple[QueryableColumn, ...] = ()

    @property
    def written(self) -> str:
        """The name as a statement has it: without the schema that is meant without one."""
        name = write_identifier(self.name)
        return name if self.schema == INVENTORY_SCHEMA else f"{write_identifier(self.schema)}.{name}"


def is_named_like_key(column: str, resource: str) -> bool:
    """Whether a name says that it tells one from another: `id`, `arn`, `name`, and of `volumes` `volume_id`."""
    if column in ("id", "arn", "uid", "guid", "name"):
        return True
    stem, _, end = column.rpartition("_")
    one = resource[:-3] + "y" if resource.endswith("ies") else resource.removesuffix("s")
    return end in ("id", "arn", "name") and bool(stem) and f"_{one}".endswith(f"_{stem}")


def write_identifier(name: str) -> str:
    """A name as Postgres reads it back: `region`, `"Region"`, `"order"`."""
    plain = name.isascii() and name.isidentifier() and name == name.lower() and name not in RESERVED
    return name if plain else '"' + name.replace('"', '""') + '"'


def write_template(table: QueryableTable) -> str:
    """A SELECT of the table's first columns."""
    columns = [write_identifier(one.name) for one in table.columns[:MOST_TEMPLATE_COLUMNS]]
    return f"SELECT {_join(columns)}\nFROM {table.written}\nLIMIT 100"


def _join(columns: Sequence[str]) -> str:
    return ",\n       ".join(columns) or "*"


# https://www.postgresql.org/docs/current/sql-keywords-appendix.html, those that name no column or table
RESERVED = frozenset(
    [
        "all",
        "analyse",
        "analyze",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "asymmetric",
        "authorization",
        "binary",
        "both",
        "case",
        "cast",
        "check",
        "collate",
        "collation",
        "column",
        "concurrently",
        "constraint",
        "create",
        "cross",
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "default",
        "deferrable",
        "desc",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "false",
        "fetch",
        "for",
        "foreign",
        "freeze",
        "from",
        "full",
        "grant",
        "group",
        "having",
        "ilike",
        "in",
        "initially",
        "inner",
        "intersect",
        "into",
        "is",
        "isnull",
        "join",
        "lateral",
        "leading",
        "left",
        "like",
        "limit",
        "localtime",
        "localtimestamp",
        "natural",
        "not",
        "notnull",
        "null",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "outer",
        "overlaps",
        "placing",
        "primary",
        "references",
        "returning",
        "right",
        "select",
        "session_user",
        "similar",
        "some",
        "symmetric",
        "system_user",
        "table",
        "tablesample",
        "then",
        "to",
        "trailing",
        "true",
        "union",
        "unique",
        "user",
        "using",
        "variadic",
        "verbose",
        "when",
        "where",
        "window",
        "with",
    ]
)
