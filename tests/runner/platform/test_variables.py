"""A secret is given to a provider under a credential's name, and under none that steers what runs beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.platform.presets import PRESETS
from inventory_runner.platform.variables import holds_credentials

STEERING = [
    "PATH",
    "HOME",
    "SHELL",
    "USER",
    "TMPDIR",
    "IFS",
    "ENV",
    "LANG",
    "TZ",
    "EDITOR",
    "PAGER",
    "TERM",
    "NLSPATH",
    "LOCPATH",
    "GCONV_PATH",
    "HOSTALIASES",
    "RES_OPTIONS",
    "LOCALDOMAIN",
    "LD_PRELOAD",
    "LD_AUDIT",
    "LD_LIBRARY_PATH",
    "LD_BIND_TOKEN",
    "DYLD_INSERT_LIBRARIES",
    "GLIBC_TUNABLES",
    "MALLOC_CHECK_",
    "PS4",
    "PROMPT_COMMAND",
    "BASH_ENV",
    "BASH_FUNC_ID",
    "SHELLOPTS",
    "BASHOPTS",
    "CDPATH",
    "GLOBIGNORE",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONHOME",
    "PERL5LIB",
    "PERL5OPT",
    "RUBYOPT",
    "NODE_OPTIONS",
    "JAVA_TOOL_OPTIONS",
    "CLASSPATH",
    "GODEBUG",
    "GOMAXPROCS",
    "GOTRACEBACK",
    "GOAUTH",
    "GIT_SSH_KEY",
    "GIT_SSH_COMMAND",
    "SSH_AUTH_SOCK",
    "SSLKEYLOGFILE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "OPENSSL_ENGINES",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "HTTPS_PROXY_PASSWORD",
    "KRB5_CONFIG",
    "KRB5CCNAME",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_KEY",
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_PROFILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AZURE_AUTHORITY_HOST",
    "AZURE_FEDERATED_TOKEN_FILE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_API_USE_MTLS_ENDPOINT",
    "IDENTITY_ENDPOINT",
    "MSI_ENDPOINT",
    "DATABRICKS_HOST",
    "DATABRICKS_TOKEN",
    "DATABRICKS_CONFIG_FILE",
    "DATABRICKS_APP_ID",
    "PGHOST",
    "PGPASSWORD",
    "PGUSER",
    "LAKEBASE_PASSWORD",
    "INVENTORY_TOKEN",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "STACKQL_BINARY",
    "STACKQL_SHA256",
    "STACKQL_APPROOT",
    "DATABASE_URL",
    "KEY",
    "ID",
]
TYPED = [
    "ACME_API_KEY",
    "SUMOLOGIC_ACCESSID",
    "SUMOLOGIC_ACCESSKEY",
    "VERCEL_API_TOKEN",
    "LINODE_TOKEN",
    "FLY_API_TOKEN",
    "HEROKU_API_KEY",
    "OPENAI_API_KEY",
    "JIRA_USERNAME",
    "JIRA_PASSWORD",
    "GITHUB_TOKEN",
    "K8S_TOKEN",
    "NETLIFY_TOKEN",
    "AZURE_SUBSCRIPTION_ID",
    "SNOWFLAKE_ACCOUNT",
]


@pytest.mark.parametrize("name", STEERING)
def test_what_steers_a_program_holds_no_credentials(name: str) -> None:
    assert not holds_credentials(name)


@pytest.mark.parametrize(
    "name", [*TYPED, *(name for preset in PRESETS.values() for name in preset.variables)]
)
def test_what_providers_read_does(name: str) -> None:
    assert holds_credentials(name)


@given(
    st.text(max_size=20), st.sampled_from(["\0", "\n", "=", " ", "/", "$", "é", "a"]), st.text(max_size=20)
)
def test_a_name_has_capital_letters_digits_and_underscores_alone(before: str, odd: str, after: str) -> None:
    assert not holds_credentials(f"{before}{odd}{after}_KEY")
