"""The app starts, serves its pages and says whether its database answers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.main import create_app
from app.settings import read_settings
from services import build


@pytest.mark.parametrize(
    "path", ["/", "/inventory", "/inventory/anything", "/ide", "/schedules", "/providers"]
)
def test_pages_are_served(path: str, engine: sa.Engine) -> None:
    client = create_app(
        read_settings(inventory_engine="sample"), build(engine, read_settings(inventory_engine="sample"))
    ).server.test_client()
    assert client.get(path).status_code == 200


def test_ready_follows_the_database(engine: sa.Engine) -> None:
    client = create_app(
        read_settings(inventory_engine="sample"), build(engine, read_settings(inventory_engine="sample"))
    ).server.test_client()
    assert client.get("/readyz").status_code == 200
    lost = sa.create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/none")
    client = create_app(
        read_settings(inventory_engine="sample"), build(lost, read_settings(inventory_engine="sample"))
    ).server.test_client()
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)
