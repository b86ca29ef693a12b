"""Which names a provider's credential may have: the provider, its variable, the secret's scope and key."""

from __future__ import annotations

import re

from inventory_runner.errors import InvalidInput
from inventory_runner.models import ProviderConfig
from inventory_runner.platform.variables import holds_credentials

MODEL_KEY = "anthropic-api-key"

PROVIDER = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}", re.ASCII)
SECRET_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,128}", re.ASCII)


def check(config: ProviderConfig) -> None:
    """Whether the names of a mapping may be used; raises InvalidInput with the field."""
    for field, label, value in (
        ("provider", "a provider", config.provider),
        ("env_var_name", "a variable", config.env_var_name),
        ("secret_scope", "a secret scope", config.secret_scope),
        ("secret_key", "a secret key", config.secret_key),
    ):
        if not value:
            raise InvalidInput(f"The credential needs {label}.", field=field, hint="Fill it in.")
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
    if not holds_credentials(config.env_var_name):
        raise InvalidInput(
            f"{config.env_var_name} does not end as a credential's name does, or steers the program itself.",
            field="env_var_name",
            hint="Use the variable that the provider reads, such as ACME_API_KEY or ACME_TOKEN.",
        )
    for field, value in (("secret_scope", config.secret_scope), ("secret_key", config.secret_key)):
        if not SECRET_NAME.fullmatch(value):
            raise InvalidInput(
                f"{value[:130]!r} is not the name of a secret {'scope' if field == 'secret_scope' else 'key'}.",
                field=field,
                hint="Letters, digits, dots, dashes, underscores and @, at most 128.",
            )
    if config.secret_key == MODEL_KEY:
        raise InvalidInput(
            f"{MODEL_KEY} is the assistant's key, which is never given to a provider.", field="secret_key"
        )
