"""From a secret's scope and key to its value, at the last moment.

Values live in a dictionary that is handed to one child process and dropped; they are in no cache, log, error or
environment of ours. Three sources, one result:
- Databricks Secrets, through the SDK: the app, and jobs on serverless compute;
- variables of the environment that hold `{{secrets/scope/key}}`, which classic compute resolves by itself and
  serverless compute leaves as text;
- with STACKQL_LOCAL_DEV=true, the providers' variables of the environment: local development only.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import sqlalchemy as sa

from inventory_runner.errors import InventoryError
from inventory_runner.models import ProviderConfig
from inventory_runner.platform.presets import PRESETS
from inventory_runner.platform.workspace import Workspace, WorkspaceError, strip_remarks
from inventory_runner.settings import Settings
from inventory_runner.store.provider_config import read_provider_config

REFERENCE = re.compile(r"\{\{\s*secrets/(?P<scope>[^/{}\s]+)/(?P<key>[^/{}\s]+)\s*\}\}")

# given the providers that a query names, their variables
Resolver = Callable[[Sequence[str]], Mapping[str, str]]


class SecretError(InventoryError):
    """A secret gives no value; the subclasses say why. scope, key: which one. The value is never in it."""

    code = "secret_error"
    title = "A secret cannot be used"
    default_hint = "Check it on the Providers page."

    def __init__(
        self, message: str, scope: str, key: str, *, hint: str | None = None, details: str = ""
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.scope = scope
        self.key = key


class ScopeMissing(SecretError):
    """There is no such scope."""

    code = "secret_scope_missing"
    title = "The secret scope does not exist"


class KeyMissing(SecretError):
    """The scope has no such key."""

    code = "secret_key_missing"
    title = "The secret does not exist"


class SecretDenied(SecretError):
    """The scope's permissions do not let this principal read."""

    code = "secret_denied"
    title = "Reading a secret was denied"


class SecretUnusable(SecretError):
    """The value is empty, not text, or not what the platform promises."""

    code = "secret_unusable"
    title = "A secret's value cannot be used"


class SecretsUnreachable(SecretError):
    """The workspace did not answer, or refused for another reason."""

    code = "secrets_unreachable"
    title = "Secrets cannot be read now"


class ConflictingCredentials(InventoryError):
    """Two providers of one query set the same variable to different secrets."""

    code = "conflicting_credentials"
    title = "Two providers need different credentials under one name"
    default_hint = "Query them one at a time, or let both use the same secret."


