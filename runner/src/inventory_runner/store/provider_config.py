"""Which secrets hold a provider's variables: read by the runner, written by the app (`services.db.providers`)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from inventory_runner.models import ProviderConfig
from inventory_runner.platform.database import translate_connection_errors


def read_provider_config(database: sa.Engine, providers: Sequence[str]) -> list[ProviderConfig]:
    """The mappings of these providers; raises DatabaseUnavailable."""
    with translate_connection_errors(), database.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT id, provider, env_var_name, secret_scope, secret_key, created_by, created_at"
                " FROM stackql_app.provider_config WHERE provider = ANY(:providers)"
                " ORDER BY provider, env_var_name"
            ),
            {"providers": list(providers)},
        ).mappings()
        return [ProviderConfig(**row) for row in rows]
