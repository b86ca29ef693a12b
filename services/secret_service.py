"""Provider credentials: which secrets hold them, whether they exist, what depends on them, and whether they work.

Names are listed, values are not: a value is read only by `resolve_for` and `resolve_model_key`, for one call.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import sqlalchemy as sa

from inventory_runner import secrets
from inventory_runner.engines.base import CancelToken, Engine
from inventory_runner.errors import InvalidInput, InventoryError, NotFound
from inventory_runner.models import ProviderConfig, Schedule
from inventory_runner.presets import PRESETS
from inventory_runner.workspace import Workspace, WorkspaceError, in_words
from services.db import DatabaseService
from services.users import current_user, engineers_only

DEFAULT_SCOPE = "stackql-inventory"
MODEL_KEY = "anthropic-api-key"
TEST_SECONDS = 45.0

T = TypeVar("T")

PROVIDER = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}", re.ASCII)
SECRET_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,128}", re.ASCII)
# variables that steer a process rather than sign in to a provider
RESERVED = re.compile(
    r"PATH|HOME|SHELL|USER|TMPDIR|IFS|ENV|LANG|TZ|LD_.*|DYLD_.*|PYTHON.*|BASH_.*|PG[A-Z]+|LAKEBASE_.*|INVENTORY_.*"
    r"|(HTTPS?|ALL|NO)_PROXY|SSL_.*|REQUESTS_.*|CURL_.*|GODEBUG|GO[A-Z]*|DATABASE_URL|ANTHROPIC_.*|JOB_.*|GIT_.*"
    r"|STACKQL_(BINARY|LOCAL_DEV|REGISTRY.*)|DATABRICKS_(HOST|TOKEN|APP_.*|RUNTIME_VERSION|WORKSPACE_ID|CONFIG_.*)"
    r"|SECRET_SCOPES|ENGINEER_GROUP"
)


@dataclass(frozen=True)
class ProviderOverview:
    """A provider's credentials as the page shows them; names only.

    missing: required variables without a secret. in_environment: local development's variables that are set.
    """

    provider: str
    configs: tuple[ProviderConfig, ...] = ()
    missing: tuple[str, ...] = ()
    in_environment: tuple[str, ...] = ()
    testable: bool = False

    @property
    def usable(self) -> bool:
        return bool(self.configs or self.in_environment) and not self.missing


@dataclass(frozen=True)
class TestOutcome:
    """What a test of a provider's credentials found, in words."""

    ok: bool
    title: str
    message: str
    details: str = ""


