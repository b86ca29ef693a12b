"""The IDE's routes refuse what they should, in words, with a fitting status."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from fakes.engine import ScriptedEngine
from fakes.waiting import wait_until
from flask.testing import FlaskClient

from app.api import ide
from app.settings import read_settings
from services import build
from services.query_service.slots import Slots, TooManyQueries
from services.users import NOBODY, Role, User, set_current_user

ENGINEER = User("anna@example.com", Role.ENGINEER)
DRAFT = {"tab_id": "a", "content": "", "title": "", "provider": "", "position": 1, "version": 1, "bases": []}


@pytest.fixture
def client(engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setenv("INVENTORY_DATA_DIR", str(tmp_path))
    services = build(engine, read_settings(inventory_engine="sample"))
    services.engine._made = ScriptedEngine(
        name="sample", answers={"": [[{"n": n, "t": "=x"} for n in range(300)]]}
    )
    server = flask.Flask("routes")
    ide.install(server, services)

    @server.before_request
    def _identify() -> None:
        set_current_user(
            {"viewer": NOBODY, "ben": User("ben", Role.ENGINEER)}.get(
                flask.request.headers.get("As", ""), ENGINEER
            )
        )

    return server.test_client()


def finished(client: FlaskClient) -> str:
    id = client.post("/ide/query", json={"sql": "SELECT 1"}).get_json()["query"]["id"]
    wait_until(lambda: client.get(f"/ide/query/{id}").get_json()["query"]["final"])
    return str(id)


def test_a_query_goes_from_start_to_download(client: FlaskClient) -> None:
    id = finished(client)
    answer = client.post(
        f"/ide/query/{id}/rows", json={"start": 0, "end": 200}, headers={"Accept-Encoding": "gzip"}
    )
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = client.post(f"/ide/query/{id}/rows", json={"start": 298, "end": 400, "sort": [{"column": "n"}]})
    assert [row["n"] for row in plain.get_json()["rows"]] == [298, 299]
    prepared = client.post(f"/ide/query/{id}/export", json={"format": "csv", "token": "t1"}).get_json()
    file = client.get(prepared["url"])
    assert file.headers["Content-Disposition"].startswith('attachment; filename="result-')
    assert file.data.count(b"\n") == 301
    assert client.get(f"/ide/query/{id}/export/t1").get_json() == {"done": 300, "total": 300}


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        ("/ide/query", {"sql": ""}, 400, "InvalidInput"),
        ("/ide/query", {"sql": 5}, 400, "InvalidInput"),
        ("/ide/query", {"sql": "SELECT 1", "row_limit": "all"}, 400, "InvalidInput"),
        ("/ide/query", {"sql": "SELECT 1", "row_limit": 10**9}, 400, "InvalidInput"),
        ("/ide/query", {"sql": "SELECT 1", "parameters": []}, 201, ""),
        ("/ide/query", {"sql": "SELECT 1", "parameters": ["x"]}, 400, "InvalidInput"),
        ("/ide/query", {"sql": "DROP TABLE x"}, 422, "StatementRefused"),
        ("/ide/query/xxxxxxxxxxxxxxxxxxxxxx/rows", {"start": 0, "end": 1}, 404, "NotFound"),
        ("/ide/query/..%2f..%2fetc/cancel", {}, 404, ""),
        ("/ide/drafts", {"tab_id": "a/b", "bases": []}, 400, "InvalidInput"),
        ("/ide/drafts", {"bases": "x"}, 400, "InvalidInput"),
        ("/ide/drafts", DRAFT | {"bases": [True]}, 400, "InvalidInput"),
        ("/ide/drafts", DRAFT | {"position": True}, 400, "InvalidInput"),
        ("/ide/drafts", DRAFT | {"position": 2**31}, 400, "InvalidInput"),
        ("/ide/drafts", DRAFT | {"version": 2**64}, 400, "InvalidInput"),
        ("/ide/drafts", DRAFT | {"parameters": {"a": "\0"}}, 400, "InvalidInput"),
        ("/ide/format", {"sql": "select 1"}, 200, ""),
        ("/ide/format", {"sql": "\ud800"}, 400, "InvalidInput"),
    ],
)
def test_bad_requests_are_answered_in_words(
    client: FlaskClient, path: str, body: dict[str, Any], status: int, kind: str
) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == status
    if kind:
        assert answer.get_json()["error"]["kind"] == kind
        assert answer.get_json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"end": None},
        {"end": 10**6},
        {"start": 5, "end": 1},
        {"start": True},
        {"sort": "n"},
        {"sort": [None]},
        {"filters": [1]},
        {"filters": {"n": 1}},
        {"filters": {"n": {"operator": "AND", "conditions": []}}},
        {"filters": {"n": {"operator": "OR", "conditions": ["x"]}}},
        {"search": "\ud800"},
    ],
)
def test_blocks_have_a_window_and_the_grids_shape(client: FlaskClient, body: dict[str, Any]) -> None:
    answer = client.post(f"/ide/query/{finished(client)}/rows", json={"start": 0, "end": 2} | body)
    assert (answer.status_code, answer.get_json()["error"]["kind"]) == (400, "InvalidInput")


def test_what_is_not_json_is_refused(client: FlaskClient) -> None:
    # a form of another site can send text without asking first, JSON it cannot
    assert client.post("/ide/query", data='{"sql": "SELECT 1"}', content_type="text/plain").status_code == 400
    deep = '{"sql":' * 20_000 + "1" + "}" * 20_000
    assert client.post("/ide/query", data=deep, content_type="application/json").status_code == 400


def test_more_queries_than_may_wait_are_refused_in_words(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise TooManyQueries("10 of your queries are waiting to run, which is the most.")

    monkeypatch.setattr(Slots, "enter", full)
    answer = client.post("/ide/query", json={"sql": "SELECT 1"})
    assert (answer.status_code, answer.get_json()["error"]["title"]) == (429, "Too many queries")


def test_others_and_viewers_see_nothing(client: FlaskClient) -> None:
    id = finished(client)
    for path in (f"/ide/query/{id}", f"/ide/query/{id}/export?format=csv", f"/ide/query/{id}/export/t"):
        assert client.get(path, headers={"As": "ben"}).status_code == 404
    assert (
        client.post(f"/ide/query/{id}/rows", json={"start": 0, "end": 1}, headers={"As": "ben"}).status_code
        == 404
    )
    for path in ("/ide/drafts", "/ide/metadata", "/ide/metadata/search?q=a", f"/ide/query/{id}"):
        assert client.get(path, headers={"As": "viewer"}).status_code == 403
    for path in ("/ide/query", "/ide/format", "/ide/drafts/delete"):
        assert (
            client.post(path, json={"sql": "SELECT 1", "tab_id": "x"}, headers={"As": "viewer"}).status_code
            == 403
        )


def test_drafts_are_stored_and_conflicts_are_answered_with_what_is_stored(client: FlaskClient) -> None:
    draft = {
        "tab_id": "t",
        "content": "a",
        "title": "T",
        "provider": "",
        "position": 0,
        "version": 1,
        "bases": [0],
    }
    assert client.post("/ide/drafts", json=draft).get_json() == {"saved": True, "draft": None}
    answer = client.post("/ide/drafts", json={**draft, "content": "b", "version": 1, "bases": [7]}).get_json()
    assert (answer["saved"], answer["draft"]["content"]) == (False, "a")
    listed = client.get("/ide/drafts").get_json()
    assert (listed["user"], [one["content"] for one in listed["drafts"]]) == ("anna@example.com", ["a"])


def test_the_tree_is_walked(client: FlaskClient) -> None:
    assert client.get("/ide/metadata").get_json() == {"children": [{"name": "aws"}]}
    assert client.get("/ide/metadata?path=aws").get_json() == {"children": [{"name": "ec2"}]}
    assert client.get("/ide/metadata?path=aws.ec2").get_json()["children"][0]["name"] == "vpcs"
    assert client.get("/ide/metadata?path=aws.ec2.vpcs").get_json()["methods"][0]["verb"] == "SELECT"
