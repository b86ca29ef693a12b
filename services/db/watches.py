"""What people watch, how far each watch has told the feed, and what it told. A person reads and changes their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg2
import sqlalchemy as sa

from inventory_runner import json_text
from inventory_runner.errors import InvalidInput, NotFound
from inventory_runner.models import Change, Scope
from inventory_runner.store.sql import SQL, Composable, Literal, run
from services.db.base import Records
from services.models.inventory import NAME_COLUMNS, ChangeEntry, TableRef
from services.models.watches import (
    MOST_QUERY_WATCHES,
    MOST_WATCHES,
    Watch,
    WatchedScope,
    WatchEvent,
    WatchKind,
    WatchTarget,
)

# of a watch: older ones are removed when another is told
MOST_EVENTS = 50
# of a cell in an event: longer ones are cut
LONGEST_VALUE = 2_000

# a table that a watch has a place in: a view's are all, since any may hold what fits
_TABLES_OF = (
    "stackql_app.inventory_tables t ON CASE WHEN w.kind = 'view' THEN true"
    " ELSE t.target_schema = w.target->>'schema' AND t.target_table = w.target->>'table' END"
)
_BEGIN = f"""
INSERT INTO stackql_app.watch_positions (watch_id, table_id, told_at)
SELECT w.id, t.id, coalesce(t.changed_at, 'epoch') FROM stackql_app.watches w JOIN {_TABLES_OF}
 WHERE w.id = :id AND w.kind <> 'query'
"""  # noqa: S608 — ours
# what a table's first merge wrote is no change: a baseline, or what a schedule took over
_BEHIND = f"""
SELECT t.id, t.target_schema AS schema, t.target_table AS name, t.changed_at AS upto,
       coalesce(p.told_at, t.began_at, t.history_from, t.changed_at) AS after,
       -- what was changed before is kept no longer
       CASE WHEN p.told_at < t.history_from THEN t.history_from END AS missing
  FROM stackql_app.watches w JOIN {_TABLES_OF}
  LEFT JOIN stackql_app.watch_positions p ON p.watch_id = w.id AND p.table_id = t.id
 WHERE w.id = :id AND (p.told_at IS NULL OR p.told_at < t.changed_at) ORDER BY t.id
"""  # noqa: S608 — ours
_DUE = f"""
SELECT w.id FROM stackql_app.watches w
 WHERE w.user_name = :user AND w.kind <> 'query'
   AND EXISTS (SELECT FROM (SELECT 1) one JOIN {_TABLES_OF}
                 LEFT JOIN stackql_app.watch_positions p ON p.watch_id = w.id AND p.table_id = t.id
                WHERE p.told_at IS NULL OR p.told_at < t.changed_at)
 ORDER BY w.looked_at, w.id
"""  # noqa: S608 — ours
_EVENTS = """
SELECT e.* FROM stackql_app.watches w CROSS JOIN LATERAL (
    SELECT * FROM stackql_app.watch_events WHERE watch_id = w.id ORDER BY number DESC LIMIT :each) e
 WHERE w.user_name = :user ORDER BY e.id DESC LIMIT :most