class SecretService:
    """environ: the app's settings for secrets (SECRET_SCOPES, STACKQL_LOCAL_DEV); engine: runs the tests."""

    def __init__(
        self,
        db: DatabaseService,
        engine: Callable[[], Engine],
        environ: Mapping[str, str] = os.environ,
        workspace: Workspace | None = None,
    ) -> None:
        self._db = db
        self._engine = engine
        self._environ = environ
        self._workspace = workspace or Workspace(environ)

    @property
    def database(self) -> sa.Engine:
        return self._db.engine

    @property
    def local_dev(self) -> bool:
        """True where credentials come from the environment of local development."""
        return secrets.local_dev(self._environ)

    @property
    def workspace_configured(self) -> bool:
        return self._workspace.configured

    @property
    def allowed_scopes(self) -> tuple[str, ...]:
        """The scopes that the operator opened to the app: SECRET_SCOPES, separated by commas."""
        named = [name.strip() for name in self._environ.get("SECRET_SCOPES", "").split(",") if name.strip()]
        return tuple(dict.fromkeys(named or [DEFAULT_SCOPE]))

    @engineers_only
    def list_scopes(self) -> list[str]:
        """The allowed scopes that exist; raises WorkspaceError and ConfigurationError."""
        doing = "listing the secret scopes"
        found = self._ask(lambda client: {scope.name for scope in client.secrets.list_scopes()}, doing)
        return [name for name in self.allowed_scopes if name in found]

    @engineers_only
    def list_keys(self, scope: str) -> list[str]:
        """The keys of an allowed scope, the model's own left out; raises InvalidInput, NotFound, WorkspaceError."""
        return [key for key in self._keys(scope) if key != MODEL_KEY]

    @engineers_only
    def exists(self, scope: str, key: str) -> bool:
        """Whether the secret is there, without reading it; a scope that does not exist has no secrets."""
        try:
            return key in self._keys(scope)
        except NotFound:
            return False

    @engineers_only
    def add(self, config: ProviderConfig) -> None:
        """Save a mapping whose secret exists; raises InvalidInput (with its field) and WorkspaceError."""
        config = replace(
            config,
            provider=config.provider.strip().lower(),
            env_var_name=config.env_var_name.strip(),
            secret_scope=config.secret_scope.strip(),
            secret_key=config.secret_key.strip(),
            created_by=current_user().name,
        )
        self.check(config)
        if not self.exists(config.secret_scope, config.secret_key):
            raise InvalidInput(
                f"There is no secret {config.secret_key!r} in the scope {config.secret_scope!r}.",
                field="secret_key",
                hint=f"Create it first: databricks secrets put-secret {config.secret_scope} {config.secret_key}.",
            )
        self._db.save_provider_config(config)

    def check(self, config: ProviderConfig) -> None:
        """Whether the names of a mapping may be used; raises InvalidInput with the field."""
        if config.provider == "databricks":
            raise InvalidInput(
                "StackQL has no provider named databricks.",
                field="provider",
                hint="Choose databricks_workspace or databricks_account.",
            )
        if not PROVIDER.fullmatch(config.provider):
            raise InvalidInput(
                f"{config.provider[:70]!r} is not a provider's name.",
                field="provider",
                hint="Use StackQL's name: lower-case letters, digits and underscores, as in aws.",
            )
        if not VARIABLE.fullmatch(config.env_var_name):
            raise InvalidInput(
                f"{config.env_var_name[:110]!r} is not a variable's name.",
                field="env_var_name",
                hint="Use capital letters, digits and underscores, as in AWS_ACCESS_KEY_ID.",
            )
        if RESERVED.fullmatch(config.env_var_name):
            raise InvalidInput(
                f"{config.env_var_name} steers the program itself and holds no provider's credentials.",
                field="env_var_name",
                hint="Use a variable that the provider reads.",
            )
        for field, value in (("secret_scope", config.secret_scope), ("secret_key", config.secret_key)):
            if not SECRET_NAME.fullmatch(value):
                raise InvalidInput(
                    f"{value[:130]!r} is not the name of a secret {'scope' if field == 'secret_scope' else 'key'}.",
                    field=field,
                    hint="Letters, digits, dots, dashes, underscores and @, at most 128.",
                )
        self._check_scope(config.secret_scope)
        if config.secret_key == MODEL_KEY:
            raise InvalidInput(
                f"{MODEL_KEY} is the assistant's key, which is never given to a provider.", field="secret_key"
            )

    @engineers_only
    def remove(self, id: int) -> None:
        """Remove a mapping, not its secret; raises NotFound."""
        self._db.delete_provider_config(id)

    @engineers_only
    def overview(self) -> list[ProviderOverview]:
        """Every provider that has credentials, by name; in local development those that the environment has too."""
        by_provider: dict[str, list[ProviderConfig]] = {}
        for config in self._db.get_provider_config():
            by_provider.setdefault(config.provider, []).append(config)
        in_environment: dict[str, tuple[str, ...]] = {}
        if self.local_dev:
            for provider in {*PRESETS, *by_provider}:
                found = secrets.local_variables([provider], by_provider.get(provider, []), self._environ)
                if found:
                    in_environment[provider] = tuple(found)
        overviews = []
        for provider in sorted({*by_provider, *in_environment}):
            preset = PRESETS.get(provider)
            configs = tuple(by_provider.get(provider, []))
            names = in_environment.get(provider, ()) if self.local_dev else [c.env_var_name for c in configs]
            overviews.append(
                ProviderOverview(
                    provider,
                    configs,
                    tuple(name for name in preset.required if name not in names) if preset else (),
                    in_environment.get(provider, ()),
                    bool(preset and preset.test),
                )
            )
        return overviews

    @engineers_only
    def providers_with_credentials(self) -> list[str]:
        """The providers that a query can sign in to, by name."""
        return [overview.provider for overview in self.overview() if overview.usable]

    @engineers_only
    def dependents(self, provider: str) -> list[Schedule]:
        """The schedules whose query reads the provider: what stops working without its credentials."""
        reading = {
            query.id
            for query in self._db.get_queries()
            if query.provider == provider or provider in _providers_of(query.query_text)
        }
        return [schedule for schedule in self._db.get_schedules() if schedule.query_id in reading]

    @engineers_only
    def resolve_for(self, providers: Sequence[str]) -> dict[str, str]:
        """The providers' variables and their values, for one child process; raises SecretError."""
        if not self.local_dev:
            for config in self._db.get_provider_config():
                if config.provider in providers:
                    self._check_scope(config.secret_scope)
        return secrets.for_providers(self.database, providers, self._environ, self._workspace)

    @engineers_only
    def model_key_exists(self) -> bool:
        """Whether the assistant has a key; raises WorkspaceError where that cannot be found out."""
        if self.local_dev:
            return bool(self._environ.get("ANTHROPIC_API_KEY"))
        if not self._workspace.configured:
            return False
        try:
            return MODEL_KEY in self._keys(DEFAULT_SCOPE, check=False)
        except NotFound:
            return False

    @engineers_only
    def resolve_model_key(self) -> str:
        """The assistant's key, for one call; raises SecretError."""
        if self.local_dev:
            return self._environ.get("ANTHROPIC_API_KEY", "")
        return secrets.read_secret(self._workspace, DEFAULT_SCOPE, MODEL_KEY)

    @engineers_only
    def test_parameters(self, provider: str) -> dict[str, str]:
        """The parameters that a provider's test asks for, with an example or a value to begin with."""
        from inventory_runner import parameters

        preset = PRESETS.get(provider)
        return (
            {name: preset.examples.get(name, "") for name in parameters.names(preset.test)} if preset else {}
        )

    @engineers_only
    def test_statement(self, provider: str, values: Mapping[str, str] | None = None) -> str:
        """The provider's cheap query with its parameters bound, or nothing where none is known."""
        from inventory_runner import parameters

        preset = PRESETS.get(provider)
        if preset is None or not preset.test:
            return ""
        given = {name: (values or {}).get(name, "").strip() for name in parameters.names(preset.test)}
        for name, value in given.items():
            if not value:
                raise InvalidInput(f"The test of {provider} needs a {name}.", field=name, hint="Fill it in.")
        return parameters.bind(preset.test, given)

    @engineers_only
    def test(
        self, provider: str, values: Mapping[str, str] | None = None, cancel: CancelToken | None = None
    ) -> TestOutcome:
        """Ask the provider one small thing with its own credentials, and say in words how that went."""
        statement = self.test_statement(provider, values)
        if not statement:
            return TestOutcome(
                False,
                "No test for this provider",
                f"No cheap query is known for {provider}: run one in the IDE.",
            )
        try:
            credentials = self.resolve_for([provider])
            result = self._engine().execute(
                statement,
                credentials=credentials,
                timeout=TEST_SECONDS,
                cancel=cancel or CancelToken(),
                row_limit=1,
            )
        except InventoryError as error:
            return TestOutcome(False, error.title, f"{error.message} {error.hint}".strip(), error.details)
        rows = "answered" if result.table.num_rows else "answered, and has nothing to show for it yet"
        return TestOutcome(True, f"{provider} works", f"It accepted the credentials and {rows}: {statement}")

    def _keys(self, scope: str, *, check: bool = True) -> list[str]:
        from databricks.sdk.errors import NotFound as Missing

        if check:
            self._check_scope(scope)
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
            raise in_words(error, f"listing the keys of the scope {scope!r}") from error

    def _ask(self, work: Callable[..., T], doing: str) -> T:
        try:
            return self._workspace.call(work, doing)
        except Exception as error:
            raise in_words(error, doing) from error

    def _check_scope(self, scope: str) -> None:
        if scope not in self.allowed_scopes:
            raise InvalidInput(
                f"The scope {scope!r} is not one that this app may use.",
                field="secret_scope",
                hint=f"Allowed: {', '.join(self.allowed_scopes)}. An operator can add it to SECRET_SCOPES.",
            )


def _providers_of(sql: str) -> Sequence[str]:
    from inventory_runner import preflight

    try:
        return preflight.providers(sql)
    except InventoryError:
        return ()


__all__ = ["DEFAULT_SCOPE", "MODEL_KEY", "ProviderOverview", "SecretService", "TestOutcome", "WorkspaceError"]
