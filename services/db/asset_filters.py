"""The filter language of the list of all resources as SQL conditions on `stackql_app.assets`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from inventory_runner.store.sql import SQL, Composable, Identifier, Literal, escape_pattern
from services.models.resource_filter import TAG, ResourceFilter, Term

# texts that may stand for a number or a truth in JSON
_PLAIN = re.compile(r"true|false|-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,10})?")
# what a term's value is compared with, where that is one column
COLUMNS = {
    "provider": "provider",
    "region": "region",
    "account": "account",
    "owner": "owner",
    "service": "service",
    "table": "table_name",
    "name": "name",
    "id": "id",
    "state": "state",
}
PUBLIC = SQL("CASE is_public WHEN true THEN 'yes' WHEN false THEN 'no' ELSE '' END")
TYPE = SQL("concat_ws('.', nullif(service, ''), type)")


def compose_conditions(wanted: ResourceFilter, without: tuple[str, str] | None = None) -> list[Composable]:
    """A condition for each name, and for each tag's key: one of the values asked for, none of the excluded.

    without: name and key of one that is left out, which is how its own values are counted. For example
    `type:bucket region:eu-* -tag:env=dev`:

        (lower(concat_ws('.', nullif(service, ''), type)) IN ('bucket', 'buckets', …) OR lower(type) IN (…) OR …),
        (lower(coalesce("region", '')) LIKE 'eu-%'),
        (tags @> '{"env": "dev"}'::jsonb) IS NOT TRUE
    """
    found: list[Composable] = []
    for name, key, fixed in dict.fromkeys((term.name, term.key, term.fixed) for term in wanted.terms):
        if (name, key) == without and not fixed:
            continue
        terms = wanted.choose(name, key, fixed=fixed)
        if asked := [_compose_term(term) for term in terms if not term.excluded]:
            found.append(SQL("({})").format(SQL(" OR ").join(asked)))
        found += [SQL("({}) IS NOT TRUE").format(_compose_term(term)) for term in terms if term.excluded]
    return found


def _compose_term(term: Term) -> Composable:
    if term.name == TAG:
        return _compose_tag(term)
    if term.name == "type":
        return _compose_type(term)
    if term.name == "public":
        truth = {"yes": "is_public IS TRUE", "no": "is_public IS FALSE"}
        return SQL(truth.get(term.value.lower(), "is_public IS NULL"))
    column = Identifier(COLUMNS[term.name])
    return _compare(SQL("lower(coalesce({}, ''))").format(column), [term.parts])


def _compose_type(term: Term) -> Composable:
    """A type by its own name, after its service, or after its provider too; of one thing or of several."""
    forms = [term.parts]
    if term.exact and term.value:
        value = term.value
        forms += [(f"{value}s",), (f"{value}es",)]
        if value.endswith("y"):
            forms.append((f"{value[:-1]}ies",))
    names = (SQL("type"), TYPE, SQL("concat_ws('.', nullif(provider, ''), nullif(service, ''), type)"))
    return SQL("({})").format(
        SQL(" OR ").join([_compare(SQL("lower({})").format(name), forms) for name in names])
    )


def _compose_tag(term: Term) -> Composable:
    # of a key without a value whatever it has; a key is written as the cloud has it
    key = Literal(term.key)
    if not term.parts:
        return SQL("tags ? {}").format(key)
    if term.exact:
        # as the cloud has it, which the index finds; a tag may be a number or a truth as well
        values: list[object] = [term.value]
        if _PLAIN.fullmatch(term.value):
            values.append(json.loads(term.value))
        held = [SQL("tags @> {}::jsonb").format(Literal(json.dumps({term.key: value}))) for value in values]
        return SQL(" OR ").join(held)
    text = SQL("lower(tags->>{})").format(key)
    return _compare(text, [term.parts])


def _compare(text: Composable, forms: Sequence[tuple[str, ...]]) -> Composable:
    """Whether a text in lower case is one of these. forms: each the parts between its stars."""
    if all(len(parts) == 1 for parts in forms):
        values = SQL(", ").join([Literal(parts[0].lower()) for parts in forms])
        return SQL("{} IN ({})").format(text, values)
    patterns = ["%".join(escape_pattern(part.lower()) for part in parts) for parts in forms]
    return SQL("({})").format(
        SQL(" OR ").join([SQL("{} LIKE {}").format(text, Literal(pattern)) for pattern in patterns])
    )
