"""The settings of a process: environment variables, typed, read once at its door and handed down.

Each field is the variable of the same name in upper case. The app's settings are these and more
(`services.settings`, `app.settings`). Providers' credentials are no settings: they are resolved at the last moment
(`platform.secrets`). README's table is made from the descriptions (`scripts/settings_table.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import dotenv
from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

import inventory_runner
from inventory_runner.errors import ConfigurationError
from inventory_runner.runs.limits import Limits

NEVER = "never"
# STACKQL_REGISTRY_SHA256 of a deployment that has no archive of the registry
PUBLIC_REGISTRY = "public"


def _switch(value: object) -> object:
    """`never` is a way to say no."""
    return False if isinstance(value, str) and value.strip().lower() == NEVER else value


Seconds = Annotated[float, Field(gt=0, lt=1e7)]
Switch = Annotated[bool, BeforeValidator(_switch)]


def load_dotenv() -> None:
    """Read the checkout's `.env` into the environment; what is set already stays. An installed wheel has none."""
    source = Path(inventory_runner.__file__).parents[1]
    if (source.parent.name, source.name) == ("runner", "src"):
        dotenv.load_dotenv(source.parents[1] / ".env")


class Settings(BaseSettings):
    """What the runner is told by its environment. Unset and empty variables have the defaults."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, env_ignore_empty=True, str_strip_whitespace=True
    )

    database_url: str = Field(
        default="", repr=False, description="which Postgres, as `postgresql://…`; before `LAKEBASE_…`"
    )
    lakebase_host: str = Field(
        default="", description="which Postgres, in parts; before the platform's `PG…`"
    )
    lakebase_port: int = Field(default=5432, ge=1, le=65535, description="its port")
    lakebase_database: str = Field(default="", description="its database")
    lakebase_user: str = Field(default="", description="its user")
    lakebase_password: str = Field(
        default="", repr=False, description="its password; with an endpoint there is none"
    )
    lakebase_endpoint: str = Field(
        default="", description="the project endpoint (or instance) that database tokens are asked for"
    )
    inventory_engine: Literal["stackql", "sample"] = Field(
        default="stackql", description="`stackql`, or `sample` (local only; what `dev.py run` chooses)"
    )
    inventory_data_dir: Path | None = Field(
        default=None,
        description="local files: the embedded database, results; by default a folder per checkout in the user's"
        " data directory",
    )
    inventory_concurrency: int = Field(
        default=Limits.concurrency, ge=1, le=1000, description="scopes of a run at once"
    )
    inventory_scope_timeout: Seconds = Field(
        default=Limits.scope_timeout, description="seconds for one attempt at one scope"
    )
    inventory_run_timeout: Seconds = Field(
        default=Limits.run_timeout, description="seconds for reading all scopes of a run"
    )
    inventory_attempts: int = Field(
        default=Limits.attempts, ge=1, le=1000, description="how often a throttled scope is tried"
    )
    inventory_run_days: int = Field(
        default=Limits.run_days,
        ge=1,
        le=36_500,
        description="days for which the record of a run is kept; longer where its table or its changes need it",
    )
    inventory_scheduler_parallel: int = Field(
        default=3, ge=1, le=64, description="runs that the local scheduler has at once"
    )
    stackql_pull: Switch = Field(
        default=True,
        description="`never`: provider documents are not fetched when a query first names a provider",
    )
    stackql_binary: str = Field(
        default="",
        description="the StackQL program, on a volume (`/Volumes/…`) too; else a pinned release is fetched, verified",
    )
    stackql_sha256: str = Field(
        default="", description="the program's hash: with it, the program is copied and verified"
    )
    stackql_registry: str = Field(
        default="",
        description="a local provider registry: a folder, which is used as it is, or an archive with its hash",
    )
    stackql_registry_sha256: str = Field(
        default="",
        description="the archive's hash; `public`: there is none, and StackQL's public registry is asked",
    )
    stackql_approot: Path = Field(default=Path("~/.stackql"), description="StackQL's own folder")
    stackql_memory_mb: int = Field(default=4096, ge=64, description="memory that one query may use, in MB")
    stackql_answer_mb: int = Field(
        default=1024, ge=1, description="what one query's answer may take on the disk, in MB"
    )
    stackql_local_dev: bool = Field(
        default=False, description="`true`: credentials from the environment; refused on Databricks"
    )

    # set by Databricks, not by an operator: not in README's table
    pghost: str = ""
    pgport: int = Field(default=5432, ge=1, le=65535)
    pgdatabase: str = ""
    pguser: str = ""
    pgpassword: str = Field(default="", repr=False)
    pgsslmode: str = ""
    databricks_host: str = ""
    databricks_config_profile: str = ""
    databricks_app_name: str = ""
    databricks_runtime_version: str = ""

    @property
    def on_databricks(self) -> bool:
        """True inside a Databricks App or on Databricks compute."""
        return bool(self.databricks_app_name or self.databricks_runtime_version)

    @property
    def own_registry(self) -> str:
        """The provider registry that is used instead of StackQL's public one; empty where that one is asked."""
        # a bundle can leave no variable of an app out, so one word stands for none
        return "" if self.stackql_registry_sha256.lower() == PUBLIC_REGISTRY else self.stackql_registry

    @property
    def sample(self) -> bool:
        """True with the sample cloud, whose queries need no credentials."""
        return self.inventory_engine == "sample"

    @property
    def local_dev(self) -> bool:
        """True where credentials come from the environment; raises ConfigurationError on Databricks."""
        if self.stackql_local_dev and self.on_databricks:
            raise ConfigurationError(
                "STACKQL_LOCAL_DEV is for local development and is refused on Databricks."
            )
        return self.stackql_local_dev

    @property
    def limits(self) -> Limits:
        """How much a run may do at once, and how long it may take."""
        return Limits(
            concurrency=self.inventory_concurrency,
            scope_timeout=self.inventory_scope_timeout,
            run_timeout=self.inventory_run_timeout,
            attempts=self.inventory_attempts,
            run_days=self.inventory_run_days,
        )


Kind = TypeVar("Kind", bound=Settings)


def read_as(kind: type[Kind], **given: Any) -> Kind:
    """The environment's settings, with `given` before it; raises ConfigurationError, naming the variable."""
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "A setting"
        raise ConfigurationError(
            f"{name} is {str(first['input'])[:40]!r}: {first['msg'].lower()}.",
            hint="Correct it in the environment or in .env, or unset it.",
        ) from None


def read(**given: Any) -> Settings:
    """The runner's settings alone; see `read_as`."""
    return read_as(Settings, **given)


def change_settings(settings: Kind, **given: Any) -> Kind:
    """The same settings with other values in some fields; raises ConfigurationError."""
    return read_as(type(settings), **{**settings.model_dump(), **given})
