"""Who a request's user is, which role they have, and that a viewer reaches nothing of the engineers'."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from fakes.workspace import APP, FakeWorkspace, fake_workspace

from app import identity, logs
from app.main import create_app
from app.settings import Settings, read_settings
from inventory_runner.errors import NotAllowed
from inventory_runner.models import ProviderConfig
from inventory_runner.platform.workspace import Workspace
from services import build
from services.users import NOBODY, Role, RoleUnknown, User, act_as, current_user, set_current_user

GROUP = "cloud engineers"
ANNA = "anna@example.com"
IN_APP = {"databricks_app_name": "inventory"}


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorkspace]:
    with fake_workspace() as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        made.groups[GROUP] = {ANNA}
        made.groups["everyone"] = {ANNA, "bob@example.com"}
        yield made


@pytest.fixture(autouse=True)
def nobody_left() -> Iterator[None]:
    yield
    set_current_user(NOBODY)


def client(settings: Settings, members: identity.GroupMembers | None = None) -> flask.testing.FlaskClient:
    server = flask.Flask("test")
    identity.install(server, settings, members)
    logs.install(server)

    @server.get("/who")
    @server.get("/assets/x")
    def _who() -> dict[str, str]:
        return {"name": current_user().name, "role": current_user().role}

    return server.test_client()


def who(
    app: flask.testing.FlaskClient, email: str = "", token: str = "", path: str = "/who"
) -> tuple[str, str]:
    headers = {"X-Forwarded-Email": email, "X-Forwarded-Access-Token": token}
    answer = app.get(path, headers={name: value for name, value in headers.items() if value}).get_json()
    return answer["name"], answer["role"]


def test_outside_an_app_the_header_is_not_believed() -> None:
    assert who(client(read_settings(engineer_group=GROUP)), "root@example.com") == ("local", Role.ENGINEER)


def test_inside_without_a_group_everyone_signed_in_is_an_engineer() -> None:
    app = client(read_settings(**IN_APP))
    assert who(app, "Anna@Example.com") == (ANNA, Role.ENGINEER)
    for forged in ("", "anna", 'x" or userName eq "anna@example.com', "a@b@c\\"):
        assert who(app, forged) == ("", Role.VIEWER), forged


def test_members_of_the_group_are_engineers_and_the_look_up_is_kept_for_minutes(
    workspace: FakeWorkspace,
) -> None:
    clock = [0.0]
    app = client(read_settings(**IN_APP), identity.GroupMembers(GROUP, read_settings(), now=lambda: clock[0]))
    assert who(app, ANNA) == (ANNA, Role.ENGINEER)
    assert who(app, "bob@example.com") == ("bob@example.com", Role.VIEWER)
    assert who(app, "stranger@example.com")[1] is not Role.ENGINEER
    asked = len(workspace.requests)
    assert {request.principal for request in workspace.requests} == {APP}
    workspace.groups[GROUP].clear()
    assert who(app, ANNA)[1] == Role.ENGINEER
    assert len(workspace.requests) == asked
    clock[0] += identity.KEEP_SECONDS + 1
    assert who(app, ANNA)[1] == Role.VIEWER


def test_the_users_own_token_is_asked_first_and_must_be_theirs(workspace: FakeWorkspace) -> None:
    workspace.tokens["annas"] = ANNA
    app = client(read_settings(**IN_APP), identity.GroupMembers(GROUP, read_settings()))
    assert who(app, ANNA, "annas")[1] == Role.ENGINEER
    assert [request.operation for request in workspace.requests] == ["GET /api/2.0/preview/scim/v2/Me"]
    assert who(app, "bob@example.com", "annas")[1] == Role.VIEWER


def test_a_token_that_may_not_look_leaves_it_to_the_app(workspace: FakeWorkspace) -> None:
    workspace.tokens["annas"] = ANNA
    workspace.fail("GET .*/Me", "PERMISSION_DENIED", "the scope iam.current-user:read is missing")
    assert (
        who(client(read_settings(**IN_APP), identity.GroupMembers(GROUP, read_settings())), ANNA, "annas")[1]
        == Role.ENGINEER
    )


def test_a_failed_look_up_leaves_the_role_unknown_until_it_works_again(
    workspace: FakeWorkspace, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [0.0]
    workspace.fail("GET .*/Users", "PERMISSION_DENIED", "no")
    app = client(read_settings(**IN_APP), identity.GroupMembers(GROUP, read_settings(), now=lambda: clock[0]))
    with caplog.at_level(logging.WARNING):
        assert who(app, ANNA)[1] == Role.UNKNOWN
    assert "could not be found out" in caplog.text
    clock[0] += identity.RETRY_SECONDS + 1
    assert who(app, ANNA)[1] == Role.ENGINEER


def test_what_was_known_last_holds_for_its_time_while_the_workspace_does_not_say(
    workspace: FakeWorkspace,
) -> None:
    clock = [0.0]
    app = client(read_settings(**IN_APP), identity.GroupMembers(GROUP, read_settings(), now=lambda: clock[0]))
    people = {ANNA: Role.ENGINEER, "bob@example.com": Role.VIEWER}

    def roles() -> dict[str, str]:
        return {email: who(app, email)[1] for email in people}

    assert roles() == people
    # a look-up that fails does not make what was known younger
    for at in (identity.KEEP_SECONDS, identity.LAST_KNOWN_SECONDS, identity.LAST_KNOWN_SECONDS + 11):
        clock[0] = at
        workspace.fail("GET .*/Users", "PERMISSION_DENIED", "no", times=2)
        if at <= identity.LAST_KNOWN_SECONDS:
            assert roles() == people
    assert set(roles().values()) == {Role.UNKNOWN}
    clock[0] += identity.RETRY_SECONDS + 1
    assert roles() == people


def test_nothing_is_said_about_the_rights_of_whom_the_workspace_did_not_tell(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "find_request_user", lambda *_: User(ANNA, Role.UNKNOWN))
    services = build(engine, read_settings(inventory_engine="sample"))
    app = create_app(read_settings(inventory_engine="sample"), services).server.test_client()
    said = app.post("/api/ide/format", json={"sql": "select 1"})
    assert (said.status_code, said.get_json()["error"]["code"]) == (503, "role_unknown")
    # what viewers may see stays open
    assert app.get("/api/inventory/tables").status_code != 503
    body = {
        "output": "shell_banner.children",
        "outputs": {"id": "shell_banner", "property": "children"},
        "inputs": [{"id": "shell_banner_tick", "property": "n_intervals", "value": 1}],
        "changedPropIds": [],
    }
    shown = app.post("/_dash-update-component", json=body).text
    assert RoleUnknown.title in shown
    assert "viewer" not in shown


def test_a_silent_workspace_costs_one_wait_of_seconds(
    workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory_runner.platform.workspace.HTTP_SECONDS", 600)
    monkeypatch.setattr(identity, "LOOK_UP_SECONDS", 0.5)
    monkeypatch.setattr(identity, "RETRY_SECONDS", 600)
    app = client(read_settings(**IN_APP), identity.GroupMembers(GROUP, read_settings()))
    workspace.hang.set()
    calls: list[str] = []
    call = Workspace.call

    def counted(self: Workspace, work: Any, doing: str, *, seconds: float) -> Any:
        calls.append(doing)
        return call(self, work, doing, seconds=seconds)

    monkeypatch.setattr(Workspace, "call", counted)
    assert who(app, ANNA, token="hers") == (ANNA, Role.UNKNOWN)
    assert who(app, ANNA, token="hers") == (ANNA, Role.UNKNOWN)
    # not by the app after the user's token, and not again for the next request
    assert calls == [f"looking up the groups of {ANNA}"]


def test_static_files_cost_no_look_up_and_have_no_user(workspace: FakeWorkspace) -> None:
    app = client(read_settings(**IN_APP), identity.GroupMembers(GROUP, read_settings()))
    assert who(app, ANNA, path="/assets/x")[0] == ""
    assert workspace.requests == []


def test_a_viewer_is_refused_by_the_services(engine: sa.Engine) -> None:
    services = build(engine, read_settings(inventory_engine="sample"))
    mapping = ProviderConfig("aws", "AWS_ACCESS_KEY_ID", "stackql-inventory", "k")
    secrets, db = services.secrets, services.db
    with act_as(NOBODY):
        for call in (
            secrets.list_scopes,
            secrets.overview,
            secrets.model_key_exists,
            secrets.resolve_model_key,
            secrets.list_providers_with_credentials,
            db.get_provider_config,
            db.get_queries,
            lambda: secrets.list_keys("stackql-inventory"),
            lambda: secrets.exists("stackql-inventory", "k"),
            lambda: secrets.resolve_for(["aws"]),
            lambda: services.provider_tests.start("aws"),
            lambda: secrets.add([mapping]),
            lambda: secrets.remove(1),
            lambda: secrets.list_dependents("aws"),
            lambda: db.save_provider_config(mapping),
            lambda: db.delete_provider_config(1),
        ):
            with pytest.raises(NotAllowed):
                call()


def test_a_log_line_is_json_with_the_request_and_its_user(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    try:
        logs.configure(as_json=True)
        app = client(read_settings(**IN_APP))
        answer = app.get("/who", headers={"X-Forwarded-Email": ANNA, "X-Request-Id": "abc-1"})
        assert answer.headers["X-Request-Id"] == "abc-1"
        try:
            raise ValueError("two\nlines")
        except ValueError:
            logging.getLogger("x").exception("it broke")
    finally:
        logging.getLogger().handlers[:] = before
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    request = next(event for event in events if event["logger"] == "app.request")
    assert {name: request[name] for name in ("request_id", "user", "method", "path", "status")} == {
        "request_id": "abc-1",
        "user": ANNA,
        "method": "GET",
        "path": "/who",
        "status": 200,
    }
    assert "two" in next(event for event in events if event["logger"] == "x")["exception"]
