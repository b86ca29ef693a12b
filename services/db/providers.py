"""Which secrets hold the providers' credentials: `stackql_app.provider_config`. No value is ever in here.

Optimistic lock: a mapping is never changed. One that replaces another is a row of its own, so that its id is its
version, and whoever deletes or replaces a mapping names the one that was seen.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from inventory_runner.errors import Difference, NotFound, VersionConflict
from inventory_runner.models import ProviderConfig
from services.db.base import Records
from services.users import current_user, limit_to_engineers

COLUMNS = "id, provider, env_var_name, secret_scope, secret_key, created_by, created_at"


class ProviderRecords(Records):
    """Reads and writes the mappings; what they may hold is checked by `services.secret_service`."""

    @limit_to_engineers
    def get_provider_config(self) -> list[ProviderConfig]:
        """All mappings, by provider and variable."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(f"SELECT {COLUMNS} FROM stackql_app.provider_config ORDER BY provider, env_var_name")  # noqa: S608
            ).mappings()
            return [ProviderConfig(**{**row, "created_by": row["created_by"] or ""}) for row in rows]

    @limit_to_engineers
    def save_provider_config(self, *configs: ProviderConfig, replaces: Collection[int] = ()) -> None:
        """Insert mappings, all or none; one that is there already, with the same secret, is saved already.

        replaces: the ids of the mappings that these may take the place of. Raises VersionConflict where a provider's
        variable has another secret.
        """
        with self.transaction() as connection:
            others = [one for config in configs if (one := _save(connection, config, replaces)) is not None]
            if others:
                newest = max((theirs for _, theirs in others), key=lambda one: one.id)
                names = ", ".join(config.env_var_name for config, _ in others)
                raise VersionConflict(
                    f"The secret of {names} for {newest.provider}",
                    [theirs.id for _, theirs in others],
                    [
                        # as everywhere, a stored key is not shown
                        Difference(
                            config.env_var_name,
                            f"the key {config.secret_key} in {config.secret_scope}",
                            f"another secret, in {theirs.secret_scope}",
                        )
                        for config, theirs in others
                    ],
                    saved_by=newest.created_by or "",
                    saved_at=newest.created_at,
                )

    @limit_to_engineers
    def delete_provider_config(self, id: int) -> None:
        """Remove a mapping; the secret itself stays. Raises NotFound."""
        with self.transaction() as connection:
            removed = connection.execute(
                sa.text("DELETE FROM stackql_app.provider_config WHERE id = :id RETURNING id"), {"id": id}
            ).scalar_one_or_none()
        if removed is None:
            raise NotFound("This credential was removed already.")


def _save(
    connection: sa.Connection, config: ProviderConfig, replaces: Collection[int]
) -> tuple[ProviderConfig, sa.Row[Any]] | None:
    """Insert a mapping; returns it with the row that stands in its way, where one does."""
    values = {
        "provider": config.provider,
        "env_var_name": config.env_var_name,
        "secret_scope": config.secret_scope,
        "secret_key": config.secret_key,
        "created_by": config.created_by or current_user().name,
        "replaces": list(replaces),
    }
    of_variable = " WHERE provider = :provider AND env_var_name = :env_var_name"
    connection.execute(
        sa.text(f"DELETE FROM stackql_app.provider_config{of_variable} AND id = ANY(:replaces)"),  # noqa: S608
        values,
    )
    saved = connection.execute(
        sa.text(
            "INSERT INTO stackql_app.provider_config"
            " (provider, env_var_name, secret_scope, secret_key, created_by)"
            " VALUES (:provider, :env_var_name, :secret_scope, :secret_key, :created_by)"
            " ON CONFLICT (provider, env_var_name) DO NOTHING RETURNING id"
        ),
        values,
    ).scalar_one_or_none()
    if saved is not None:
        return None
    # locked, so that nobody removes it before it is told
    theirs = connection.execute(
        sa.text(f"SELECT {COLUMNS} FROM stackql_app.provider_config{of_variable} FOR SHARE"),  # noqa: S608
        values,
    ).one_or_none()
    if theirs is None:
        # removed between the two statements: the variable is free now
        return _save(connection, config, replaces)
    same = (theirs.secret_scope, theirs.secret_key) == (config.secret_scope, config.secret_key)
    return None if same else (config, theirs)
