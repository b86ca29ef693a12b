"""What the HTTP interface promises, asked of every route that there is: so of those to come, too."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import api
from app.api.operations import KEPT, Api, Operation
from app.main import create_app
from app.settings import read_settings
from app.start import build_services
from app.workspaces import WORKSPACES
from inventory_runner.errors import InventoryError
from services import build
from services.models import routes
from services.users import NOBODY, Role, User, set_current_user

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = {
    "engineer": User("anna@example.com", Role.ENGINEER),
    "viewer": User("bob@example.com", Role.VIEWER),
    "nobody": NOBODY,
}
# Dash's own, and what pages are made of
PAGES = ("/_", "/assets/", "/static/", "/bootstrap/", "/libraries/", "/<path:path>")


@pytest.fixture
def served(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Api, FlaskClient]]:
    """The routes on a database, and a client; the header As says who asks."""
    monkeypatch.setenv("INVENTORY_DATA_DIR", str(tmp_path))
    server = flask.Flask("contract")

    @server.before_request
    def _identify() -> None:
        set_current_user(PEOPLE[flask.request.headers.get("As", "engineer")])

    yield api.install(server, build(engine, read_settings(inventory_engine="sample"))), server.test_client()


def ask(client: FlaskClient, one: Operation, who: str = "engineer", **more: object) -> TestResponse:
    """A request of the operation, with something in its path."""
    path = one.path.replace("{schema}", "stackql_inventory").replace("{id}", "x" * 22)
    path = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
    answer: TestResponse = client.open(path, method=one.method, headers={"As": who}, **more)  # type: ignore[arg-type]
    return answer


def code_of(answer: TestResponse) -> str:
    """The error's code; fails where the answer has not the one shape."""
    error = answer.get_json()["error"]
    assert {"code", "title", "message", "hint", "field", "details"} <= set(error), error
    assert error["title"] and error["message"], error
    return str(error["code"])


def test_every_route_is_an_operation_of_a_workspace_or_one_of_the_few_that_are_known() -> None:
    settings = read_settings(database_url="postgresql://localhost/none")
    app = create_app(settings, build_services(settings))
    rules = {str(rule) for rule in app.server.url_map.iter_rules()}
    ours = {rule for rule in rules if rule != "/" and not rule.startswith(PAGES)}
    made = api.install(flask.Flask("named"), build_services(settings)).operations.values()
    paths = {one.path.replace("{", "<").replace("}", ">") for one in made}
    assert ours == paths | {routes.DOCUMENT}
    names = {workspace.name for workspace in WORKSPACES}
    for path in ours - {routes.DOCUMENT, *KEPT}:
        assert path.startswith("/api/") and path.split("/")[2] in names, path


def test_every_operation_refuses_in_one_shape(served: tuple[Api, FlaskClient]) -> None:
    routes, client = served
    refused = 0
    for one in routes.operations.values():
        for who in ("viewer", "nobody"):
            answer = ask(client, one, who)
            if one.role == "engineer":
                assert (answer.status_code, code_of(answer)) == (403, "not_allowed"), one
                refused += 1
            else:
                assert answer.status_code != 403, one
        surplus = ask(client, one, query_string={"surplus": "1"})
        described = routes.document()["paths"][one.path][one.method.lower()]
        if any(given["in"] == "query" for given in described["parameters"]):
            assert (surplus.status_code, code_of(surplus)) == (400, "malformed_request"), one
        if "requestBody" in described:
            for wrong in ({"data": "x"}, {"json": []}, {"json": {"surplus": 1}}):
                answer = ask(client, one, **wrong)
                assert (answer.status_code, code_of(answer)) == (400, "malformed_request"), (one, wrong)
            longest = b'{"sql": "' + b"x" * one.body_bytes + b'"}'
            answer = ask(client, one, data=longest, content_type="application/json")
            assert (answer.status_code, code_of(answer)) == (413, "request_too_large"), one
        other = client.open(one.path.replace("{", "").replace("}", ""), method="PATCH")
        assert other.status_code == 405, one
        if one.path not in KEPT:
            assert code_of(other) == "wrong_method", one
        assert one.method in other.headers["Allow"]
    assert refused >= 2 * 15


def test_an_address_that_is_not_there_is_refused_in_the_same_shape(served: tuple[Api, FlaskClient]) -> None:
    _, client = served
    answer = client.get("/api/ide/nothing")
    assert (answer.status_code, code_of(answer)) == (404, "no_such_address")


def test_a_defect_is_answered_without_its_words(
    served: tuple[Api, FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, client = served
    monkeypatch.setattr("app.api.ide.drafts.format_sql", lambda _: {}["secret"])
    answer = client.post("/api/ide/format", json={"sql": "SELECT 1"})
    assert (answer.status_code, code_of(answer)) == (500, "internal_error")
    assert "secret" not in answer.text


def test_the_document_and_its_page_are_as_committed_and_served(served: tuple[Api, FlaskClient]) -> None:
    _, client = served
    made = subprocess.run(
        [sys.executable, "scripts/api_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stdout + made.stderr
    committed = json.loads((ROOT / "docs" / "openapi.json").read_text())
    assert committed["openapi"].startswith("3.1")
    assert client.get(routes.DOCUMENT, headers={"As": "nobody"}).get_json() == committed


def test_every_error_has_a_code_of_its_own() -> None:
    found: dict[str, type[InventoryError]] = {}
    kinds = [InventoryError]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.__module__.startswith(("app", "services", "inventory_runner")):
            assert "code" in vars(kind), f"{kind.__name__} needs a code"
            assert found.setdefault(kind.code, kind) is kind, kind.code
    assert len(found) > 30
