"""Whether a resource can be reached from outside, by the columns that say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inventory_runner.store.sql import SQL, Composable, Identifier, Literal

TRUE = ("1", "true")
# column → the values, in lower case, that make a resource public
PUBLIC_WHEN: Mapping[str, tuple[str, ...]] = {
    "is_public": TRUE,
    "publicly_accessible": TRUE,
    "allow_blob_public_access": TRUE,
    "public_network_access": ("enabled",),
}
# it closes when it is this; where is_public is known, that already says what the prevention is asked for
PREVENTION, PREVENTED = "public_access_prevention", "enforced"


def is_public(values: Mapping[str, Any] | None) -> bool | None:
    """Whether the values make a resource reachable from outside; None where they do not say."""
    if not values:
        return None
    answers = [
        str(values[name]).lower() in public
        for name, public in PUBLIC_WHEN.items()
        if values.get(name) is not None
    ]
    if values.get(PREVENTION) is not None and "is_public" not in values:
        answers.append(str(values[PREVENTION]).lower() != PREVENTED)
    return any(answers) if answers else None


def compose_is_public(names: Mapping[str, Any]) -> Composable:
    """The same of a row `r`. names: of its table's columns.

    For example:

        CASE WHEN r."is_public" IS NOT NULL OR r."public_network_access" IS NOT NULL THEN
          coalesce(lower(r."is_public"::text) IN ('1', 'true'), false)
          OR coalesce(lower(r."public_network_access"::text) IN ('enabled'), false) END
    """
    answers = [
        (Identifier(name), SQL("lower(r.{}::text) IN ({})").format(Identifier(name), _list(public)))
        for name, public in PUBLIC_WHEN.items()
        if name in names
    ]
    if PREVENTION in names and "is_public" not in names:
        column = Identifier(PREVENTION)
        answers.append((column, SQL("lower(r.{}::text) <> {}").format(column, Literal(PREVENTED))))
    if not answers:
        return SQL("NULL::boolean")
    return SQL("CASE WHEN {} THEN {} END").format(
        SQL(" OR ").join([SQL("r.{} IS NOT NULL").format(column) for column, _ in answers]),
        SQL(" OR ").join([SQL("coalesce({}, false)").format(answer) for _, answer in answers]),
    )


def _list(values: tuple[str, ...]) -> Composable:
    return SQL(", ").join([Literal(value) for value in values])
