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

from app import api
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
        name="sample",
        answers={"long": [[{"t": "x" * 40_000}]], "": [[{"n": n, "t": "=x"} for n in range(300)]]},
    )
    server = flask.Flask("routes")
    api.install(server, services)

    @server.before_request
    def _identify() -> None:
        set_current_user(
            {"viewer": NOBODY, "ben": User("ben", Role.ENGINEER)}.get(
                flask.request.headers.get("As", ""), ENGINEER
            )
        )

    return server.test_client()


def finished(client: FlaskClient, sql: str = "SELECT 1") -> str:
    id = client.post("/api/ide/queries", json={"sql": sql}).get_json()["query"]["id"]
    wait_until(lambda: client.get(f"/api/ide/queries/{id}").get_json()["query"]["final"])
    return str(id)


def test_a_query_goes_from_start_to_download(client: FlaskClient) -> None:
    id = finished(client)
    plain = client.post(
        f"/api/ide/queries/{id}/rows", json={"start": 298, "end": 400, "sort": [{"column": "n"}]}
    )
    assert [row["n"] for row in plain.get_json()["rows"]] == [298, 299]
    prepared = client.post(f"/api/ide/queries/{id}/exports", json={"format": "csv", "token": "t1"}).get_json()
    file = client.get(prepared["url"])
    assert file.headers["Content-Disposition"].startswith('attachment; filename="result-')
    assert file.data.count(b"\n") == 301
    assert client.get(f"/api/ide/queries/{id}/exports/t1").get_json() == {"done": 300, "total": 300}
    shown = {
        "filters": {"n": {"filterType": "number", "type": "greaterThan", "filter": 296}},
        "sort": [{"column": "n", "descending": True}],
    }
    prepared = client.post(
        f"/api/ide/queries/{id}/exports", json={"format": "json", "token": "t2", **shown}
    ).get_json()
    assert prepared["name"].startswith("result-filtered-")
    assert [row["n"] for row in client.get(prepared["url"]).get_json()] == [299, 298, 297]
    assert client.get(f"/api/ide/queries/{id}/exports/t2").get_json() == {"done": 3, "total": 3}
    shown["filters"]["gone"] = shown["filters"]["n"]
    refused = client.post(f"/api/ide/queries/{id}/exports", json={"format": "csv", "token": "t3", **shown})
    assert refused.status_code == 422


def test_what_a_file_will_lose_is_said_before_it_is_made(client: FlaskClient) -> None:
    long, short = finished(client, "SELECT 'long'"), finished(client)

    def prepare(id: str, format: str) -> dict[str, Any]:
        answer: dict[str, Any] = client.post(
            f"/api/ide/queries/{id}/exports", json={"format": format, "token": "t"}
        ).get_json()
        return answer

    assert "1 cell of t (1) will be cut" in prepare(long, "xlsx")["note"]
    assert [prepare(long, "json")["note"], prepare(short, "xlsx")["note"]] == ["", ""]


