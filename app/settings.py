"""The app's environment variables, typed, in one place. Locally a git-ignored `.env` is read as well."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal

import dotenv
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from inventory_runner.errors import ConfigurationError
from inventory_runner.platform import database


def load_dotenv() -> None:
    """Read `.env` beside the project into the environment; what is set already stays, Databricks has no such file."""
    dotenv.load_dotenv(Path(__file__).resolve().parent.parent / ".env")


def read_settings() -> Settings:
    """The environment's settings; raises ConfigurationError, which names the variable and what is wrong with it."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "A setting"
        raise ConfigurationError(
            f"{name} is {first['input']!r}: {first['msg'].lower()}.",
            hint="Correct it in the environment or in .env.",
        ) from None


class Settings(BaseSettings):
    """Each field is the environment variable of the same name in upper case."""

    model_config = SettingsConfigDict(extra="ignore")

    inventory_engine: Literal["sample", "stackql"] = "stackql"
    inventory_data_dir: Path | None = None
    stackql_local_dev: bool = False
    engineer_group: str = ""
    # further host names that a local or self-hosted app is reached by, separated by commas
    inventory_allowed_hosts: str = ""
    databricks_app_name: str = ""
    databricks_host: str = ""
    database_pool_size: int = Field(default=5, ge=1, le=50)

    @cached_property
    def database(self) -> database.DatabaseTarget:
        return database.target()

    @property
    def in_databricks_app(self) -> bool:
        return bool(self.databricks_app_name)

    @property
    def sample(self) -> bool:
        return self.inventory_engine == "sample"

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