def read_credentials(
    database: sa.Engine,
    providers: Iterable[str],
    settings: Settings,
    workspace: Workspace,
    environ: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """The variables of these providers, name → value; a provider without any adds none. Raises SecretError.

    environ: what credentials may come from in local development, and on a job; see the module's docstring.
    """
    wanted = sorted(set(providers))
    if not wanted:
        return {}
    configs = read_provider_config(database, wanted)
    if settings.local_dev:
        return read_local_variables(wanted, configs, environ)
    return resolve(configs, settings, workspace, environ)


def make_resolver(
    database: sa.Engine, settings: Settings, environ: Mapping[str, str] = os.environ
) -> Resolver:
    """`read_credentials` with one workspace client for a run's many scopes: what `run()` takes."""
    workspace = Workspace(settings)
    return lambda providers: read_credentials(database, providers, settings, workspace, environ)


def resolve(
    provider_configs: Iterable[ProviderConfig],
    settings: Settings,
    workspace: Workspace,
    environ: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Each mapping's variable and the value of its secret. Raises SecretError, ConflictingCredentials."""
    sources: dict[str, ProviderConfig] = {}
    for config in provider_configs:
        known = sources.setdefault(config.env_var_name, config)
        if (known.secret_scope, known.secret_key) != (config.secret_scope, config.secret_key):
            raise ConflictingCredentials(
                f"{known.provider} and {config.provider} set {config.env_var_name} to different secrets."
            )
    on_job = bool(settings.databricks_runtime_version) and not settings.databricks_app_name
    values: dict[str, str] = {}
    for name, config in sources.items():
        given = _read_job_environment(name, environ) if on_job else None
        if given is None:
            values[name] = read_secret(workspace, config.secret_scope, config.secret_key)
        elif reference := REFERENCE.fullmatch(given.strip()):
            values[name] = read_secret(workspace, reference["scope"], reference["key"])
        else:
            values[name] = given
    return values


def _read_job_environment(name: str, environ: Mapping[str, str]) -> str | None:
    """What a job's own environment gives for a variable: a reference, or the value that classic compute made of it.

    Never a DATABRICKS_ variable: those are the runner's own identity.
    """
    return None if name.startswith("DATABRICKS_") else environ.get(name) or None


def read_local_variables(
    providers: Iterable[str], configs: Iterable[ProviderConfig], environ: Mapping[str, str]
) -> dict[str, str]:
    """The providers' variables that the environment has: those known of the provider, and those configured for it."""
    names = {name for provider in providers for name in list_variables(provider)}
    names |= {config.env_var_name for config in configs}
    return {name: environ[name] for name in sorted(names) if environ.get(name)}


def list_variables(provider: str) -> tuple[str, ...]:
    """The names of the variables that a known provider reads."""
    preset = PRESETS.get(provider)
    return preset.variables if preset else ()


def read_secret(workspace: Workspace, scope: str, key: str) -> str:
    """A secret's text. Every failure names scope and key, and never holds the value."""
    from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied
    from databricks.sdk.errors.base import DatabricksError

    where = f"{key!r} of the scope {scope!r}"
    try:
        answer = workspace.call(
            lambda client: client.secrets.get_secret(scope, key), f"reading the secret {where}"
        )
    except NotFound as error:
        raise _make_missing_error(workspace, scope, key, strip_remarks(error)) from None
    except PermissionDenied as error:
        raise SecretDenied(
            f"The secret {where} may not be read by this app or job.",
            scope,
            key,
            hint=f"Grant its service principal READ on the scope: databricks secrets put-acl {scope} <principal> READ.",
            details=strip_remarks(error),
        ) from None
    except BadRequest as error:
        raise SecretUnusable(
            f"Databricks did not accept the request for the secret {where}.",
            scope,
            key,
            details=strip_remarks(error),
        ) from None
    except (DatabricksError, WorkspaceError) as error:
        words = (
            error.message if isinstance(error, WorkspaceError) else "The workspace answered with an error."
        )
        raise SecretsUnreachable(
            f"The secret {where} could not be read. {words}",
            scope,
            key,
            hint=getattr(error, "hint", "") or "Try again in a moment.",
            details=getattr(error, "details", "")
            if isinstance(error, WorkspaceError)
            else strip_remarks(error),
        ) from None
    return _decode_value(answer.value, scope, key)


def _make_missing_error(workspace: Workspace, scope: str, key: str, words: str) -> SecretError:
    """Which of the two does not exist: the same error covers both, so the scope is asked for its keys."""
    from databricks.sdk.errors import NotFound
    from databricks.sdk.errors.base import DatabricksError

    try:
        workspace.call(
            lambda client: list(client.secrets.list_secrets(scope)), f"looking at the scope {scope!r}"
        )
    except NotFound:
        return ScopeMissing(
            f"There is no secret scope {scope!r}, which the secret {key!r} should be in.",
            scope,
            key,
            hint=f"Create it (databricks secrets create-scope {scope}), or choose another on the Providers page.",
            details=words,
        )
    except (DatabricksError, InventoryError):
        pass
    return KeyMissing(
        f"There is no secret {key!r} in the scope {scope!r}.",
        scope,
        key,
        hint=f"Add it (databricks secrets put-secret {scope} {key}), or choose another on the Providers page.",
        details=words,
    )


def _decode_value(value: str | None, scope: str, key: str) -> str:
    where = f"{key!r} of the scope {scope!r}"
    try:
        text = base64.b64decode(value or "", validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        # the exception's own text could quote the value
        raise SecretUnusable(
            f"The secret {where} is not text.", scope, key, hint="Store it again, as UTF-8 text."
        ) from None
    # a value that was piped in ends with a line feed that nobody meant
    text = text.rstrip("\r\n")
    if not text:
        raise SecretUnusable(f"The secret {where} is empty.", scope, key, hint="Store a value in it.")
    if "\0" in text:
        raise SecretUnusable(
            f"The secret {where} holds a NUL character.", scope, key, hint="Store it again, as text."
        )
    return text
