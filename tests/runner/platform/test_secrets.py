"""Secrets against a workspace over HTTP, with the real SDK: values, references, and every way to fail."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.clock import Clock
from fakes.settings import settings_of
from fakes.workspace import APP, FakeWorkspace, fake_workspace

from inventory_runner.errors import ConfigurationError, InventoryError
from inventory_runner.models import ProviderConfig
from inventory_runner.platform import secrets
from inventory_runner.platform.workspace import Workspace, WorkspaceDenied, WorkspaceUnreachable
from inventory_runner.settings import read

SCOPE = "stackql-inventory"


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorkspace]:
    with fake_workspace() as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        made.put_secret(SCOPE, "aws-id", "AKIA-canary\n")
        made.put_secret(SCOPE, "aws-key", "wJalr/ünï-canary")
        yield made


def config(name: str, key: str, provider: str = "aws", scope: str = SCOPE) -> ProviderConfig:
    return ProviderConfig(provider, name, scope, key)


def resolve(configs: list[ProviderConfig], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    settings = settings_of(environ)
    return secrets.resolve(configs, settings, Workspace(settings), environ)


def for_providers(
    engine: sa.Engine, providers: list[str], environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    settings = settings_of(environ)
    return secrets.read_credentials(engine, providers, settings, Workspace(settings), environ)


def test_values_are_decoded(workspace: FakeWorkspace) -> None:
    found = resolve([config("AWS_ACCESS_KEY_ID", "aws-id"), config("AWS_SECRET_ACCESS_KEY", "aws-key")])
    assert found == {"AWS_ACCESS_KEY_ID": "AKIA-canary", "AWS_SECRET_ACCESS_KEY": "wJalr/ünï-canary"}
    assert {request.principal for request in workspace.requests} == {APP}


def test_a_variable_that_two_providers_share_is_read_once(workspace: FakeWorkspace) -> None:
    resolve([config("AWS_ACCESS_KEY_ID", "aws-id"), config("AWS_ACCESS_KEY_ID", "aws-id", "awscc")])
    assert len(workspace.sent("GET /api/2.0/secrets/get")) == 1


def test_two_providers_with_different_secrets_in_one_variable_are_refused(workspace: FakeWorkspace) -> None:
    with pytest.raises(secrets.ConflictingCredentials, match="aws and awscc set AWS_ACCESS_KEY_ID"):
        resolve([config("AWS_ACCESS_KEY_ID", "aws-id"), config("AWS_ACCESS_KEY_ID", "aws-key", "awscc")])


def test_each_failure_is_told_apart_and_names_scope_and_key(workspace: FakeWorkspace) -> None:
    workspace.put_secret("closed", "hidden", "canary-hidden", readers=())
    workspace.put_secret(SCOPE, "empty", "")
    workspace.put_secret(SCOPE, "lines", "\n")
    workspace.put_secret(SCOPE, "binary", b"\xff\xfecanary")
    workspace.put_secret(SCOPE, "nul", "canary\0")
    expected: list[tuple[str, str, type[secrets.SecretError]]] = [
        ("nowhere", "any", secrets.ScopeMissing),
        (SCOPE, "gone", secrets.KeyMissing),
        ("closed", "hidden", secrets.SecretDenied),
        (SCOPE, "empty", secrets.SecretUnusable),
        (SCOPE, "lines", secrets.SecretUnusable),
        (SCOPE, "binary", secrets.SecretUnusable),
        (SCOPE, "nul", secrets.SecretUnusable),
    ]
    titles = set()
    for scope, key, kind in expected:
        with pytest.raises(secrets.SecretError) as caught:
            resolve([config("X_TOKEN", key, scope=scope)])
        assert type(caught.value) is kind, (scope, key)
        assert scope in caught.value.message
        assert key in caught.value.message
        assert "canary" not in str(caught.value) + caught.value.details
        titles.add(caught.value.title)
    assert len(titles) == 4


def test_a_bad_request_and_broken_base64_are_unusable(
    workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.fail("GET /api/2.0/secrets/get", "BAD_REQUEST", "Fetching from the key vault failed")
    with pytest.raises(secrets.SecretUnusable) as caught:
        resolve([config("A", "aws-id")])
    assert "key vault" in caught.value.details
    monkeypatch.setattr("fakes.workspace.base64.b64encode", lambda _value: b"canary: not base64")
    with pytest.raises(secrets.SecretUnusable, match="not text") as caught:
        resolve([config("A", "aws-id")])
    assert "canary" not in repr(caught.value) + str(caught.value.__cause__)


def test_a_server_error_is_named_as_the_workspaces(workspace: FakeWorkspace) -> None:
    workspace.fail("GET /api/2.0/secrets/get", "INTERNAL_ERROR", "boom")
    with pytest.raises(secrets.SecretsUnreachable, match="aws-id"):
        resolve([config("A", "aws-id")])


def test_one_throttled_call_is_tried_again(workspace: FakeWorkspace) -> None:
    workspace.fail("GET /api/2.0/secrets/get", "REQUEST_LIMIT_EXCEEDED", "slow down", retry_after=0)
    assert resolve([config("A", "aws-id")]) == {"A": "AKIA-canary"}


def test_a_workspace_that_asks_to_wait_a_minute_is_given_up_at_once(
    workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # who waited that minute would run into this limit, and say so
    monkeypatch.setattr(Workspace.call, "__kwdefaults__", {"seconds": 50})
    workspace.fail("GET /api/2.0/secrets/get", "REQUEST_LIMIT_EXCEEDED", "slow down", retry_after=60, times=9)
    with pytest.raises(secrets.SecretsUnreachable) as caught:
        resolve([config("A", "aws-id")])
    assert "did not answer" not in str(caught.value)
    assert len(workspace.sent("GET /api/2.0/secrets/get")) == 1


@pytest.fixture
def silent(workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> FakeWorkspace:
    """The workspace never answers, and the SDK would wait for it for ten minutes."""
    monkeypatch.setattr("inventory_runner.platform.workspace.HTTP_SECONDS", 600)
    workspace.hang.set()
    return workspace


@pytest.mark.usefixtures("silent")
def test_a_silent_workspace_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace.call, "__kwdefaults__", {"seconds": 0.7})
    with pytest.raises(secrets.SecretsUnreachable, match=r"aws-id.*stackql-inventory.*did not answer"):
        resolve([config("A", "aws-id")])


@pytest.mark.usefixtures("silent")
def test_calls_that_never_come_back_use_no_further_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory_runner.platform.workspace.MAX_HANGING", 2)
    monkeypatch.setattr("inventory_runner.platform.workspace.PAUSE_SECONDS", 0)
    client = Workspace(settings_of(os.environ))
    for _ in range(2):
        with pytest.raises(WorkspaceUnreachable, match="did not answer"):
            client.call(lambda c: c.current_user.me(), "looking", seconds=0.2)
    with pytest.raises(WorkspaceUnreachable, match="still waiting"):
        client.call(lambda c: c.current_user.me(), "looking", seconds=0.2)


@pytest.mark.usefixtures("silent")
def test_after_a_silent_call_the_next_ones_fail_without_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("inventory_runner.platform.workspace.time", clock)
    monkeypatch.setattr("inventory_runner.platform.workspace.PAUSE_SECONDS", 600)
    client = Workspace(settings_of(os.environ))
    with pytest.raises(WorkspaceUnreachable, match="did not answer within"):
        client.call(lambda c: c.current_user.me(), "looking", seconds=0.2)
    with pytest.raises(WorkspaceUnreachable, match="a moment ago"):
        client.call(lambda c: c.current_user.me(), "looking", seconds=0.2)
    clock.ahead = 600
    with pytest.raises(WorkspaceUnreachable, match="did not answer within"):
        client.call(lambda c: c.current_user.me(), "looking", seconds=0.2)


def test_loading_the_sdk_is_not_waiting_for_the_workspace() -> None:
    """A first call that is slow to load it would be given up, and its runs fail, though the workspace answers."""
    code = """