@pytest.mark.parametrize("format", ["csv", "csv-exact"])
def test_the_two_kinds_of_csv_are_told_apart_by_their_names(client: FlaskClient, format: str) -> None:
    file = client.get(f"/api/ide/queries/{finished(client)}/export?format={format}")
    exact = format == "csv-exact"
    assert file.headers["Content-Disposition"].endswith('.exact.csv"' if exact else '.for-spreadsheets.csv"')
    assert file.data.splitlines()[1] == (b"0,=x" if exact else b"0,'=x")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/api/ide/queries", {"sql": ""}, 422, "invalid_input"),
        ("/api/ide/queries", {"sql": 5}, 400, "malformed_request"),
        ("/api/ide/queries", {"sql": "SELECT 1", "row_limit": "all"}, 400, "malformed_request"),
        ("/api/ide/queries", {"sql": "SELECT 1", "row_limit": True}, 400, "malformed_request"),
        ("/api/ide/queries", {"sql": "SELECT 1", "rowlimit": 5}, 400, "malformed_request"),
        ("/api/ide/queries", {"sql": "SELECT 1", "row_limit": 10**9}, 422, "invalid_input"),
        ("/api/ide/queries", {"sql": "SELECT 1", "parameters": []}, 400, "malformed_request"),
        ("/api/ide/queries", {"sql": "DROP TABLE x"}, 422, "statement_refused"),
        ("/api/ide/queries/xxxxxxxxxxxxxxxxxxxxxx/rows", {"start": 0, "end": 1}, 404, "not_found"),
        ("/api/ide/queries/..%2f..%2fetc/cancel", {}, 404, "no_such_address"),
        ("/api/ide/drafts", DRAFT | {"tab_id": "a/b"}, 422, "invalid_input"),
        ("/api/ide/drafts", {"bases": "x"}, 400, "malformed_request"),
        ("/api/ide/drafts", DRAFT | {"bases": [True]}, 400, "malformed_request"),
        ("/api/ide/drafts", DRAFT | {"position": True}, 400, "malformed_request"),
        ("/api/ide/drafts", DRAFT | {"position": 2**31}, 400, "malformed_request"),
        ("/api/ide/drafts", DRAFT | {"version": 2**64}, 400, "malformed_request"),
        ("/api/ide/drafts", DRAFT | {"parameters": {"a": "\0"}}, 422, "invalid_input"),
        ("/api/ide/format", {"sql": "select 1"}, 200, ""),
        ("/api/ide/format", {"sql": "\ud800"}, 400, "malformed_request"),
    ],
)
def test_bad_requests_are_answered_in_words(
    client: FlaskClient, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == status
    if code:
        assert answer.get_json()["error"]["code"] == code
        assert answer.get_json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"end": None},
        {"start": True},
        {"sort": "n"},
        {"sort": [None]},
        {"filters": [1]},
        {"filters": {"n": 1}},
        {"filters": {"n": {"operator": "OR", "conditions": ["x"]}}},
        {"search": "\ud800"},
    ],
)
def test_blocks_have_a_window_and_the_grids_shape(client: FlaskClient, body: dict[str, Any]) -> None:
    path = f"/api/ide/queries/{'x' * 22}/rows"
    answer = client.post(path, json={"start": 0, "end": 2} | body)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "malformed_request")


@pytest.mark.parametrize(
    "body",
    [
        {"end": 10**6},
        {"start": 5, "end": 1},
        {"sort": [{"column": "nope"}]},
        {"filters": {"n": {"operator": "AND", "conditions": []}}},
    ],
)
def test_a_block_that_cannot_be_read_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    answer = client.post(f"/api/ide/queries/{finished(client)}/rows", json={"start": 0, "end": 2} | body)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "invalid_input")


def test_what_is_not_json_is_refused(client: FlaskClient) -> None:
    # a form of another site can send text without asking first, JSON it cannot
    assert (
        client.post("/api/ide/queries", data='{"sql": "SELECT 1"}', content_type="text/plain").status_code
        == 400
    )
    deep = '{"sql":' * 20_000 + "1" + "}" * 20_000
    assert client.post("/api/ide/queries", data=deep, content_type="application/json").status_code == 400


def test_more_queries_than_may_wait_are_refused_in_words(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise TooManyQueries("10 of your queries are waiting to run, which is the most.")

    monkeypatch.setattr(Slots, "enter", full)
    answer = client.post("/api/ide/queries", json={"sql": "SELECT 1"})
    assert (answer.status_code, answer.get_json()["error"]["title"]) == (429, "Too many queries")


def test_others_see_nothing(client: FlaskClient) -> None:
    id = finished(client)
    for path in (
        f"/api/ide/queries/{id}",
        f"/api/ide/queries/{id}/export?format=csv",
        f"/api/ide/queries/{id}/export/t",
    ):
        assert client.get(path, headers={"As": "ben"}).status_code == 404
    assert (
        client.post(
            f"/api/ide/queries/{id}/rows", json={"start": 0, "end": 1}, headers={"As": "ben"}
        ).status_code
        == 404
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
    assert client.post("/api/ide/drafts", json=draft).get_json() == {"saved": True, "draft": None}
    answer = client.post(
        "/api/ide/drafts", json={**draft, "content": "b", "version": 1, "bases": [7]}
    ).get_json()
    assert (answer["saved"], answer["draft"]["content"]) == (False, "a")
    listed = client.get("/api/ide/drafts").get_json()
    assert (listed["user"], [one["content"] for one in listed["drafts"]]) == ("anna@example.com", ["a"])


def test_the_tree_is_walked(client: FlaskClient) -> None:
    assert client.get("/api/ide/resources").get_json() == {"children": [{"name": "aws"}]}
    assert client.get("/api/ide/resources?path=aws").get_json() == {"children": [{"name": "ec2"}]}
    assert client.get("/api/ide/resources?path=aws.ec2").get_json()["children"][0]["name"] == "vpcs"
    assert client.get("/api/ide/resources?path=aws.ec2.vpcs").get_json()["methods"][0]["verb"] == "SELECT"
