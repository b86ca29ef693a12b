"""Requests that the document allows, and some that it forbids, made from the document alone; every answer is checked.

schemathesis asks of each answer whether the document names its status, MIME type and shape, whether a request that the
document forbids was refused and one that it allows was not, and that nothing ends in a 500.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest
import schemathesis
import sqlalchemy as sa
from fakes.engine import ScriptedEngine
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode

from app import api
from app.settings import read_settings
from services import build
from services.models import routes
from services.users import NOBODY, Role, User, set_current_user

PEOPLE = {
    "engineer": User("anna@example.com", Role.ENGINEER),
    "viewer": User("bob@example.com", Role.VIEWER),
    "nobody": NOBODY,
}
EXAMPLES = 5
CONFIG = schemathesis.Config.from_dict(
    {
        # 422, 429: the request is as the document has it, and cannot be done
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "403", "404", "422", "429"]},
            "negative_data_rejection": {"expected-statuses": ["400", "403", "404", "405", "413", "422"]},
        }
    }
)


@pytest.fixture
def server(engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[flask.Flask]:
    monkeypatch.setenv("INVENTORY_DATA_DIR", str(tmp_path))
    services = build(engine, read_settings(inventory_engine="sample"))
    services.engine._made = ScriptedEngine(name="sample", answers={"": [[{"n": 1}]]})
    made = flask.Flask("document")

    @made.before_request
    def _identify() -> None:
        set_current_user(PEOPLE[flask.request.headers.get("As", "engineer")])

    api.install(made, services)
    yield made
    services.close()


@pytest.mark.parametrize("who", PEOPLE)
def test_the_routes_do_what_the_document_says(
    server: flask.Flask, who: str, capsys: pytest.CaptureFixture[str]
) -> None:
    number = random.SystemRandom().randrange(2**32)
    with capsys.disabled():
        sys.stdout.write(f"\nschemathesis as {who}: seed {number}\n")
    document = schemathesis.openapi.from_wsgi(routes.DOCUMENT, server, config=CONFIG)
    asked: Counter[str] = Counter()
    for found in document.get_all_operations():
        operation = found.ok()
        id = operation.definition.raw["operationId"]
        modes = [GenerationMode.POSITIVE]
        if operation.query or operation.body:
            modes.append(GenerationMode.NEGATIVE)
        while asked[id] < EXAMPLES:
            for mode in modes:
                for case in cases(operation.as_strategy(mode), number):
                    asked[id] += 1
                    case.call_and_validate(headers={"As": who, "Accept-Encoding": "identity"})
    paths = server.test_client().get(routes.DOCUMENT).get_json()["paths"].values()
    assert set(asked) == {operation["operationId"] for path in paths for operation in path.values()}


def cases(strategy: SearchStrategy[schemathesis.Case], number: int) -> list[schemathesis.Case]:
    """Some examples; fewer where the document leaves no more to choose."""
    found: list[schemathesis.Case] = []

    @seed(number)
    @settings(
        max_examples=EXAMPLES, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def draw(case: schemathesis.Case) -> None:
        found.append(case)

    draw()
    return found
