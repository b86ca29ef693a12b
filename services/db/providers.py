"""Which secrets hold the providers' credentials: `stackql_app.provider_config`. No value is ever in here."""

from __future__ import annotations

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, NotFound
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
    def save_provider_config(self, *configs: ProviderConfig) -> None:
        """Insert mappings, all or none; raises InvalidInput where a provider's variable has one already."""
        with self.transaction() as connection:
            for config in configs:
                saved = connection.execute(
                    sa.text(
                        "INSERT INTO stackql_app.provider_config"
                        " (provider, env_var_name, secret_scope, secret_key, created_by)"
                        " VALUES (:provider, :env_var_name, :secret_scope, :secret_key, :created_by)"
                        " ON CONFLICT (provider, env_var_name) DO NOTHING RETURNING id"
                    ),
                    {
                        "provider": config.provider,
                        "env_var_name": config.env_var_name,
                        "secret_scope": config.secret_scope,
                        "secret_key": config.secret_key,
                        "created_by": config.created_by or current_user().name,
                    },
                ).scalar_one_or_none()
                if saved is None:
                    raise InvalidInput(
                        f"{config.provider} already has a secret for {config.env_var_name}.",
                        field="env_var_name",
                        hint="Delete that one first, or choose another variable.",
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