"""
_COLUMNS = (
    "w.id, w.kind, w.name, w.target, w.created_at, w.looked_at, w.problem, w.note, w.looked, w.result,"
    " (SELECT max(told_at) FROM stackql_app.watch_events e WHERE e.watch_id = w.id) AS fired_at"
)


@dataclass(frozen=True)
class Behind:
    """A table's part of the feed that a watch has not told: after `after`, up to `upto`.

    missing: changes before this time are kept no longer, so that some may be missing; None where none is.
    """

    id: int
    table: TableRef
    after: datetime | None
    upto: datetime | None
    missing: datetime | None = None


@dataclass(frozen=True)
class Looked:
    """The tables that a statement names, as (schema, table), and of those that runs keep: id → its changed_at, ISO."""

    names: tuple[tuple[str, str], ...]
    versions: Mapping[str, str]

    def to_json(self) -> str:
        return json.dumps({"names": self.names, "versions": dict(self.versions)})

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Looked:
        return cls(tuple((schema, name) for schema, name in kept["names"]), kept["versions"])


@dataclass(frozen=True)
class Kept:
    """A watch with what a statement read when it was run last, and its result. None of other watches."""

    watch: Watch
    looked: Looked | None = None
    result: Any = None


# longer than one statement takes
CLAIM_TIMEOUT = "6s"


class WatchRecords(Records):
    """See the module's docstring; the service says whose they are."""

    def list_watches(self, user: str) -> list[Kept]:
        """A person's watches, the newest first, without events."""
        return self._list("w.user_name = :user ORDER BY w.id DESC", user=user)

    def find(self, user: str, target: WatchTarget) -> int | None:
        """The id of the person's watch on exactly this."""
        with self.transaction() as connection:
            return connection.execute(
                sa.text(
                    "SELECT id FROM stackql_app.watches WHERE user_name = :user AND kind = :kind"
                    " AND md5(target::text) = md5(CAST(:target AS jsonb)::text)"
                ),
                {"user": user, "kind": target.kind, "target": target.spelled},
            ).scalar_one_or_none()

    def list_targets(self, user: str) -> set[WatchTarget]:
        """What a person watches."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text("SELECT kind, target FROM stackql_app.watches WHERE user_name = :user"),
                {"user": user},
            )
            return {WatchTarget.from_json(WatchKind(row.kind), row.target) for row in rows}

    def add(
        self,
        user: str,
        target: WatchTarget,
        name: str,
        now: datetime,
        looked: Looked | None = None,
        result: Any = None,
    ) -> int:
        """Watch from now on, and return the watch's id; of what is watched already its own. Raises InvalidInput."""
        with self.transaction() as connection:
            # one after the other, so that nobody has more than is allowed
            connection.execute(
                sa.text("SELECT pg_advisory_xact_lock(hashtextextended('watches ' || :user, 0))"),
                {"user": user},
            )
            counted = connection.execute(
                sa.text(
                    "SELECT count(*) AS all, count(*) FILTER (WHERE kind = 'query') AS queries"
                    " FROM stackql_app.watches WHERE user_name = :user"
                ),
                {"user": user},
            ).one()
            known = connection.execute(
                sa.text(
                    "SELECT id FROM stackql_app.watches WHERE user_name = :user AND kind = :kind"
                    " AND md5(target::text) = md5(CAST(:target AS jsonb)::text)"
                ),
                {"user": user, "kind": target.kind, "target": target.spelled},
            ).scalar_one_or_none()
            if known is not None:
                return int(known)
            of_queries = target.kind is WatchKind.QUERY and counted.queries >= MOST_QUERY_WATCHES
            if of_queries or counted.all >= MOST_WATCHES:
                most = f"{MOST_QUERY_WATCHES} statements" if of_queries else f"{MOST_WATCHES} things"
                raise InvalidInput(
                    f"A person watches {most} at most.",
                    title="You watch too much",
                    hint="End a watch first: the page Watches lists yours.",
                )
            id = connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.watches"
                    " (user_name, kind, name, target, looked, result, looked_at, created_at)"
                    " VALUES (:user, :kind, :name, CAST(:target AS jsonb), CAST(:looked AS jsonb),"
                    " CAST(:result AS jsonb), :now, :now) RETURNING id"
                ),
                {
                    "user": user,
                    "kind": target.kind,
                    "name": name,
                    "target": target.spelled,
                    "looked": None if looked is None else looked.to_json(),
                    "result": None if result is None else json_text.dumps(result),
                    "now": now,
                },
            ).scalar_one()
            connection.execute(sa.text(_BEGIN), {"id": id})
            return int(id)

    def remove(self, user: str, id: int) -> None:
        """End a watch, with what it told; raises NotFound for another person's."""
        with self.transaction() as connection:
            gone = connection.execute(
                sa.text("DELETE FROM stackql_app.watches WHERE id = :id AND user_name = :user"),
                {"id": id, "user": user},
            ).rowcount
        if not gone:
            raise NotFound("The watch is not there any more.", hint="It may have been ended in another tab.")

    @staticmethod
    def note_problem(connection: sa.Connection, id: int, now: datetime, problem: str) -> None:
        """Note why a watch could tell nothing; it stays where it was, and others have their turn before it."""
        connection.execute(
            sa.text("UPDATE stackql_app.watches SET looked_at = :now, problem = :problem WHERE id = :id"),
            {"id": id, "now": now, "problem": problem.replace("\0", "")},
        )

    @staticmethod
    def claim_person(connection: sa.Connection, user: str) -> bool:
        """Let nobody else run a watched statement of this person's until the transaction ends; False where one goes on.

        Two parts of a page look at the same time: the second waits for what the first finds, and shows it too.
        """
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{CLAIM_TIMEOUT}'")
                connection.execute(
                    sa.text(
                        "SELECT pg_advisory_xact_lock(hashtextextended('watched statements ' || :user, 0))"
                    ),
                    {"user": user},
                )
        except sa.exc.OperationalError as error:
            if isinstance(error.orig, psycopg2.errors.LockNotAvailable):
                return False
            raise
        return True

    def list_gone_tables(self, refs: Sequence[TableRef]) -> set[TableRef]:
        """Those of the tables that no run has written, or that were deleted."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT w.schema, w.name FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[]))"
                    " AS w (schema, name) WHERE NOT EXISTS (SELECT FROM stackql_app.inventory_tables t"
                    " WHERE t.target_schema = w.schema AND t.target_table = w.name)"
                ),
                {"schemas": [ref.schema for ref in refs], "names": [ref.name for ref in refs]},
            )
            return {TableRef(row.schema, row.name) for row in rows}

    # ---- looking

    def list_due(self, user: str) -> list[int]:
        """The person's watches of the feed with a table that a merge changed since they told it, the longest ago first.

        For example, by the index of positions:

            SELECT w.id FROM stackql_app.watches w WHERE w.user_name = :user AND w.kind <> 'query'
              AND EXISTS (SELECT FROM … t LEFT JOIN stackql_app.watch_positions p ON …
                WHERE p.told_at IS NULL OR p.told_at < t.changed_at) ORDER BY w.looked_at, w.id
        """
        with self.transaction() as connection:
            return [row.id for row in connection.execute(sa.text(_DUE), {"user": user})]

    @staticmethod
    def lock(connection: sa.Connection, user: str, id: int) -> Kept | None:
        """The watch, which nobody else tells until the transaction ends; None where it was ended meanwhile."""
        row = connection.execute(
            sa.text(
                f"SELECT {_COLUMNS} FROM stackql_app.watches w WHERE w.id = :id AND w.user_name = :user"  # noqa: S608
                " FOR UPDATE OF w"
            ),
            {"id": id, "user": user},
        ).one_or_none()
        return None if row is None else _make_kept(row)

    @staticmethod
    def list_behind(connection: sa.Connection, id: int) -> list[Behind]:
        """The tables whose feed the watch has not told to its end. Under `lock`, in a statement after it."""
        rows = connection.execute(sa.text(_BEHIND), {"id": id})
        return [
            Behind(row.id, TableRef(row.schema, row.name), row.after, row.upto, row.missing) for row in rows
        ]

    @staticmethod
    def advance(
        connection: sa.Connection, id: int, told: Sequence[Behind], now: datetime, note: str = ""
    ) -> None:
        """Note that the watch told these, and forget its places in tables that are gone. Under `lock`."""
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.watch_positions AS p (watch_id, table_id, told_at)"
                " SELECT :id, * FROM unnest(CAST(:tables AS int[]), CAST(:times AS timestamptz[]))"
                " ON CONFLICT (watch_id, table_id) DO UPDATE SET told_at = excluded.told_at"
            ),
            {
                "id": id,
                "tables": [one.id for one in told],
                "times": [one.upto or one.after or "epoch" for one in told],
            },
        )
        connection.execute(
            sa.text(
                "DELETE FROM stackql_app.watch_positions p WHERE watch_id = :id"
                " AND NOT EXISTS (SELECT FROM stackql_app.inventory_tables t WHERE t.id = p.table_id)"
            ),
            {"id": id},
        )
        connection.execute(
            sa.text(
                "UPDATE stackql_app.watches SET looked_at = :now, problem = '', note = :note WHERE id = :id"
            ),
            {"id": id, "now": now, "note": note},
        )

    @staticmethod
    def note_query(
        connection: sa.Connection,
        id: int,
        now: datetime,
        looked: Looked,
        result: Any = None,
        *,
        problem: str = "",
        note: str = "",
    ) -> None:
        """Note a statement's look; result: None leaves what was kept. Under `lock`."""
        connection.execute(
            sa.text(
                "UPDATE stackql_app.watches SET looked_at = :now, looked = CAST(:looked AS jsonb),"
                " result = coalesce(CAST(:result AS jsonb), result), problem = :problem, note = :note WHERE id = :id"
            ),
            {
                "id": id,
                "now": now,
                "looked": looked.to_json(),
                "result": None if result is None else json_text.dumps(result),
                "problem": problem.replace("\0", ""),
                "note": note,
            },
        )

    @staticmethod
    def add_event(connection: sa.Connection, id: int, event: WatchEvent) -> None:
        """Tell an event, the watch's next; the oldest beyond MOST_EVENTS go. Under `lock`."""
        number = connection.execute(
            sa.text("UPDATE stackql_app.watches SET events = events + 1 WHERE id = :id RETURNING events"),
            {"id": id},
        ).scalar_one()
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.watch_events"
                " (watch_id, number, told_at, first_at, last_at, added, removed, changed, whole, changes)"
                " VALUES (:id, :number, :told, :first, :last, :added, :removed, :changed, :whole,"
                " CAST(:changes AS jsonb))"
            ),
            {
                "id": id,
                "number": number,
                "told": event.told_at,
                "first": event.first_at,
                "last": event.last_at,
                **{str(kind): event.counts.get(kind, 0) for kind in Change},
                "whole": event.whole,
                "changes": json_text.dumps([_write_change(one) for one in event.changes]),
            },
        )
        connection.execute(
            sa.text("DELETE FROM stackql_app.watch_events WHERE watch_id = :id AND number <= :number"),
            {"id": id, "number": number - MOST_EVENTS},
        )

    def list_events(self, user: str, each: int, most: int) -> dict[int, list[WatchEvent]]:
        """Watch id → its newest events, the newest first: `each` of a watch, `most` in all."""
        found: dict[int, list[WatchEvent]] = {}
        with self.transaction() as connection:
            for row in connection.execute(sa.text(_EVENTS), {"user": user, "each": each, "most": most}):
                found.setdefault(row.watch_id, []).append(_make_event(row))
        return found

    def count_events(self, user: str, each: int, most: int) -> int:
        """How many `list_events` would give."""
        counted = f"SELECT count(*) FROM ({_EVENTS}) e"  # noqa: S608 — ours
        with self.transaction() as connection:
            return int(
                connection.execute(sa.text(counted), {"user": user, "each": each, "most": most}).scalar_one()
            )

    def read_versions(self, names: Sequence[Sequence[str]]) -> dict[str, str]:
        """Table id → when it changed last, ISO, of the tables that are called so; all of them where one of the names
        is a view, which may be over any, or the feed's. names: (schema, table)."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    "WITH named AS (SELECT * FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[]))"
                    " AS w (schema, name))"
                    " SELECT id, changed_at FROM stackql_app.inventory_tables t"
                    " WHERE (target_schema, target_table) IN (SELECT schema, name FROM named)"
                    " OR EXISTS (SELECT FROM named w JOIN pg_namespace n ON n.nspname = w.schema"
                    " JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name"
                    " WHERE c.relkind IN ('v', 'm') OR w.name = 'resource_changes')"
                ),
                {"schemas": [one[0] for one in names], "names": [one[1] for one in names]},
            )
            return {str(row.id): row.changed_at.isoformat() if row.changed_at else "" for row in rows}

    def list_unread(
        self, refs: Sequence[TableRef], ids: Sequence[str] = (), wanted: Composable | None = None
    ) -> list[WatchedScope]:
        """The scopes that the newest run of their table could not read, the longest ago first.

        refs, ids: of these tables; wanted: of those instead that have resources which fit. For example

            SELECT … FROM stackql_app.table_scopes s JOIN stackql_app.inventory_tables t USING (…)
             WHERE s.status NOT IN ('ok', 'additive') AND EXISTS (SELECT FROM stackql_app.assets
               WHERE target_schema = s.target_schema AND table_name = s.target_table AND lower(…) IN ('eu-west-1'))
        """
        which: Composable = SQL(
            "((s.target_schema, s.target_table) IN (SELECT * FROM unnest({}::text[], {}::text[]))"
            " OR t.id::text = ANY({}::text[]))"
        ).format(
            Literal([ref.schema for ref in refs]), Literal([ref.name for ref in refs]), Literal(list(ids))
        )
        if wanted is not None:
            which = SQL(
                "EXISTS (SELECT FROM stackql_app.assets WHERE target_schema = s.target_schema"
                " AND table_name = s.target_table AND {})"
            ).format(wanted)
        with self.transaction() as connection:
            rows = run(
                connection,
                SQL(
                    "SELECT s.target_schema AS schema, s.target_table AS name, s.scope, s.status, s.since, s.ok_at"
                    " FROM stackql_app.table_scopes s JOIN stackql_app.inventory_tables t"
                    " ON t.target_schema = s.target_schema AND t.target_table = s.target_table"
                    " WHERE s.status NOT IN ('ok', 'additive') AND {} ORDER BY s.since, s.target_table, s.scope"
                ).format(which),
            )
            return [
                WatchedScope(TableRef(row.schema, row.name), row.scope, row.status, row.since, row.ok_at)
                for row in rows
            ]

    def _list(self, where: str, **values: object) -> list[Kept]:
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(f"SELECT {_COLUMNS} FROM stackql_app.watches w WHERE {where}"),  # noqa: S608 — ours
                values,
            )
            return [_make_kept(row) for row in rows]


def _make_kept(row: Any) -> Kept:
    watch = Watch(
        row.id,
        WatchTarget.from_json(WatchKind(row.kind), row.target),
        row.name,
        row.created_at,
        row.looked_at,
        row.fired_at,
        row.problem,
        row.note,
    )
    return Kept(watch, Looked.from_json(row.looked) if row.looked else None, row.result)


def _write_change(one: ChangeEntry) -> dict[str, Any]:
    """A change as an event keeps it: of one that changed the changed columns and its name, and long values cut."""
    kept = (*one.columns, *NAME_COLUMNS) if one.kind is Change.CHANGED and one.columns else ()

    def cut(values: Any) -> dict[str, Any] | None:
        if values is None:
            return None
        return {name: _cut(value) for name, value in values.items() if not kept or name in kept}

    return {
        "id": one.id,
        "schema": one.table.schema,
        "table": one.table.name,
        "at": one.at.isoformat(),
        "kind": str(one.kind),
        "key": one.key,
        "scope": one.scope.key,
        "before": cut(one.before),
        "after": cut(one.after),
        "columns": list(one.columns),
        "run": one.run_id,
    }


def _cut(value: Any) -> Any:
    text = value if isinstance(value, str) else json_text.dumps(value)
    return value if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _make_event(row: Any) -> WatchEvent:
    changes = tuple(
        ChangeEntry(
            one["id"],
            TableRef(one["schema"], one["table"]),
            datetime.fromisoformat(one["at"]),
            Change(one["kind"]),
            one["key"],
            Scope.from_key(one["scope"]),
            one["before"],
            one["after"],
            tuple(one["columns"]),
            one["run"],
        )
        for one in row.changes
    )
    counts = {kind: getattr(row, str(kind)) for kind in Change}
    return WatchEvent(row.id, row.told_at, row.first_at, row.last_at, counts, changes, row.whole)


def with_events(watch: Watch, events: Sequence[WatchEvent]) -> Watch:
    """The watch with what it told."""
    return replace(watch, events=tuple(events))
