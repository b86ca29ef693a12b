"""The app starts, serves its pages and says whether its database answers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.main import create_app
from app.settings import read_settings
from app.start import make_missing_schema
from inventory_runner.errors import NotFound, SchemaMissing
from inventory_runner.platform import database
from services import build
from services.models.inventory import InventoryFilter, TableRef
from services.users import SYSTEM, act_as


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


def test_a_database_without_our_schemas_has_words_and_gets_them(engine: sa.Engine) -> None:
    settings = read_settings(inventory_engine="sample")
    services = build(engine, settings)
    client = create_app(settings, services).server.test_client()
    database.drop_schemas(engine)
    assert client.get("/readyz").status_code == 503
    for ask in (
        services.schedules.list_schedules,
        services.db.get_queries,
        services.secrets.overview,
        lambda: services.inventory.overview(InventoryFilter()),
        services.db.inventory.read_inventory_version,
        lambda: services.db.inventory.list_table_columns(TableRef("stackql_inventory", "vpcs")),
    ):
        with act_as(SYSTEM), pytest.raises((SchemaMissing, NotFound)):
            ask()
    make_missing_schema(services)
    assert client.get("/readyz").status_code == 200
    with act_as(SYSTEM):
        assert services.schedules.list_schedules() == []


@pytest.mark.parametrize(
    ("statement", "ours"),
    [
        ("SELECT * FROM stackql_app.gone", True),
        ("SELECT of_a_later_version FROM stackql_app.runs", True),
        ("SELECT stackql_app.gone(1)", True),
        ("CREATE TABLE stackql_apple.t ()", False),
        ("SELECT * FROM stackql_inventory.a_schedules_table", False),
        ("SELECT gone FROM stackql_inventory.assets", False),
    ],
)
def test_only_what_the_schema_file_makes_is_called_missing(
    engine: sa.Engine, statement: str, ours: bool
) -> None:
    with engine.connect() as connection, pytest.raises(SchemaMissing if ours else sa.exc.ProgrammingError):
        connection.execute(sa.text(statement))
