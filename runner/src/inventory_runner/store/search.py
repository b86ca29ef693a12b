"""Finding a resource among millions by a piece of its id, name, ARN or tags.

`stackql_app.asset_search` holds for every asset its `document` (id, name, ARN and tags in lower case) and, under a GIN
index, its `terms`: the words of id and name, by whose beginnings a resource is found in milliseconds (`prod-29` finds
`web-prod-2999`, a pasted ARN its resource). What is not found so is looked for anywhere in the documents, a scan of one
narrow table: it ends at once for what many resources have; where hardly one has it, a million take some 0.15 s.

Keeping a search index costs more than the assets themselves, so it is no part of the merge: `index_assets` brings it up
to date after the commit, for what changed; what a failure or a crash left out, the next run mends. `find_assets` joins
the assets, so that a resource that is gone is never found, and one that several tables hold is found once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from inventory_runner.store.sql import (
    SQL,
    Composable,
    Composed,
    Literal,
    escape_pattern,
    run,
    translate_write_errors,
)

MOST_WORDS = 6
LONGEST_WORD = 100
LONGEST_DOCUMENT, LONGEST_TERMS = 4_000, 500  # characters; a term may not pass 2,046 bytes
# what separates the words of ids and names; a word is everything between
SEPARATORS = "-_/:.,@\\'"
_SPLIT = re.compile(f"[{re.escape(SEPARATORS)}\\s]+")
# of a resource of a Google project: …/projects/p/zones/z/instances/web-1
_GOOGLE_LINK = re.compile(
    r"(?:https://[a-z.]*googleapis\.com/.*)?projects/(?P<project>[^/]+)/(?:[^/]+/)*(?P<type>[^/]+)/(?P<name>[^/]+)"
)
# so many new rows leave a list that every search would have to go through
MANY_ROWS = 5_000
ANYWHERE = 2

# without nested loops: where a new table has no statistics yet, one would read the rows being inserted over and over.
# Each side is of this table alone: without, either join would read every table's rows
_INDEX = """
SELECT pg_advisory_xact_lock(hashtextextended({lock}, 0));
SET LOCAL gin_pending_list_limit = '32MB';
SET LOCAL enable_nestloop = off;
DELETE FROM stackql_app.asset_search s
 WHERE s.table_id = {id} AND NOT EXISTS (
       SELECT FROM stackql_app.assets a
        WHERE a.target_schema = {schema} AND a.table_name = {table}
          AND a.asset_id = s.asset_id AND a.changed_at = s.changed_at);
INSERT INTO stackql_app.asset_search (table_id, asset_id, changed_at, document, terms)
SELECT {id}, a.asset_id, a.changed_at, lower(left(concat_ws(' ', a.id, a.name, a.arn, a.tags::text), {longest})),
       array_to_tsvector(array_remove(string_to_array({words}, ' '), ''))
  FROM stackql_app.assets a
 WHERE a.target_schema = {schema} AND a.table_name = {table} AND NOT EXISTS (
       SELECT FROM stackql_app.asset_search s WHERE s.table_id = {id} AND s.asset_id = a.asset_id)
 ORDER BY a.asset_id
