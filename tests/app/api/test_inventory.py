"""The inventory's routes: blocks of rows, files, the numbers behind charts."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import flask
import pytest
import sqlalchemy as sa
from fakes.inventory import Parts, three_runs

from app.api import inventory
from app.api.operations import Api
from inventory_runner.errors import InvalidInput
from services.inventory_service.charts import CHARTS
from services.users import NOBODY, set_current_user

NOW = datetime.now(UTC)


@pytest.fixture
def services(engine: sa.Engine) -> Parts:
    return three_runs(engine)


@pytest.fixture
def client(services):
    server = flask.Flask("test")
    server.before_request(lambda: set_current_user(NOBODY))
    inventory.install(Api(server), services)
    return server.test_client()


def test_the_routes_give_rows_and_refuse_nonsense(client):
    path = "/api/inventory/tables/stackql_inventory/aws_ec2_instances"
    answer = client.post(f"{path}/rows", json={"start": 0, "end": 5, "sort": [], "filters": {}, "search": ""})
    assert answer.status_code == 200 and answer.json["total"] == 22 and len(answer.json["rows"]) == 5
    assert client.post(f"{path}/rows?asof=yesterday", json={"start": 0, "end": 5}).status_code == 422
    earlier = client.post(
        f"{path}/rows?asof={NOW - timedelta(days=2):%Y-%m-%dT%H:%M}", json={"start": 0, "end": 5}
    )
    assert earlier.json["total"] == 20
    assert client.post(f"{path}/rows", json={"start": "0", "end": 5}).status_code == 400
    assert client.post(f"{path}/rows", data="x").status_code == 400
    hostile = client.post("/api/inventory/tables/stackql_app/runs/rows", json={"start": 0, "end": 5})
    assert hostile.status_code == 404
    assets = client.post("/api/inventory/resources?region=us-east-1", json={"start": 0, "end": 3})
    assert assets.json["total"] == 22 and assets.json["rows"][0]["provider"] == "aws"


def test_what_no_table_can_hold_is_the_askers_mistake(client, services):
    window = {"start": 0, "end": 3}
    for wrong in ("\x00", "\ud800"):
        for field in ("provider", "search"):
            with pytest.raises(InvalidInput, match="no table can hold"):
                services.inventory.changes(**{field: f"a{wrong}"})
    assert client.post("/api/inventory/resources?region=%00", json=window).status_code == 422
    path = "/api/inventory/tables/stackql_inventory/aws_ec2_instances/rows"
    assert client.post(path, json={**window, "search": "\x00"}).status_code == 422
    assert services.inventory.changes(day=date.max).entries == ()


def test_the_routes_give_files(client):
    path = "/api/inventory/tables/stackql_inventory/aws_ec2_instances"
    answer = client.get(f"{path}/export?format=csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="aws_ec2_instances-')
    assert len(answer.text.splitlines()) == 23
    assert client.get(f"{path}/export?format=exe").status_code == 422
    chart = client.get(f"{path}/chart.csv?by=state").text.splitlines()
    assert chart[0] == "state,count" and all(line.rpartition(",")[2].isdigit() for line in chart[1:])
    assert client.get(f"{path}/chart.csv?by=nope").status_code == 422


def test_a_file_of_what_is_shown_is_prepared_and_named_for_it(client):
    path = "/api/inventory/tables/stackql_inventory/aws_ec2_instances"
    # longer than any address
    values = ["i-0003", "i-0004", *(f"i-{n}-{'x' * 180}" for n in range(900))]
    body = {
        "format": "csv",
        "filters": {"id": {"filterType": "values", "type": "in", "values": values}},
        "sort": [{"column": "id", "descending": True}],
    }
    prepared = client.post(f"{path}/exports?only=%7B%22region%22:%22us-east-1%22%7D", json=body).json
    assert "-filtered" in prepared["name"] and len(prepared["url"]) < 400
    file = client.get(prepared["url"])
    assert f'filename="{prepared["name"]}"' in file.headers["Content-Disposition"]
    assert [line.partition(",")[0] for line in file.text.splitlines()] == ["id", "i-0004", "i-0003"]
    everything = client.post(f"{path}/exports", json={"format": "csv"}).json
    assert "filtered" not in everything["name"] and "selection" not in everything["url"]
    wrong = {"format": "csv", "filters": {"gone": {"filterType": "text", "type": "blank"}}}
    refused = client.post(f"{path}/exports", json=wrong)
    assert refused.status_code == 422 and "no column 'gone'" in refused.json["error"]["message"]
    assert client.get(f"{path}/export?format=csv&selection={'0' * 32}").status_code == 404
    resources = client.post(
        "/api/inventory/resources/exports?provider=aws", json={"format": "json", "search": "id:i-0003"}
    ).json
    assert [row["id"] for row in client.get(resources["url"]).json] == ["i-0003"]


@pytest.mark.parametrize("name", [chart.name for chart in CHARTS])
def test_every_chart_gives_its_numbers(client, name):
    answer = client.get(f"/api/inventory/charts/{name}?days=7&provider=aws")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert answer.status_code == 200 and len(rows) > 1 and len({len(row) for row in rows}) == 1
    assert answer.headers["Content-Type"].startswith("text/csv")


def test_a_chart_that_there_is_not(client):
    # numbers of all regions are not passed off as one's
    assert client.get("/api/inventory/charts/owner?region=us-east-1").status_code == 422
    assert client.get("/api/inventory/charts/nope").status_code == 404
    assert client.get("/api/inventory/charts/where?days=3").status_code == 422
    for days in ("x", "99999999999999999999", "9" * 5000):
        assert client.get(f"/api/inventory/charts/where?days={days}").status_code == 400
