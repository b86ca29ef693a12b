"""Charts that people pinned to a table's page, for everybody: `stackql_app.pinned_charts`."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, NotAllowed, NotFound
from services.db.base import Records, refuse_nul
from services.models.inventory import ChartChoice, PinnedChart, TableRef
from services.models.limits import LONGEST_SEARCH
from services.users import Role, User, current_user, require_person

# what one looks over at once
MOST_PER_TABLE = 12
WITHOUT_PERSON = "a chart would be nobody's"


class PinnedChartRecords(Records):
    """Reads and writes the pins. Who is signed in pins; one's own, and for engineers every one, can be removed."""

    def list_pinned(self, ref: TableRef) -> list[PinnedChart]:
        """The table's pinned charts, the first that was pinned first; one may name a column that has gone."""
        user = current_user()
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT id, choice, user_name FROM stackql_app.pinned_charts"
                    " WHERE target_schema = :schema AND target_table = :name ORDER BY id LIMIT :most"
                ),
                {"schema": ref.schema, "name": ref.name, "most": MOST_PER_TABLE},
            ).all()
        return [
            PinnedChart(row.id, _read_choice(row.choice), row.user_name, _may_remove(user, row.user_name))
            for row in rows
        ]

    def pin(self, ref: TableRef, choice: ChartChoice) -> None:
        """Keep the chart on the table's page; one that is there already stays as it is.

        Raises InvalidInput, NotFound, NotAllowed, RoleUnknown.
        """
        user = require_person(WITHOUT_PERSON)
        values = asdict(choice)
        for name, value in values.items():
            refuse_nul(name, value)
        if len(choice.filter) > LONGEST_SEARCH:
            raise InvalidInput(f"A filter has {LONGEST_SEARCH} characters at most.", field="filter")
        of = {"schema": ref.schema, "name": ref.name}
        with self.transaction() as connection:
            # one after the other, so that no table has more than is allowed
            known = connection.execute(
                sa.text(
                    "SELECT FROM stackql_app.inventory_tables"
                    " WHERE target_schema = :schema AND target_table = :name FOR NO KEY UPDATE"
                ),
                of,
            ).one_or_none()
            if known is None:
                raise NotFound(f"There is no inventory table {ref.label} with data.")
            kept = connection.execute(
                sa.text(
                    "SELECT count(*) FROM stackql_app.pinned_charts"
                    " WHERE target_schema = :schema AND target_table = :name"
                ),
                of,
            ).scalar_one()
            if kept >= MOST_PER_TABLE:
                raise InvalidInput(
                    f"A table's page keeps {MOST_PER_TABLE} charts at most.", hint="Remove one first."
                )
            connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.pinned_charts (target_schema, target_table, choice, user_name)"
                    " VALUES (:schema, :name, CAST(:choice AS jsonb), :user) ON CONFLICT DO NOTHING"
                ),
                {**of, "choice": json.dumps(values), "user": user.name},
            )

    def unpin(self, id: int) -> None:
        """Raises NotFound, NotAllowed, RoleUnknown."""
        user = require_person(WITHOUT_PERSON)
        with self.transaction() as connection:
            pinned_by = connection.execute(
                sa.text("SELECT user_name FROM stackql_app.pinned_charts WHERE id = :id FOR UPDATE"),
                {"id": id},
            ).scalar_one_or_none()
            if pinned_by is None:
                raise NotFound("The chart is not pinned any more.", hint="Somebody may have removed it.")
            if not _may_remove(user, pinned_by):
                raise NotAllowed(f"The chart was pinned by {pinned_by}: they or an engineer may remove it.")
            connection.execute(sa.text("DELETE FROM stackql_app.pinned_charts WHERE id = :id"), {"id": id})


def _read_choice(kept: dict[str, Any]) -> ChartChoice:
    names = {one.name for one in fields(ChartChoice)}
    return ChartChoice(**{name: str(value) for name, value in kept.items() if name in names})


def _may_remove(user: User, pinned_by: str) -> bool:
    return bool(user.name) and (user.name == pinned_by or user.role is Role.ENGINEER)
