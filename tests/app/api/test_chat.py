"""The assistant's stream: so many at once, and none goes on after its reader."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import flask
import pytest
import sqlalchemy as sa
from fakes import anthropic as fake_anthropic
from fakes.engine import ScriptedEngine
from fakes.serving import serving
from fakes.waiting import PATIENCE_SECONDS, wait_until

from app import api
from app.settings import read_settings
from services import build
from services.models import routes
from services.users import Role, User, set_current_user

BODY = json.dumps({"messages": [{"role": "user", "content": "how many?"}], "mode": "query"})


@pytest.fixture
def model() -> Iterator[fake_anthropic.FakeAnthropic]:
    with fake_anthropic.serve() as fake:
        yield fake


@pytest.fixture
def address(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: fake_anthropic.FakeAnthropic
) -> Iterator[str]:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", model.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key")
    monkeypatch.setenv("STACKQL_LOCAL_DEV", "true")
    monkeypatch.setenv("INVENTORY_DATA_DIR", str(tmp_path))
    services = build(engine, read_settings(inventory_engine="sample", inventory_answers_per_user=1))
    services.engine._made = ScriptedEngine(name="sample", answers={})
    server = flask.Flask("routes")
    api.install(server, services)

    @server.before_request
    def _identify() -> None:
        set_current_user(User(flask.request.headers["As"], Role.ENGINEER))

    with serving(server) as found:
        yield found


def ask(address: str, person: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=PATIENCE_SECONDS)
    connection.request("POST", routes.CHAT, BODY, {"Content-Type": "application/json", "As": person})
    return connection, connection.getresponse()


def test_an_answer_ends_with_its_reader_and_frees_the_place(
    address: str, model: fake_anthropic.FakeAnthropic
) -> None:
    model.say("first", "second", hold=threading.Event())
    connection, answer = ask(address, "anna")
    while b"first" not in answer.readline():
        pass
    # the model has said one word and holds the line open
    _, refused = ask(address, "anna")
    error = json.loads(refused.read())["error"]
    assert (refused.status, error["code"]) == (429, "too_many_answers")
    assert "Wait for the answer" in error["hint"]
    model.say("to another")
    assert b"to another" in ask(address, "ben")[1].read()
    answer.close()
    connection.close()
    assert model.disconnected.wait(PATIENCE_SECONDS)
    model.say(*["again"] * 50)
    wait_until(lambda: ask(address, "anna")[1].status == 200)
