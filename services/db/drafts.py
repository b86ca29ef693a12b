"""The tabs that a user has open in the IDE: `stackql_app.drafts`.

Optimistic lock: every save carries the versions that the window knows (`bases`). A draft that another window has
changed since is not overwritten: the save is refused and answers what is stored, so that the window can keep both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput
from services.db.base import Records
from services.models.core import Draft
from services.models.limits import LONGEST_TEXT
from services.users import current_user, limit_to_engineers

MOST_TABS = 50
TAB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
SELECT = (
    "SELECT d.tab_id, d.position, d.title, d.query_id, d.query_version, d.content, d.provider, d.parameters, d.version,"
    " d.source,"
    " q.query_text AS saved_text FROM stackql_app.drafts d LEFT JOIN stackql_app.queries q ON q.id = d.query_id"
    " WHERE d.user_name = :user"
)


class DraftRecords(Records):
    """Reads and writes the current user's drafts; nobody sees another's."""

    @limit_to_engineers
    def get_drafts(self) -> list[Draft]:
        """The user's tabs from left to right."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(f"{SELECT} ORDER BY d.position, d.updated_at"), {"user": current_user().name}
            )
            return [_make_draft(row) for row in rows]

    @limit_to_engineers
    def save_draft(self, draft: Draft, bases: Sequence[int]) -> tuple[bool, Draft]:
        """Store a draft of a window that knows the versions `bases`: the last one that was stored, and one under way.

        Returns whether it was stored, and what is stored now.

        A second delivery of the same text is stored without harm.
        """
        _check(draft)
        values = {
            "user": current_user().name,
            "bases": list(bases),
            **{
                name: getattr(draft, name)
                for name in ("tab_id", "position", "title", "content", "provider", "version", "source")
            },
            "query_id": draft.query_id,
            "query_version": draft.query_version,
            "parameters": json.dumps(dict(draft.parameters)),
        }
        with self.transaction() as connection:
            saved = connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.drafts AS d"
                    " (user_name, tab_id, position, title, query_id, query_version, content, provider, parameters,"
                    " version, source)"
                    " SELECT :user, :tab_id, :position, :title, CAST(:query_id AS int),"
                    " CAST(:query_version AS bigint), :content, :provider, CAST(:parameters AS jsonb), :version,"
                    " :source"
                    " WHERE :most > (SELECT count(*) FROM stackql_app.drafts"
                    " WHERE user_name = :user AND tab_id <> :tab_id)"
                    " ON CONFLICT (user_name, tab_id) DO UPDATE SET position = excluded.position,"
                    " title = excluded.title, source = excluded.source,"
                    " query_id = excluded.query_id, query_version = excluded.query_version,"
                    " content = excluded.content,"
                    " provider = excluded.provider, parameters = excluded.parameters,"
                    " version = excluded.version, updated_at = now()"
                    " WHERE d.version = ANY(:bases) OR (d.content = excluded.content AND d.version <= excluded.version)"
                ),
                {**values, "most": MOST_TABS},
            ).rowcount
            row = connection.execute(
                sa.text(f"{SELECT} AND d.tab_id = :tab_id"), {"user": values["user"], "tab_id": draft.tab_id}
            ).one_or_none()
        if row is None:
            raise InvalidInput(
                f"{MOST_TABS} tabs are open, which is the most.", field="tab", hint="Close one and try again."
            )
        return bool(saved), _make_draft(row)

    @limit_to_engineers
    def delete_draft(self, tab_id: str) -> None:
        """Forget a tab; one that is not there is fine."""
        with self.transaction() as connection:
            connection.execute(
                sa.text("DELETE FROM stackql_app.drafts WHERE user_name = :user AND tab_id = :tab_id"),
                {"user": current_user().name, "tab_id": tab_id},
            )


def _check(draft: Draft) -> None:
    if not TAB_ID.fullmatch(draft.tab_id):
        raise InvalidInput("A tab's id is made of letters, digits, - and _.", field="tab_id")
    if len(draft.content) > LONGEST_TEXT:
        raise InvalidInput(f"A draft may have {LONGEST_TEXT:,} characters.", field="content")
    if "\0" in draft.content + draft.title:
        raise InvalidInput("The text holds a NUL character.", field="content")


def _make_draft(row: sa.Row[tuple[object, ...]]) -> Draft:
    return Draft(**row._mapping)
