"""Provider credentials: which secrets hold them, whether they exist, what depends on them, and whether they work.

Names are listed, values are not: a value is read only by `resolve_for` and `resolve_model_key`, for one call.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, InventoryError, NotFound
from inventory_runner.models import ProviderConfig, Schedule
from inventory_runner.platform import secrets
from inventory_runner.platform.presets import PRESETS
from inventory_runner.platform.workspace import Workspace, WorkspaceError, translate_error
from services.db.providers import ProviderRecords
from services.db.queries import QueryRecords
from services.db.schedules import ScheduleRecords
from services.secret_service import rules as credential_rules
from services.secret_service.rules import MODEL_KEY
from services.settings import Settings
from services.users import current_user, limit_to_engineers

T = TypeVar("T")


@dataclass(frozen=True)
class ProviderOverview:
    """A provider's credentials as the page shows them; names only.

    missing: required variables without a value, there where queries take them from (`SecretService.from_environment`).
    in_environment: local development's variables that are set.
    """

    provider: str
    configs: tuple[ProviderConfig, ...] = ()
    missing: tuple[str, ...] = ()
    in_environment: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return bool(self.configs or self.in_environment) and not self.missing

    @property
    def known(self) -> bool:
        """Whether it is known which variables the provider needs."""
        return self.provider in PRESETS


class SecretService:
    """environ: what credentials come from in local development.

    With the sample cloud, whose queries need no credentials, and no workspace, made-up names stand in for the lists.
    """

    def __init__(
        self,
        providers: ProviderRecords,
        queries: QueryRecords,
        schedules: ScheduleRecords,
        settings: Settings,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._providers = providers
        self._queries = queries
        self._schedules = schedules
        self._settings = settings
        self._environ = environ
        self._workspace = Workspace(settings)

    @property
    def database(self) -> sa.Engine:
        return self._providers.engine

    @property
    def from_environment(self) -> bool:
        """True where queries take credentials from the environment of local development, and from no mapping."""
        return self._settings.local_dev and not self.sample

    @property
    def sample(self) -> bool:
        """True with the sample cloud, whose queries need no credentials."""
        return self._settings.sample

    @property
    def made_up(self) -> bool:
        """True where the names of secrets are made up, because there is no workspace to ask."""
        return self.sample and not self._workspace.configured

    @property
    def workspace_configured(self) -> bool:
        return self._workspace.configured

    @property
    def allowed_scopes(self) -> tuple[str, ...]:
        """The scopes that the operator opened to the app."""
        return self._settings.allowed_scopes

    @limit_to_engineers
    def list_scopes(self) -> list[str]:
        """The allowed scopes that exist; raises WorkspaceError and ConfigurationError."""
        if self.made_up:
            return list(self.allowed_scopes)
        doing = "listing the secret scopes"
        found = self._ask(lambda client: {scope.name for scope in client.secrets.list_scopes()}, doing)
        return [name for name in self.allowed_scopes if name in found]

    @limit_to_engineers
    def list_keys(self, scope: str) -> list[str]:
        """The keys of an allowed scope, the model's own left out; raises InvalidInput, NotFound, WorkspaceError."""
        return [key for key in self._list_keys(scope) if key != MODEL_KEY]

    @limit_to_engineers
    def exists(self, scope: str, key: str) -> bool:
        """Whether the secret is there, without reading it; a scope that does not exist has no secrets."""
        try:
            return key in self._list_keys(scope)
        except NotFound:
            return False

    @limit_to_engineers
    def add(self, configs: Sequence[ProviderConfig], replaces: Collection[int] = ()) -> None:
        """Save mappings whose secrets all exist, or none.

        replaces: the ids of mappings that they may take the place of. Raises InvalidInput (with its field),
        WorkspaceError, and VersionConflict where a variable has another secret.
        """
        tidy = [
            replace(
                config,
                provider=config.provider.strip().lower(),
                env_var_name=config.env_var_name.strip(),
                secret_scope=config.secret_scope.strip(),
                secret_key=config.secret_key.strip(),
                created_by=current_user().name,
            )
            for config in configs
        ]
        for config in tidy:
            credential_rules.check(config)
            self._check_scope(config.secret_scope)
        for config in tidy:
            if not self.exists(config.secret_scope, config.secret_key):
                raise InvalidInput(
                    f"There is no secret {config.secret_key!r} in the scope {config.secret_scope!r}.",
                    field="secret_key",
                    hint=f"Create it first: databricks secrets put-secret {config.secret_scope} {config.secret_key}.",
                )
        self._providers.save_provider_config(*tidy, replaces=replaces)

    @limit_to_engineers
    def remove(self, id: int) -> None:
        """Remove a mapping, not its secret; raises NotFound."""
        self._providers.delete_provider_config(id)

    @limit_to_engineers
    def overview(self) -> list[ProviderOverview]:
        """Every provider that has credentials, by name; where the environment counts, those that it has too."""
        by_provider: dict[str, list[ProviderConfig]] = {}
        for config in self._providers.get_provider_config():
            by_provider.setdefault(config.provider, []).append(config)
        in_environment: dict[str, tuple[str, ...]] = {}
        if self.from_environment:
            for provider in {*PRESETS, *by_provider}:
                found = secrets.read_local_variables([provider], by_provider.get(provider, []), self._environ)
                if found:
                    in_environment[provider] = tuple(found)
        overviews = []
        for provider in sorted({*by_provider, *in_environment}):
            preset = PRESETS.get(provider)
            configs = tuple(by_provider.get(provider, []))
            mapped = tuple(config.env_var_name for config in configs)
            names = in_environment.get(provider, ()) if self.from_environment else mapped
            overviews.append(
                ProviderOverview(
                    provider,
                    configs,
                    tuple(name for name in preset.required if name not in names) if preset else (),
                    in_environment.get(provider, ()),
                )
            )
        return overviews

    @limit_to_engineers
    def list_providers_with_credentials(self) -> list[str]:
        """The providers that a query can sign in to, by name."""
        return [overview.provider for overview in self.overview() if overview.usable]

    @limit_to_engineers
    def list_dependents(self, provider: str) -> list[Schedule]:
        """The schedules whose query reads the provider: what stops working without its credentials."""
        reading = {
            query.id
            for query in self._queries.get_queries()
            if query.provider == provider or provider in _list_providers(query.query_text)
        }
        return [schedule for schedule in self._schedules.get_schedules() if schedule.query_id in reading]

    @limit_to_engineers
    def resolve_for(self, providers: Sequence[str]) -> dict[str, str]:
        """The providers' variables and their values, for one child process; raises SecretError."""
        if self.sample:
            return {}
        if not self.from_environment:
            for config in self._providers.get_provider_config():
                if config.provider in providers:
                    self._check_scope(config.secret_scope)
        return secrets.read_credentials(
            self.database, providers, self._settings, self._workspace, self._environ
        )

    @limit_to_engineers
    def model_key_exists(self) -> bool:
        """Whether the assistant has a key; raises WorkspaceError where that cannot be found out."""
        if self._read_own_model_key():
            return True
        if self._settings.local_dev or not self._workspace.configured:
            return False
        try:
            return MODEL_KEY in self._list_keys(self._settings.model_key_scope)
        except NotFound:
            return False

    @limit_to_engineers
    def resolve_model_key(self) -> str:
        """The assistant's key, for one call, empty where none is set; raises SecretError."""
        if (own := self._read_own_model_key()) or self._settings.local_dev or not self._workspace.configured:
            return own
        return secrets.read_secret(self._workspace, self._settings.model_key_scope, MODEL_KEY)

    def _read_own_model_key(self) -> str:
        """A developer's own, whose providers' credentials may still be the workspace's; never on Databricks."""
        return "" if self._settings.on_databricks else self._environ.get("ANTHROPIC_API_KEY", "")

    def _list_keys(self, scope: str) -> list[str]:
        from databricks.sdk.errors import NotFound as Missing

        self._check_scope(scope)
        if self.made_up:
            return sorted(
                {name.lower().replace("_", "-") for one in PRESETS.values() for name in one.variables}
            )
        try:
            return sorted(
                str(secret.key)
                for secret in self._workspace.call(
                    lambda client: list(client.secrets.list_secrets(scope)),
                    f"listing the keys of the scope {scope!r}",
                )
            )
        except Missing:
            raise NotFound(
                f"There is no secret scope {scope!r}.",
                hint=f"Create it: databricks secrets create-scope {scope}.",
            ) from None
        except Exception as error:
            raise translate_error(error, f"listing the keys of the scope {scope!r}") from error

    def _ask(self, work: Callable[..., T], doing: str) -> T:
        try:
            return self._workspace.call(work, doing)
        except Exception as error:
            raise translate_error(error, doing) from error

    def _check_scope(self, scope: str) -> None:
        if scope not in self.allowed_scopes:
            raise InvalidInput(
                f"The scope {scope!r} is not one that this app may use.",
                field="secret_scope",
                hint=f"Allowed: {', '.join(self.allowed_scopes)}. An operator can add it to SECRET_SCOPES.",
            )


def _list_providers(sql: str) -> Sequence[str]:
    from inventory_runner.sql.statement import read

    try:
        return read(sql).providers
    except InventoryError:
        return ()


__all__ = ["MODEL_KEY", "ProviderOverview", "SecretService", "WorkspaceError"]
