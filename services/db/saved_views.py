"""Saved views of the list of all resources: a name and a filter's text, for everybody; which one a person begins with.

A view is never edited: who wants another text saves it under another name, so that no link or default changes meaning.
"""

from __future__ import annotations

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, NotAllowed, NotFound
from services.db.base import Records, refuse_nul
from services.models.limits import LONGEST_FILTER, LONGEST_VIEW_NAME
from services.models.resource_filter import SavedView
from services.users import Role, User, current_user, require_person

MOST_PER_PERSON = 50
# what anybody can read through; nobody looks for the rest in a list
MOST_LISTED = 500
WITHOUT_PERSON = "a view would be nobody's"


class SavedViewRecords(Records):
    """Reads and writes the views. Who is signed in saves; one's own, and for engineers every one, can be deleted."""

    def list_views(self) -> list[SavedView]:
        """All views by their names, the person's default marked."""
        user = current_user()
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT v.id, v.name, v.filter, v.user_name, d.view_id IS NOT NULL AS is_default"
                    " FROM stackql_app.saved_views v LEFT JOIN stackql_app.default_views d"
                    " ON d.view_id = v.id AND d.user_name = :user ORDER BY lower(v.name), v.id LIMIT :most"
                ),
                {"user": user.name, "most": MOST_LISTED},
            ).all()
        return [
            SavedView(
                row.id, row.name, row.filter, row.user_name, row.is_default, _may_delete(user, row.user_name)
            )
            for row in rows
        ]

    def read_default(self) -> SavedView | None:
        """The view that the person begins with; None where they chose none, or it was deleted."""
        return next((view for view in self.list_views() if view.is_default), None)

    def save_view(self, name: str, text: str) -> int:
        """Keep a text under a name; returns its id. Raises InvalidInput, NotAllowed, RoleUnknown."""
        user, name = require_person(WITHOUT_PERSON), " ".join(name.split())
        refuse_nul("name", name)
        refuse_nul("filter", text)
        if not name or len(name) > LONGEST_VIEW_NAME:
            raise InvalidInput(f"A view's name has 1 to {LONGEST_VIEW_NAME} characters.", field="name")
        if len(text) > LONGEST_FILTER:
            raise InvalidInput(f"A view's filter has {LONGEST_FILTER:,} characters at most.", field="filter")
        with self.transaction() as connection:
            # one after the other, so that nobody has more than is allowed
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('saved_views', 0))"))
            kept = connection.execute(
                sa.text("SELECT count(*) FROM stackql_app.saved_views WHERE user_name = :user"),
                {"user": user.name},
            ).scalar_one()
            if kept >= MOST_PER_PERSON:
                raise InvalidInput(
                    f"A person keeps {MOST_PER_PERSON} views at most.", hint="Delete one first."
                )
            made = connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.saved_views (name, filter, user_name) VALUES (:name, :filter, :user)"
                    " ON CONFLICT (lower(name)) DO NOTHING RETURNING id"
                ),
                {"name": name, "filter": text.strip(), "user": user.name},
            ).scalar_one_or_none()
        if made is None:
            raise InvalidInput(
                f"There is a view called “{name}” already.", field="name", hint="Choose another name."
            )
        return int(made)

    def delete_view(self, id: int) -> None:
        """Raises NotFound, NotAllowed, RoleUnknown. Whoever began with it begins with all resources."""
        user = require_person(WITHOUT_PERSON)
        with self.transaction() as connection:
            saved_by = connection.execute(
                sa.text("SELECT user_name FROM stackql_app.saved_views WHERE id = :id FOR UPDATE"), {"id": id}
            ).scalar_one_or_none()
            if saved_by is None:
                raise NotFound("The view is not there any more.", hint="Somebody may have deleted it.")
            if not _may_delete(user, saved_by):
                raise NotAllowed(f"The view is {saved_by}'s: they or an engineer may delete it.")
            connection.execute(sa.text("DELETE FROM stackql_app.saved_views WHERE id = :id"), {"id": id})

    def set_default(self, id: int | None) -> None:
        """What the person begins with; None for all resources. Raises NotFound, NotAllowed, RoleUnknown."""
        user = require_person(WITHOUT_PERSON)
        with self.transaction() as connection:
            connection.execute(
                sa.text("DELETE FROM stackql_app.default_views WHERE user_name = :user"), {"user": user.name}
            )
            if id is None:
                return
            set_ = connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.default_views (user_name, view_id)"
                    " SELECT :user, id FROM stackql_app.saved_views WHERE id = :id"
                    " ON CONFLICT (user_name) DO UPDATE SET view_id = excluded.view_id"
                ),
                {"user": user.name, "id": id},
            ).rowcount
            if not set_:
                raise NotFound("The view is not there any more.", hint="Somebody may have deleted it.")


def _may_delete(user: User, saved_by: str) -> bool:
    return bool(user.name) and (user.name == saved_by or user.role is Role.ENGINEER)
