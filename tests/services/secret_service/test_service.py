"""Provider credentials: allowed scopes, names without values, what is saved, and what depends on it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import pytest
import sqlalchemy as sa
from fakes.settings import settings_of
from fakes.workspace import FakeWorkspace, fake_workspace

from inventory_runner.errors import InvalidInput, NotFound, VersionConflict
from inventory_runner.models import ProviderConfig, Query, Schedule
from inventory_runner.platform.secrets import KeyMissing
from inventory_runner.platform.workspace import WorkspaceDenied
from services.db import DatabaseService
from services.secret_service import SecretService
from services.secret_service.service import MODEL_KEY
from services.settings import DEFAULT_SCOPE, Settings

VALUE_CALLS = "GET /api/2.0/secrets/get"


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorkspace]:
    with fake_workspace() as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        made.put_secret(DEFAULT_SCOPE, "aws-id", "canary-id")
        made.put_secret(DEFAULT_SCOPE, "aws-key", "canary-key")
        made.put_secret(DEFAULT_SCOPE, MODEL_KEY, "canary-model")
        made.put_secret("finance", "payroll", "canary-payroll")
        yield made


def service(engine: sa.Engine, environ: Mapping[str, str] = os.environ) -> SecretService:
    db = DatabaseService(engine)
    return SecretService(db.providers, db.queries, db.schedules, settings_of(environ, Settings), environ)


@pytest.fixture
def secrets(workspace: FakeWorkspace, engine: sa.Engine, as_engineer: None) -> SecretService:
    return service(engine)


def aws(key: str = "aws-id", name: str = "AWS_ACCESS_KEY_ID", **changes: str) -> ProviderConfig:
    values = {
        "provider": "aws",
        "env_var_name": name,
        "secret_scope": DEFAULT_SCOPE,
        "secret_key": key,
        **changes,
    }
    return ProviderConfig(**values)


def test_only_allowed_scopes_are_listed(secrets: SecretService, engine: sa.Engine) -> None:
    assert secrets.list_scopes() == [DEFAULT_SCOPE]
    for refused in (lambda: secrets.list_keys("finance"), lambda: secrets.exists("finance", "payroll")):
        with pytest.raises(InvalidInput, match="may use") as caught:
            refused()
        assert caught.value.field == "secret_scope"
    opened = service(engine, {**os.environ, "SECRET_SCOPES": f"finance, {DEFAULT_SCOPE},missing"})
    assert opened.list_scopes() == ["finance", DEFAULT_SCOPE]


def test_keys_and_existence_read_no_value_and_leave_the_models_key_out(
    secrets: SecretService, workspace: FakeWorkspace
) -> None:
    assert secrets.list_keys(DEFAULT_SCOPE) == ["aws-id", "aws-key"]
    assert secrets.exists(DEFAULT_SCOPE, "aws-id")
    assert not secrets.exists(DEFAULT_SCOPE, "nope")
    assert workspace.sent(VALUE_CALLS) == []
    del workspace.scopes[DEFAULT_SCOPE]
    assert not secrets.exists(DEFAULT_SCOPE, "aws-id")
    with pytest.raises(NotFound, match="no secret scope"):
        secrets.list_keys(DEFAULT_SCOPE)


def test_a_scope_without_read_is_denied_in_words(secrets: SecretService, workspace: FakeWorkspace) -> None:
    workspace.readers[DEFAULT_SCOPE].clear()
    with pytest.raises(WorkspaceDenied, match=DEFAULT_SCOPE):
        secrets.list_keys(DEFAULT_SCOPE)


def test_mappings_are_saved_together_with_who_did_it(
    secrets: SecretService, workspace: FakeWorkspace
) -> None:
    secrets.add([aws(provider=" AWS "), aws("aws-key", "AWS_SECRET_ACCESS_KEY")])
    (overview,) = secrets.overview()
    assert (overview.provider, overview.missing, overview.usable) == ("aws", (), True)
    assert {config.created_by for config in overview.configs} == {"system"}
    assert secrets.list_providers_with_credentials() == ["aws"]
    assert workspace.sent(VALUE_CALLS) == []


def test_one_secret_that_does_not_exist_saves_none(secrets: SecretService) -> None:
    with pytest.raises(InvalidInput, match="no secret 'gone'") as caught:
        secrets.add([aws(), aws("gone", "AWS_SECRET_ACCESS_KEY")])
    assert caught.value.field == "secret_key"
    assert secrets.overview() == []


def test_a_variable_is_set_once_a_provider(secrets: SecretService) -> None:
    secrets.add([aws()])
    with pytest.raises(
        VersionConflict, match="secret of AWS_ACCESS_KEY_ID for aws was saved by system"
    ) as caught:
        secrets.add([aws("aws-key", "AWS_SECRET_ACCESS_KEY"), aws("aws-key")])
    assert len(secrets.overview()[0].configs) == 1
    (difference,) = caught.value.differences
    told = (f"the key aws-key in {DEFAULT_SCOPE}", f"another secret, in {DEFAULT_SCOPE}")
    assert (difference.mine, difference.theirs) == told
    # the same again is saved already; another takes its place where it is named, and once
    secrets.add([aws()])
    assert [config.id for config in secrets.overview()[0].configs] == list(caught.value.versions)
    secrets.add([aws("aws-key")], caught.value.versions)
    assert [config.secret_key for config in secrets.overview()[0].configs] == ["aws-key"]
    with pytest.raises(VersionConflict):
        secrets.add([aws()], caught.value.versions)
    with pytest.raises(NotFound):
        secrets.remove(caught.value.versions[0])
    secrets.add([aws(provider="awscc")])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"provider": ""}, "provider"),
        ({"provider": "databricks"}, "provider"),
        ({"provider": "aws; DROP TABLE"}, "provider"),
        ({"env_var_name": "aws key"}, "env_var_name"),
        ({"env_var_name": "PATH"}, "env_var_name"),
        ({"env_var_name": "LD_PRELOAD"}, "env_var_name"),
        ({"env_var_name": "AWS_ENDPOINT_URL"}, "env_var_name"),
        ({"env_var_name": "DATABRICKS_HOST"}, "env_var_name"),
        ({"env_var_name": "HTTPS_PROXY"}, "env_var_name"),
        ({"secret_scope": "a b"}, "secret_scope"),
        ({"secret_scope": "finance"}, "secret_scope"),
        ({"secret_key": "../x"}, "secret_key"),
        ({"secret_key": MODEL_KEY}, "secret_key"),
    ],
)
def test_names_that_may_not_be_are_refused_by_their_field(
    secrets: SecretService, workspace: FakeWorkspace, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        secrets.add(
            [aws(**changes)] if "env_var_name" not in changes else [aws(name=changes["env_var_name"])]
        )
    assert caught.value.field == field
    assert workspace.requests == []


def test_the_variables_that_providers_read_are_all_allowed(secrets: SecretService) -> None:
    from inventory_runner.platform.presets import PRESETS
    from services.secret_service import rules as credential_rules

    for provider, preset in PRESETS.items():
        for name in preset.variables:
            credential_rules.check(aws(provider=provider, name=name))


def test_a_mapping_to_a_scope_that_is_no_longer_allowed_is_not_read(
    secrets: SecretService, workspace: FakeWorkspace, engine: sa.Engine
) -> None:
    secrets.add([aws()])
    assert secrets.resolve_for(["aws", "okta"]) == {"AWS_ACCESS_KEY_ID": "canary-id"}
    closed = service(engine, {**os.environ, "SECRET_SCOPES": "another"})
    with pytest.raises(InvalidInput, match="may use"):
        closed.resolve_for(["aws"])


def test_the_models_key_is_for_the_model(secrets: SecretService, workspace: FakeWorkspace) -> None:
    assert secrets.model_key_exists()
    assert secrets.resolve_model_key() == "canary-model"
    del workspace.scopes[DEFAULT_SCOPE][MODEL_KEY]
    assert not secrets.model_key_exists()
    with pytest.raises(KeyMissing, match=MODEL_KEY):
        secrets.resolve_model_key()


def test_the_schedules_that_read_a_provider_depend_on_it(secrets: SecretService, engine: sa.Engine) -> None:
    db = DatabaseService(engine)
    for provider, table, text in (
        ("", "vpcs", "SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'us-east-1'"),
        ("", "both", "SELECT u.id FROM okta.users.users u JOIN aws.iam.users i ON i.user_name = u.id"),
        ("okta", "people", "not readable ("),
    ):
        query_id = db.save_query(Query(table, text, provider=provider))
        db.save_schedule(Schedule(query_id, "0 6 * * *", table))
    assert {one.target_table for one in secrets.list_dependents("aws")} == {"vpcs", "both"}
    assert {one.target_table for one in secrets.list_dependents("okta")} == {"both", "people"}
    assert secrets.list_dependents("github") == []


def test_what_is_missing_is_named(secrets: SecretService) -> None:
    secrets.add([aws()])
    assert secrets.overview()[0].missing == ("AWS_SECRET_ACCESS_KEY",)
    assert secrets.list_providers_with_credentials() == []
    secrets.remove(secrets.overview()[0].configs[0].id or 0)
    assert secrets.overview() == []
    with pytest.raises(NotFound):
        secrets.remove(1)


def test_local_development_shows_names_of_the_environment_and_no_values(
    engine: sa.Engine, as_engineer: None
) -> None:
    environ = {
        "STACKQL_LOCAL_DEV": "true",
        "AWS_ACCESS_KEY_ID": "canary",
        "AWS_SECRET_ACCESS_KEY": "canary",
        "OKTA_API_TOKEN": "",
    }
    secrets = service(engine, environ)
    overviews = {one.provider: one for one in secrets.overview()}
    assert set(overviews) == {"aws", "awscc"}
    assert overviews["aws"].in_environment == ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    assert "canary" not in repr(overviews)
    assert secrets.resolve_for(["aws"]) == {"AWS_ACCESS_KEY_ID": "canary", "AWS_SECRET_ACCESS_KEY": "canary"}


def test_the_sample_cloud_needs_none_and_offers_made_up_names(engine: sa.Engine, as_engineer: None) -> None:
    secrets = service(engine, {"INVENTORY_ENGINE": "sample"})
    assert secrets.list_scopes() == [DEFAULT_SCOPE]
    assert "okta-api-token" in secrets.list_keys(DEFAULT_SCOPE)
    secrets.add([ProviderConfig("okta", "OKTA_API_TOKEN", DEFAULT_SCOPE, "okta-api-token")])
    assert secrets.resolve_for(["okta"]) == {}


@pytest.mark.usefixtures("as_engineer")
def test_the_model_s_key_is_in_a_scope_that_the_operator_opened(
    engine: sa.Engine, workspace: FakeWorkspace
) -> None:
    workspace.put_secret("stackql-inventory-dev", MODEL_KEY, "canary-dev")
    dev = service(engine, {**os.environ, "SECRET_SCOPES": "stackql-inventory-dev"})
    assert dev.model_key_exists() and dev.resolve_model_key() == "canary-dev"
    both = service(engine, {**os.environ, "SECRET_SCOPES": f"stackql-inventory-dev,{DEFAULT_SCOPE}"})
    assert both.resolve_model_key() == "canary-model"
    # a developer's own goes before the workspace's, and counts for nothing on Databricks
    own = {**os.environ, "ANTHROPIC_API_KEY": "canary-own"}
    assert service(engine, own).resolve_model_key() == "canary-own"
    assert service(engine, {**own, "DATABRICKS_APP_NAME": "app"}).resolve_model_key() == "canary-model"