import sys, threading
from inventory_runner.platform.workspace import Workspace
from inventory_runner.settings import read
begin = threading.Thread.start
threading.Thread.start = lambda thread: (print("databricks.sdk" in sys.modules), begin(thread))
client = Workspace(read(databricks_host="http://127.0.0.1:9"))
print("databricks.sdk" in sys.modules)
client.call(lambda _: None, "looking", seconds=600)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split()[:2] == ["False", "True"], done.stderr


def test_wrong_credentials_are_a_sign_in_problem(
    workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "wrong-canary")
    with pytest.raises(WorkspaceDenied) as caught:
        Workspace(settings_of(os.environ)).call(lambda c: list(c.secrets.list_scopes()), "listing the scopes")
    assert "canary" not in str(caught.value) + caught.value.details


def test_no_workspace_at_all_is_a_configuration_problem() -> None:
    with pytest.raises(ConfigurationError, match="No Databricks workspace"):
        resolve([config("A", "aws-id")], {})


def test_a_users_token_wins_over_the_apps_credentials(workspace: FakeWorkspace) -> None:
    me = Workspace(settings_of(os.environ), token="a-token").call(
        lambda c: c.current_user.me(), "asking who this is"
    )
    assert me.user_name == "developer@example.com"


JOB = {"DATABRICKS_RUNTIME_VERSION": "16.4"}


