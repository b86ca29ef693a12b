"""What the IDE's callbacks decide, as plain functions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.engine import ScriptedEngine, table_of_rows

from app.settings import read_settings
from callbacks.ide import page as ide
from callbacks.ide import results as ide_results
from callbacks.ide import saved as ide_saved
from inventory_runner.contract import QueryResult, QuerySyntaxError
from inventory_runner.errors import InventoryError, StatementRefused
from layouts.ide import drawer as ide_drawer
from layouts.ide import page
from services import Services, build
from services.errors import from_payload, payload
from services.models.core import Query
from services.query_service import QueryService

pytestmark = pytest.mark.usefixtures("as_engineer")


@pytest.fixture
def services(engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("INVENTORY_DATA_DIR", str(tmp_path))
    built = build(engine, read_settings(inventory_engine="sample"))
    scripted = ScriptedEngine(name="sample")
    built.engine._made = scripted
    yield built


def words(component: Any) -> str:
    """Every text of a component, in order."""
    if component is None or isinstance(component, bool):
        return ""
    if isinstance(component, str | int | float):
        return str(component)
    if isinstance(component, list | tuple):
        return " ".join(words(one) for one in component)
    return words(getattr(component, "children", None))


def finished(queries: QueryService, sql: str, **arguments: Any) -> str:
    id = queries.start(sql, **arguments).id
    while not queries.poll(id).status.final:
        time.sleep(0.005)
    return id


def scripted(services: Services) -> ScriptedEngine:
    engine = services.engine()
    assert isinstance(engine, ScriptedEngine)
    return engine


def test_a_link_opens_a_query_or_a_text(services: Services) -> None:
    id = services.db.save_query(Query("Mine", "SELECT 1", provider="aws"))
    found = ide.opened_by_link(services, {"query": str(id), "sql": None})
    assert found == {"query_id": id, "title": "Mine", "sql": "SELECT 1", "provider": "aws"}
    assert ide.opened_by_link(services, {"query": None, "sql": "SELECT 2"}) == {"sql": "SELECT 2"}
    assert ide.opened_by_link(services, {}) is None
    # never a part of a statement
    with pytest.raises(InventoryError, match="too long"):
        ide.opened_by_link(services, {"sql": "SELECT 1 " + " " * 20_000})
    for wrong in ("7", "-1", "x", "1" * 40, "١"):
        with pytest.raises(InventoryError, match="no such query"):
            ide.opened_by_link(services, {"query": wrong})


def test_the_check_says_what_is_missing_and_gives_parameters_fields(services: Services) -> None:
    content = {"tab": "t", "sql": "SELECT 1 WHERE a = :region", "start": 4, "parameters": {"region": "x"}}
    lines, fields, shown = ide.checked(services, content, None)
    assert lines == []
    assert shown == ["t", ["region"], {}]
    assert ":region" in words(fields)
    # the same fields are left alone, so that nobody's typing is interrupted
    assert ide.checked(services, content, shown)[1] is ide.no_update
    content = {**content, "sql": "DROP TABLE x WHERE a = :region", "row": 6}
    lines, fields, _ = ide.checked(services, content, shown)
    # the line is the editor's, where other statements may stand before it
    assert "Line 7: a statement that starts with DROP is not run." in words(lines)
    assert fields is ide.no_update


def test_a_parameter_with_a_list_is_a_choice() -> None:
    field = page.parameter_fields(["region"], {"region": "gone"}, {"region": ("a", "b")}, {})[0]
    select = field.children[1]
    assert [option["value"] for option in select.options] == ["gone", "a", "b"]
    suggested = page.parameter_fields(["region"], {}, {}, {"region": ["x"]})[0]
    assert suggested.children[1].list == suggested.children[2].id


def request(**values: Any) -> dict[str, Any]:
    return {
        "tab": "t",
        "sql": "SELECT 1",
        "title": "Query 1",
        "provider": "",
        "query_id": None,
        "as": False,
        **values,
    }


def test_saving_asks_for_a_name_once(services: Services) -> None:
    is_open, title, note, name, *_ = ide_saved.asked(services, request())
    assert (is_open, title, note, name) == (True, "Save query", None, "Query 1")
    saved = ide_saved.save(services, request(then="schedule"), " Mine ", "why")
    assert (saved["title"], saved["then"], saved["tab"]) == ("Mine", "schedule", "t")
    is_open, *_, again = ide_saved.asked(services, request(query_id=saved["query_id"], sql="SELECT 2"))
    assert not is_open
    assert again["query_id"] == saved["query_id"]
    kept = services.db.get_query(saved["query_id"])
    assert kept and (kept.query_text, kept.description) == ("SELECT 2", "why")
    # "Save as" makes another one, and a query that somebody deleted is saved anew
    is_open, _, _, name, *_ = ide_saved.asked(services, request(query_id=saved["query_id"], **{"as": True}))
    assert (is_open, name) == (True, "Mine (copy)")
    services.db.delete_query(saved["query_id"])
    assert (
        ide_saved.save(services, request(query_id=saved["query_id"]), "Mine", "")["query_id"]
        != saved["query_id"]
    )


def test_an_edit_of_a_scheduled_query_names_its_tables(services: Services) -> None:
    id = services.db.save_query(Query("Mine", "SELECT 1"))
    with services.db.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.schedules (query_id, cron_expression, target_table)"
                " VALUES (:id, '0 6 * * *', 'fed')"
            ),
            {"id": id},
        )
    is_open, _, note, *_ = ide_saved.asked(services, request(query_id=id, sql="SELECT 2"))
    assert is_open
    assert "stackql_inventory.fed" in words(note)
    assert not ide_saved.asked(services, request(query_id=id, sql="SELECT 1"))[0]
    listed = ide_drawer.saved_list(
        services.db.get_queries(), services.db.queries.tables_by_query(), searching=False
    )
    assert listed[0].children[1].title == "Keeps stackql_inventory.fed up to date"


def test_renaming_and_duplicating(services: Services) -> None:
    id = services.db.save_query(Query("Mine", "SELECT 1"))
    assert ide_saved.asked(services, {"rename": id})[:4] == (True, "Rename query", None, "Mine")
    assert ide_saved.save(services, {"rename": id}, "Ours", "d")["title"] == "Ours"
    ide_saved.duplicate(services, id)
    ide_saved.duplicate(services, id)
    assert [query.name for query in services.db.get_queries()] == ["Ours", "Ours (copy 2)", "Ours (copy)"]
    opened = ide_saved.opened(services, ide_drawer.LOAD, id)
    assert (opened["query_id"], opened["sql"]) == (id, "SELECT 1")


def test_history_comes_back_with_its_values(services: Services) -> None:
    finished(services.queries, "SELECT 1 WHERE a = :x", parameter_values={"x": "7"})
    deadline = time.monotonic() + 5
    while not services.db.history.get_history():
        assert time.monotonic() < deadline
    entry = services.db.history.get_history()[0]
    opened = ide_saved.opened(services, ide_drawer.HISTORY_RUN, entry.id)
    assert (opened["sql"], opened["parameters"], opened["run"]) == ("SELECT 1 WHERE a = :x", {"x": "7"}, True)
    assert "SELECT 1" in words(ide_drawer.history_list([entry], searching=False))


def test_each_end_of_a_query_has_its_view(services: Services) -> None:
    engine = scripted(services)
    table, json_columns = table_of_rows([{"n": number} for number in range(3)])
    engine.answer(
        "cut", QueryResult(table, complete=False, warnings=("One page.",), json_columns=json_columns)
    )
    engine.answer("bad", QuerySyntaxError("There is no column bad.", details="raw words"))
    engine.answer("empty", [])
    shown = words(
        ide_results.result(services, {"id": finished(services.queries, "SELECT 'cut'", row_limit=3)})
    )
    assert "3 rows" in shown
    assert "Only the first 3 rows are here" in shown
    assert "1 warning" in shown
    assert "Query returned no rows." in words(
        ide_results.result(services, {"id": finished(services.queries, "SELECT 'empty'")})
    )
    shown = words(ide_results.result(services, {"id": finished(services.queries, "SELECT 'bad'"), "line": 4}))
    assert "There is no column bad." in shown
    assert "raw words" in shown
    assert "Line 4 is marked" in shown
    assert "no longer kept" in words(ide_results.result(services, {"id": "x" * 22}))
    assert "Results appear here" in words(ide_results.result(services, {}))
    refused = payload(StatementRefused("Line 2: no.", line=2, hint="Do this."))
    shown = words(ide_results.result(services, {"error": refused, "line": 9}))
    assert "Line 9: no. Do this." in shown


def test_interpret_sends_twenty_rows_and_the_statement(services: Services) -> None:
    scripted(services).answer("", [{"n": number, "name": f"row {number}"} for number in range(50)])
    prompt = ide_results.interpretation(services, finished(services.queries, "SELECT n FROM t"))
    assert prompt["mode"] == "results"
    assert "the first 20 of 50 rows" in prompt["text"]
    assert "SELECT n FROM t" in prompt["text"]
    assert prompt["text"].count("| row ") == 20


def test_a_chart_is_suggested_drawn_and_its_errors_are_words(services: Services) -> None:
    scripted(services).answer("", [{"kind": f"k{number % 3}", "n": number} for number in range(9)])
    id = finished(services.queries, "SELECT kind, n")
    pickers, figure = ide_results.suggested_chart(services, id, dark=True)
    assert [label.children[1].value for label in pickers.children[:3]] == ["bar", "kind", "n"]
    drawn = figure.children[1].figure
    assert drawn.data[0].type == "bar"
    assert list(drawn.data[0].x) == ["k2", "k1", "k0"]
    assert ide_results.chosen("—") == ""


def test_errors_travel_as_values() -> None:
    error = QuerySyntaxError("There is no column bad.", line=3, hint="Look.", details="raw")
    values = payload(error)
    assert (values["kind"], values["line"]) == ("QuerySyntaxError", 3)
    assert str(from_payload(values)) == str(error)
