"""The app starts, serves its pages and says whether its database answers."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes import stackql as fake_stackql
from fakes.waiting import wait_until

from app.main import create_app
from app.settings import read_settings
from app.start import make_missing_schema
from inventory_runner.errors import NotFound, SchemaMissing
from inventory_runner.platform import database
from services import build, program_check
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
    wait_until(lambda: client.get("/readyz").status_code == 200)
    lost = sa.create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/none")
    client = create_app(
        read_settings(inventory_engine="sample"), build(lost, read_settings(inventory_engine="sample"))
    ).server.test_client()
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)


def test_ready_waits_for_the_program_and_says_what_is_wrong_with_it(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program_check, "AGAIN_SECONDS", 0)
    monkeypatch.setattr("inventory_runner.engines.stackql.MISSING_KEPT_SECONDS", 0)
    fake = fake_stackql.install(tmp_path / "bin")
    binary = tmp_path / "stackql"
    settings = read_settings(
        inventory_engine="stackql", stackql_binary=str(binary), inventory_data_dir=tmp_path
    )
    services = build(engine, settings)
    client = create_app(settings, services).server.test_client()

    def answer() -> str:
        found = client.get("/readyz")
        assert found.status_code == (200 if found.text == "ready" else 503)
        return found.text

    # not known is not ready
    assert "being looked for" in answer()
    wait_until(lambda: "there is no such file" in answer())
    binary.symlink_to(fake.binary)
    wait_until(lambda: answer() == "ready")
    services.close()


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
    wait_until(lambda: client.get("/readyz").status_code == 200)
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