@pytest.mark.parametrize(
    "reference", ["{{secrets/stackql-inventory/aws-key}}", " {{ secrets/stackql-inventory/aws-key }} "]
)
def test_a_jobs_reference_is_resolved_by_the_same_code(workspace: FakeWorkspace, reference: str) -> None:
    environ = {**workspace.environment(), **JOB, "AWS_ACCESS_KEY_ID": reference}
    assert resolve([config("AWS_ACCESS_KEY_ID", "aws-id")], environ) == {
        "AWS_ACCESS_KEY_ID": "wJalr/ünï-canary"
    }


def test_what_classic_compute_resolved_is_taken(workspace: FakeWorkspace) -> None:
    environ = {**workspace.environment(), **JOB, "AWS_ACCESS_KEY_ID": "by-the-platform"}
    assert resolve([config("AWS_ACCESS_KEY_ID", "aws-id")], environ)["AWS_ACCESS_KEY_ID"] == "by-the-platform"
    assert workspace.requests == []


@pytest.mark.parametrize("more", [{"DATABRICKS_APP_NAME": "inventory"}, {}])
def test_the_apps_environment_is_never_a_source(workspace: FakeWorkspace, more: dict[str, str]) -> None:
    environ = {**workspace.environment(), **more, "AWS_ACCESS_KEY_ID": "stray"}
    assert resolve([config("AWS_ACCESS_KEY_ID", "aws-id")], environ)["AWS_ACCESS_KEY_ID"] == "AKIA-canary"


def test_the_jobs_own_identity_is_not_a_providers(workspace: FakeWorkspace) -> None:
    workspace.put_secret(SCOPE, "their-client", "another-principal")
    environ = {**workspace.environment(), **JOB}
    found = resolve([config("DATABRICKS_CLIENT_ID", "their-client", "databricks_workspace")], environ)
    assert found == {"DATABRICKS_CLIENT_ID": "another-principal"}


def save(engine: sa.Engine, *configs: ProviderConfig) -> None:
    with engine.begin() as connection:
        for one in configs:
            connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.provider_config (provider, env_var_name, secret_scope, secret_key)"
                    " VALUES (:p, :v, :s, :k)"
                ),
                {"p": one.provider, "v": one.env_var_name, "s": one.secret_scope, "k": one.secret_key},
            )


def test_a_query_gets_its_providers_variables_and_no_others(
    workspace: FakeWorkspace, engine: sa.Engine
) -> None:
    save(engine, config("AWS_ACCESS_KEY_ID", "aws-id"), config("OKTA_API_TOKEN", "aws-key", "okta"))
    assert for_providers(engine, ["okta"]) == {"OKTA_API_TOKEN": "wJalr/ünï-canary"}
    answer = secrets.make_resolver(engine, settings_of(os.environ))
    assert set(answer(["aws", "okta"])) == {"AWS_ACCESS_KEY_ID", "OKTA_API_TOKEN"}
    assert answer(["github"]) == {}
    assert answer([]) == {}


def test_local_development_reads_the_known_and_the_configured_variables(engine: sa.Engine) -> None:
    save(engine, config("ACME_KEY", "k", "acme"))
    environ = {
        "STACKQL_LOCAL_DEV": "true",
        "AWS_ACCESS_KEY_ID": "id",
        "ACME_KEY": "acme",
        "OKTA_API_TOKEN": "okta",
    }
    assert for_providers(engine, ["aws", "acme"], environ) == {
        "AWS_ACCESS_KEY_ID": "id",
        "ACME_KEY": "acme",
    }


@pytest.mark.parametrize("name", ["DATABRICKS_APP_NAME", "DATABRICKS_RUNTIME_VERSION"])
def test_local_development_is_refused_on_databricks(name: str, engine: sa.Engine) -> None:
    environ: dict[str, Any] = {"STACKQL_LOCAL_DEV": "true", name: "x"}
    with pytest.raises(InventoryError, match="refused on Databricks"):
        for_providers(engine, ["aws"], environ)


def test_a_workspace_that_is_silent_while_signing_in_is_away_and_not_badly_set_up(
    workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory_runner.platform.workspace.HTTP_SECONDS", 0.2)
    monkeypatch.setattr("inventory_runner.platform.workspace.RETRY_SECONDS", 1)
    workspace.hang.set()
    with pytest.raises(WorkspaceUnreachable) as caught:
        Workspace(read()).call(lambda client: client.secrets.get_secret("s", "k"), "reading a secret")
    assert "Invalid URL" not in f"{caught.value} {caught.value.details}"