"""


def index_assets(database: sa.Engine, schema: str, table: str, *, changed: bool = True) -> int:
    """Bring the search up to date with a table's assets; returns how many became findable. After the merge's commit.

    changed: the table just changed; False does nothing unless the search is behind the table.
    """
    where = {"schema": schema, "table": table}
    with translate_write_errors("stackql_app", "asset_search"), database.begin() as connection:
        state = connection.execute(
            sa.text(
                "SELECT id, changed_at, searchable_at FROM stackql_app.inventory_tables"
                " WHERE target_schema = :schema AND target_table = :table"
            ),
            where,
        ).one_or_none()
        if state is None or not (changed or state.searchable_at != state.changed_at):
            return 0
        added = run(
            connection,
            SQL(_INDEX).format(
                lock=Literal(f"stackql_inventory.search:{schema}.{table}"),
                id=Literal(state.id),
                schema=Literal(schema),
                table=Literal(table),
                longest=Literal(LONGEST_DOCUMENT),
                words=_compose_words(
                    SQL("lower(left(concat_ws(' ', a.id, a.name), {}))").format(Literal(LONGEST_TERMS))
                ),
            ),
        ).rowcount
        if added > MANY_ROWS:
            run(
                connection,
                SQL(
                    "SELECT gin_clean_pending_list('stackql_app.asset_search_terms'); ANALYZE stackql_app.asset_search"
                ),
            )
        # last, since the next merge waits for this row; of the state that was there before the assets were read
        connection.execute(
            sa.text(
                "UPDATE stackql_app.inventory_tables SET searchable_at = :seen"
                " WHERE target_schema = :schema AND target_table = :table"
            ),
            {**where, "seen": state.changed_at},
        )
    return added


def _compose_words(text: Composed) -> Composed:
    """The text with blanks between its words; nested replace() is several times faster than translate().

    For example:

        replace(replace(…replace(replace(a.id, '-', ' '), '_', ' ')…
    """
    for character in SEPARATORS:
        text = SQL("replace({}, {}, ' ')").format(text, Literal(character))
    return text


def find_assets(connection: sa.Connection, text: str, limit: int = 40) -> Sequence[Any]:
    """Rows of `stackql_inventory.assets` that hold every word of the text, the best first; none for no text.

    What the text is whole or begins with comes before what only has it somewhere.
    """
    words = [word[:LONGEST_WORD] for word in text.lower().replace("\0", "").split()][:MOST_WORDS]
    if not words:
        return []
    whole = " ".join(words)
    found: dict[Any, Any] = {}
    if terms := [term for word in words for term in _list_terms(word)]:
        found = {row.asset_id: row for row in run(connection, _compose_query(words, terms, limit))}
    if len(found) < limit and not any(_rank(row, whole) < ANYWHERE for row in found.values()):
        found |= {row.asset_id: row for row in run(connection, _compose_query(words, (), limit))}
    ranked = sorted(found.values(), key=lambda row: (_rank(row, whole), row.name or "", row.id or ""))
    return ranked[:limit]


def find_named(connection: sa.Connection, values: Sequence[str], limit: int) -> list[tuple[str, Any]]:
    """(value, row of `stackql_app.assets`): what each value is the id, ARN or key of, of each value so many at most.

    A link of Google's also names what it ends with, of its project and type: most tables of theirs have no link.
    A resource that several tables hold is found once. For example:

        SELECT w.value AS named_value, a.* FROM (VALUES
          ('vpc-0a1b', '''vpc'' & ''0a1b'':*'::tsquery, NULL, NULL, NULL)) w(value, terms, project, type, name)
          CROSS JOIN LATERAL (SELECT a.* FROM stackql_app.asset_search s
            JOIN stackql_app.assets a ON a.asset_id = s.asset_id
            WHERE s.terms @@ w.terms AND a.counted_by IS NULL
            AND (lower(w.value) IN (lower(a.id), …) OR (a.name = w.name AND …)) LIMIT 6) a
    """
    rows = []
    for value in values:
        if "\0" in value or not (terms := _list_terms(value.lower()[:LONGEST_TERMS])):
            continue
        link = _GOOGLE_LINK.fullmatch(value)
        parts = link.group("project", "type", "name") if link else (None, None, None)
        rows.append(
            SQL("({}::text, {}::tsquery, {}::text, {}::text, {}::text)").format(
                Literal(value), Literal(" & ".join(dict.fromkeys(terms))), *map(Literal, parts)
            )
        )
    if not rows:
        return []
    run(connection, SQL("SET LOCAL jit = off"))
    found = run(
        connection,
        SQL(
            "SELECT w.value AS named_value, a.* FROM (VALUES {})"
            " w(value, terms, project, type, name) CROSS JOIN LATERAL ("
            " SELECT a.* FROM stackql_app.asset_search s JOIN stackql_app.assets a ON a.asset_id = s.asset_id"
            "  WHERE s.terms @@ w.terms AND a.counted_by IS NULL"
            "    AND (lower(w.value) IN (lower(a.id), lower(a.arn), lower(a.resource_key))"
            "         OR (a.name = w.name AND a.provider = 'google' AND a.account = w.project"
            "             AND lower(a.type) = lower(w.type))) LIMIT {}) a"
        ).format(SQL(", ").join(rows), Literal(limit)),
    )
    return [(row.named_value, row) for row in found]


def _rank(row: Any, whole: str) -> int:
    own = [(value or "").lower() for value in (row.id, row.name, row.arn)]
    if whole in own:
        return 0
    return 1 if any(value.startswith(whole) for value in own) else ANYWHERE


def _compose_query(words: Sequence[str], terms: Sequence[str], limit: int) -> Composed:
    """The SELECT of the assets that hold all words; terms: what the index is asked for them.

    For example:

        SET LOCAL jit = off; SELECT a.* FROM (SELECT s.asset_id FROM stackql_app.asset_search s
          JOIN stackql_app.assets c ON c.asset_id = s.asset_id AND c.counted_by IS NULL
          WHERE s.terms @@ '''prod'':*'::tsquery AND s.document LIKE '%prod%'
          AND s.document LIKE '%29%' LIMIT 40) f JOIN stackql_app.assets a ON a.asset_id = f.asset_id
    """
    conditions: list[Composable] = []
    if terms:
        conditions.append(SQL("s.terms @@ {}::tsquery").format(Literal(" & ".join(dict.fromkeys(terms)))))
    for word in words:
        conditions.append(SQL("s.document LIKE {}").format(Literal(f"%{escape_pattern(word)}%")))
    # compiling the scan takes longer than most searches; a scan for what nothing has takes half the time with helpers,
    # which the planner leaves out where it guesses that the first rows will do
    planning = (
        "SET LOCAL jit = off; " if terms else "SET LOCAL jit = off; SET LOCAL parallel_setup_cost = 0; "
    )
    return SQL(planning) + SQL(
        "SELECT a.* FROM (SELECT s.asset_id FROM stackql_app.asset_search s"
        " JOIN stackql_app.assets c ON c.asset_id = s.asset_id AND c.counted_by IS NULL WHERE {} LIMIT {}) f"
        " JOIN stackql_app.assets a ON a.asset_id = f.asset_id"
    ).format(SQL(" AND ").join(conditions), Literal(limit))


def _list_terms(word: str) -> list[str]:
    """What the index is asked for a word: its parts are words of the id or name, of which the last may go on.

    Of an ARN or a path only the last segment is asked for; the document says whether the rest is right too.
    """
    parts = _SPLIT.split(word if word.startswith("/") else re.split("[:/]", word)[-1])
    known = [(part, place == len(parts) - 1) for place, part in enumerate(parts) if part]
    # a part of one or two characters is in so many assets that looking it up costs more than it saves
    if any(len(part) > 2 for part, _ in known):
        known = [(part, last) for part, last in known if len(part) > 2]
    return [f"'{part}'" + (":*" if last else "") for part, last in known]
