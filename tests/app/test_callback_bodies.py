"""A body that no page sends is refused in one line; only what the product got wrong itself is called a defect."""

from __future__ import annotations

import copy
import inspect
import json
import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

import dash
import flask
import pytest
import sqlalchemy as sa
from fakes.callbacks import list_calls
from fakes.inventory import three_runs
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from app import identity
from app.callback_bodies import make_types
from app.main import create_app
from app.settings import read_settings
from services import build
from services.users import Role, User

ADDRESS = "/_dash-update-component"
PEOPLE = {"engineer": User("anna", Role.ENGINEER), "viewer": User("bob", Role.VIEWER)}
WORDS = st.sampled_from(
    ["", "1", "a\0b", "\ud800", "stackql_inventory", "networks", "SELECT 1", "2026-11-21", "{}"]
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.just(10**30) | st.just(1.5) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["schema", "table", "tab", "id", "sql", "tab_id", "provider", "page", "action", "query"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


# what stores of the pages hold
GOOD = st.fixed_dictionaries(
    {
        "schema": st.just("stackql_inventory"),
        "table": st.just("aws_ec2_instances"),
        "tab": st.sampled_from(["rows", "charts", "changes", "source", "columns", "coverage", "views"]),
    }
)


@pytest.fixture
def app(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[dash.Dash]:
    """The app with a query, a schedule and a table, used by whom the header As names."""
    monkeypatch.setattr(
        identity, "find_request_user", lambda *_: PEOPLE[flask.request.headers.get("As", "viewer")]
    )
    three_runs(engine)
    services = build(engine, read_settings(inventory_engine="sample"))
    yield create_app(read_settings(inventory_engine="sample"), services)
    services.close()


def list_given(call: dict[str, Any]) -> list[dict[str, Any]]:
    """What the body says of each component."""
    return [
        one
        for entry in call["inputs"] + call["state"]
        for one in (entry if isinstance(entry, list) else [entry])
    ]


def odd_json(call: dict[str, Any]) -> st.SearchStrategy[Any]:
    """The body with one part gone, of another kind, or of another callback's."""

    def replace(change: tuple[str, Any]) -> Any:
        name, value = change
        made = copy.deepcopy(call)
        if value == "gone":
            made.pop(name)
        else:
            made[name] = value
        return made

    return ODD | st.tuples(
        st.sampled_from(sorted(call)), st.just("gone") | ODD | ODD.map(lambda one: [one])
    ).map(replace)


def odd_values(call: dict[str, Any]) -> st.SearchStrategy[Any]:
    """The body in the right shape, with any values, as if any of its inputs, or none, had changed."""
    sent = list_given(call)
    inputs = list_given({"inputs": call["inputs"], "state": []})
    names = [
        f"{one['id'] if isinstance(one['id'], str) else json.dumps(one['id'])}.{one['property']}"
        for one in inputs
    ]

    def put(drawn: tuple[list[Any], list[str]]) -> Any:
        made = copy.deepcopy(call)
        for one, value in zip(list_given(made), drawn[0], strict=True):
            one["value"] = value
        return {**made, "changedPropIds": drawn[1]}

    values = st.lists(GOOD | ODD, min_size=len(sent), max_size=len(sent))
    return st.tuples(values, st.lists(st.sampled_from(names), max_size=1)).map(put)


def test_forged_bodies_are_refused_in_one_line_and_are_no_defect(
    app: dash.Dash, caplog: pytest.LogCaptureFixture
) -> None:
    calls, client = list_calls(app), app.server.test_client()
    assert len(calls) > 60
    answers: Counter[int] = Counter()

    @seed(14)
    @settings(
        max_examples=250,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def walk(data: st.DataObject) -> None:
        call = data.draw(st.sampled_from(calls))
        body = data.draw(odd_json(call) | odd_values(call))
        caplog.clear()
        answer = client.post(ADDRESS, json=body, headers={"As": data.draw(st.sampled_from(sorted(PEOPLE)))})
        defects = [one for one in caplog.records if one.levelno >= logging.ERROR or one.exc_info]
        assert defects == []
        assert answer.status_code in (200, 204, 400), answer.text
        refused = [one for one in caplog.records if one.name == "app.callback_bodies"]
        assert len(refused) == (answer.status_code == 400)
        answers[answer.status_code] += 1

    walk()
    assert min(answers[200], answers[400]) > 50, answers


def test_what_the_browser_sends_is_let_through(app: dash.Dash) -> None:
    client = app.server.test_client()
    for call in list_calls(app):
        answer = client.post(ADDRESS, json=call, headers={"As": "viewer"})
        # of the right shape: only its missing values may be refused
        assert answer.status_code in (200, 204) or " of " in answer.get_json()["error"]["message"], (
            answer.text
        )


def test_a_defect_of_ours_stays_one(
    app: dash.Dash, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> Any:
        raise KeyError("defect")

    monkeypatch.setattr("callbacks.shell.search.find_results", fail)
    call = next(one for one in list_calls(app) if one["output"] == "search_results.children")
    call["inputs"][0]["value"] = "vpc"
    call["changedPropIds"] = [f"{call['inputs'][0]['id']}.value"]
    answer = app.server.test_client().post(ADDRESS, json=call, headers={"As": "engineer"})
    assert answer.status_code == 200
    assert "This is a defect of the app" in answer.text
    assert [one for one in caplog.records if one.exc_info]
    # the same error, and what was sent is no text
    caplog.clear()
    call["inputs"][0]["value"] = ["vpc"]
    assert app.server.test_client().post(ADDRESS, json=call, headers={"As": "engineer"}).status_code == 400
    assert not [one for one in caplog.records if one.exc_info]


def test_the_types_of_every_callback_can_be_checked(app: dash.Dash) -> None:
    for callback in app.callback_map.values():
        if "callback" in callback:
            make_types(inspect.unwrap(callback["callback"]))


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"{", b'{"output": NaN}', b"[" * 100_000])
def test_what_is_no_object_is_refused(app: dash.Dash, body: bytes) -> None:
    answer = app.server.test_client().post(ADDRESS, data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "malformed_request")
