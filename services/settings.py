"""What the services are told by their environment: the runner's settings and their own."""

from __future__ import annotations

from pydantic import Field

from inventory_runner import settings

DEFAULT_SCOPE = "stackql-inventory"


def split_by_commas(text: str) -> tuple[str, ...]:
    """The names in a list that is separated by commas, each once."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


class Settings(settings.Settings):
    """See `inventory_runner.settings.Settings`."""

    inventory_schemas: str = Field(
        default="", description="further schemas that schedules may write to, separated by commas"
    )
    inventory_query_timeout: int = Field(
        default=600, ge=1, le=999_999, description="seconds for a query of the IDE's"
    )
    inventory_queries_per_user: int = Field(
        default=3, ge=1, le=999_999, description="a person's queries at once"
    )
    inventory_queries_at_once: int = Field(
        default=8, ge=1, le=999_999, description="everyone's queries at once"
    )
    inventory_reader_url: str = Field(
        default="",
        repr=False,
        description="a database URL of a login that reads stackql_inventory alone, for the IDE's queries of the"
        " inventory; without it the app's login takes the role inventory_reader for them",
    )
    inventory_history_days: int = Field(
        default=365, ge=1, le=36_500, description="days for which the IDE keeps what a person ran"
    )
    inventory_answers_per_user: int = Field(
        default=3, ge=1, le=999_999, description="answers of the assistant that a person has at once"
    )
    secret_scopes: str = Field(
        default=DEFAULT_SCOPE,
        description="secret scopes that providers' credentials may come from, separated by commas; the assistant's key"
        " is in `stackql-inventory`, or in the first where that is none of them",
    )
    job_template_id: str = Field(default="", description="the job that every schedule's job is made from")
    job_database_user: str = Field(
        default="",
        description="the database role of the jobs' principal, where it is not the principal's own name",
    )
    engineer_group: str = Field(
        default="", description="the workspace group of engineers; without it everyone is one"
    )
    inventory_catalog: str = Field(
        default="stackql_inventory_catalog",
        description="the Unity Catalog catalog that the inventory is registered as, for the SQL that pages suggest",
    )
    anthropic_model: str = Field(default="claude-sonnet-5-5", description="the assistant's model")

    @property
    def schemas(self) -> tuple[str, ...]:
        """The schemas that inventory tables may be written to beside stackql_inventory."""
        return split_by_commas(self.inventory_schemas)

    @property
    def allowed_scopes(self) -> tuple[str, ...]:
        """The secret scopes that the operator opened to the app."""
        return split_by_commas(self.secret_scopes) or (DEFAULT_SCOPE,)

    @property
    def model_key_scope(self) -> str:
        """The secret scope of the assistant's key: stackql-inventory where the operator opened it, else their first."""
        return DEFAULT_SCOPE if DEFAULT_SCOPE in self.allowed_scopes else self.allowed_scopes[0]

    @property
    def installation(self) -> str:
        """Which installation owns the jobs: two apps in one workspace never touch each other's."""
        return self.databricks_app_name or "stackql-inventory-local"
