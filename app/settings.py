"""The app's settings: the services' and its own, in one typed object a process."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import Field

from inventory_runner import settings
from inventory_runner.errors import ConfigurationError
from inventory_runner.platform import database
from services.settings import Settings as ServiceSettings
from services.settings import split_by_commas


class Settings(ServiceSettings):
    """See `inventory_runner.settings.Settings`."""

    inventory_allowed_hosts: str = Field(
        default="", description="further host names that a self-hosted app answers to, separated by commas"
    )
    database_pool_size: int = Field(default=5, ge=1, le=50, description="connections a server process keeps")
    database_statement_timeout: int = Field(
        default=30,
        ge=1,
        le=3600,
        description="seconds that a statement of the app may take; of a run, an hour",
    )

    @cached_property
    def database(self) -> database.DatabaseTarget:
        """The database that the environment names; raises ConfigurationError."""
        return database.find_target(self)

    @property
    def in_databricks_app(self) -> bool:
        return bool(self.databricks_app_name)

    @property
    def allowed_hosts(self) -> set[str]:
        """Host names beside the loopback's, in lower case."""
        return set(split_by_commas(self.inventory_allowed_hosts.lower()))

    @property
    def environment_label(self) -> str:
        """What the top bar says: where the data comes from."""
        if self.sample:
            return "Sample cloud"
        return self.databricks_host.removeprefix("https://").rstrip("/") or "Local"

    def check(self) -> None:
        """Refuse combinations that could show sample data, or take local credentials, in a real deployment."""
        if self.in_databricks_app and (self.sample or self.stackql_local_dev):
            name = "INVENTORY_ENGINE=sample" if self.sample else "STACKQL_LOCAL_DEV"
            raise ConfigurationError(
                f"{name} is for local development and is refused inside Databricks Apps."
            )
        if self.sample and not self.database.embedded:
            raise ConfigurationError(
                "The sample cloud fills only the embedded database.",
                hint="Start it with scripts/dev.py run, or choose INVENTORY_ENGINE=stackql.",
            )


def read_settings(**given: Any) -> Settings:
    """The environment's settings, with `given` before it; raises ConfigurationError, naming the variable."""
    return settings.read_as(Settings, **given)
