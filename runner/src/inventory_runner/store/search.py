"""Finding a resource among millions by a piece of its id, name, ARN or tags, in milliseconds.

`stackql_app.asset_search` holds an asset's words twice: `document`, lower-case text, and `terms`, its words as a
tsvector under a GIN index. Keeping that index costs several times what the assets themselves cost, so it is no part of
the merge: `index_assets` brings it up to date once a merge has committed, for what changed; what a crash left out, the
next call mends. `find_assets` joins the assets, so a resource that is gone is never found.

A word of the search text is found where a word of the asset begins with it (`prod-29` finds `web-prod-2999`); where
nothing begins so, anywhere (`rod-29`), by a scan of the documents, which takes about 0.3 s for a million.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from inventory_runner.store.sql import SQL, Composable, Composed, Literal, errors_in_words, run

MOST_WORDS = 6
LONGEST_WORD = 100
# what separates an asset's words; a word is everything between
SEPARATORS = "-_/:.,;\"'{}[]()@=+|#&?!*\\<>"
_SPLIT = re.compile(f"[{re.escape(SEPARATORS)}\\s]+")
# so many new rows leave a list that every search would have to go through
MANY_ROWS = 5_000

_INDEX = """
DELETE FROM stackql_app.asset_search s USING stackql_app.inventory_tables t
 WHERE t.target_schema = {schema} AND t.target_table = {table} AND s.table_id = t.id AND NOT EXISTS (
       SELECT FROM stackql_inventory.assets a WHERE a.asset_id = s.asset_id AND a.changed_at = s.changed_at);
INSERT INTO stackql_app.asset_search (asset_id, table_id, changed_at, document, terms)
SELECT d.asset_id, t.id, d.changed_at, d.document, array_to_tsvector(ARRAY(
         SELECT DISTINCT left(w, {longest})
           FROM unnest(string_to_array(translate(d.document, {separators}, {spaces}), ' ')) w WHERE w <> ''))
  FROM (SELECT a.asset_id, a.changed_at,
               lower(left(concat_ws(' ', a.id, a.name, a.arn, a.tags::text), 4000)) AS document
          FROM stackql_inventory.assets a
         WHERE a.target_schema = {schema} AND a.table_name = {table}
           AND NOT EXISTS (SELECT FROM stackql_app.asset_search s WHERE s.asset_id = a.asset_id)) d,
       stackql_app.inventory_tables t
 WHERE t.target_schema = {schema} AND t.target_table = {table}
ON CONFLICT (asset_id) DO NOTHING
"""


def index_assets(database: sa.Engine, schema: str, table: str) -> int:
    """Bring the search up to date with a table's assets; returns how many became findable. After the merge's commit."""
    with errors_in_words("stackql_app", "asset_search"), database.begin() as connection:
        added = run(
            connection,
            SQL(_INDEX).format(
                schema=Literal(schema),
                table=Literal(table),
                longest=Literal(LONGEST_WORD),
                separators=Literal(SEPARATORS + "\t\n\r"),
                spaces=Literal(" " * (len(SEPARATORS) + 3)),
            ),
        ).rowcount
        if added > MANY_ROWS:
            run(connection, SQL("SELECT gin_clean_pending_list('stackql_app.asset_search_terms')"))
    if added > MANY_ROWS:
        with database.begin() as connection:
            run(connection, SQL("ANALYZE stackql_app.asset_search"))
    return added


def find_assets(connection: sa.Connection, text: str, limit: int = 40) -> Sequence[Any]:
    """Rows of `stackql_inventory.assets` that hold every word of the text, the best first; none for no text.

    What the text is whole or begins with comes before what only has it somewhere.
    """
    words = [word[:LONGEST_WORD] for word in text.lower().replace("\0", "").split()][:MOST_WORDS]
    if not words:
        return []
    rows = run(connection, _query(words, limit, anywhere=False)).all()
    if not rows:
        rows = run(connection, _query(words, limit, anywhere=True)).all()
    whole = " ".join(words)
    return sorted(rows, key=lambda row: (_rank(row, whole), row.name or "", row.id or ""))


def _rank(row: Any, whole: str) -> int:
    own = [(value or "").lower() for value in (row.id, row.name, row.arn)]
    if whole in own:
        return 0
    return 1 if any(value.startswith(whole) for value in own) else 2


def _query(words: Sequence[str], limit: int, *, anywhere: bool) -> Composed:
    conditions: list[Composable] = []
    terms: list[str] = []
    for word in words:
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions.append(SQL("s.document LIKE {}").format(Literal(f"%{escaped}%")))
        terms += _terms(word, anywhere)
    if terms:
        conditions.append(SQL("s.terms @@ {}::tsquery").format(Literal(" & ".join(dict.fromkeys(terms)))))
    return SQL(
        "SELECT a.* FROM (SELECT s.asset_id FROM stackql_app.asset_search s WHERE {} LIMIT {}) f"
        " JOIN stackql_inventory.assets a ON a.asset_id = f.asset_id"
    ).format(SQL(" AND ").join(conditions), Literal(limit))


def _terms(word: str, anywhere: bool) -> list[str]:
    """What the index can say of a word: its parts are words of the asset, of which the last may go on.

    anywhere: its first part may be the end of a word, which the index cannot say.
    """
    parts = _SPLIT.split(word)
    known = [
        (part, place == len(parts) - 1)
        for place, part in enumerate(parts)
        if part and not (anywhere and place == 0)
    ]
    # a part of one or two characters is in so many assets that looking it up costs more than it saves
    if any(len(part) > 2 for part, _ in known):
        known = [(part, last) for part, last in known if len(part) > 2]
    return [f"'{part}'" + (":*" if last else "") for part, last in known]
