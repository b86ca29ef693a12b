"""What the IDE's callbacks decide, as plain functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dash import no_update
from fakes.components import words
from fakes.engine import ScriptedEngine, table_of_rows
from fakes.waiting import wait_until

from app.settings import read_settings
from callbacks.ide import page, results, saved, versions
from inventory_runner.contract import QueryResult, QuerySyntaxError
from inventory_runner.errors import InventoryError, StatementRefused
from layouts.ide import drawer, ids
from layouts.ide.page import parameter_fields
from services import Services, build
from services.errors import describe_error, rebuild_error
from services.models.core import Query, VersionConflict
from services.models.coverage import COUNTED
from services.query_service import QueryService

pytestmark = pytest.mark.usefixtures("as_engineer")


@pytest.fixture
def services(engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("INVENTORY_DATA_DIR", str(tmp_path))
    built = build(engine, read_settings(inventory_engine="sample"))
    scripted = ScriptedEngine(name="sample")
    built.engine._made = scripted
    yield built


def finished(queries: QueryService, sql: str, **arguments: Any) -> str:
    id = queries.runner.start(sql, **arguments).id
    wait_until(lambda: queries.runner.poll(id).status.final)
    return id


def scripted(services: Services) -> ScriptedEngine:
    engine = services.engine()
    assert isinstance(engine, ScriptedEngine)
    return engine


def test_a_link_opens_a_query_or_a_text(services: Services) -> None:
    id = services.db.save_query(Query("Mine", "SELECT 1", provider="aws"))
    found = page.open_link(services, {"query": str(id), "sql": None})
    wanted = {"query_id": id, "query_version": 1, "title": "Mine", "sql": "SELECT 1", "provider": "aws"}
    assert found == {**wanted, "source": "live"}
    assert page.open_link(services, {"query": None, "sql": "SELECT 2"}) == {
        "sql": "SELECT 2",
        "source": "live",
    }
    asked = {"sql": "SELECT 2", "source": "inventory"}
    assert page.open_link(services, asked) == asked
    with pytest.raises(InventoryError, match="“nowhere”"):
        page.open_link(services, {"sql": "SELECT 2", "source": "nowhere"})
    assert page.open_link(services, {}) is None
    # never a part of a statement
    with pytest.raises(InventoryError, match="too long"):
        page.open_link(services, {"sql": "SELECT 1 " + " " * 20_000})
    for wrong in ("7", "-1", "x", "1" * 40, "١"):
        with pytest.raises(InventoryError, match="no such query"):
            page.open_link(services, {"query": wrong})


def test_the_check_says_what_is_missing_and_gives_parameters_fields(services: Services) -> None:
    content = {"tab": "t", "sql": "SELECT 1 WHERE a = :region", "start": 4, "parameters": {"region": "x"}}
    first = page.check(services, content, None)
    assert first["lines"] == []
    assert first["shown"] == ["t", ["region"], {}]
    assert ":region" in words(first["fields"])
    # the same fields are left alone, so that nobody's typing is interrupted
    assert page.check(services, content, first["shown"])["fields"] is no_update
    content = {**content, "sql": "DROP TABLE x WHERE a = :region", "row": 6}
    second = page.check(services, content, first["shown"])
    # the line is the editor's, where other statements may stand before it
    assert "Line 7: A statement that starts with DROP is not run." in words(second["lines"])
    assert second["fields"] is no_update


def test_a_parameter_with_a_list_is_a_choice() -> None:
    field = parameter_fields(["region"], {"region": "gone"}, {"region": ("a", "b")}, {})[0]
    select = field.children[1]
    assert [option["value"] for option in select.options] == ["gone", "a", "b"]
    suggested = parameter_fields(["region"], {}, {}, {"region": ["x"]})[0]
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
    dialog = saved.answer_request(services, request())
    assert (dialog["is_open"], dialog["title"], dialog["note"]) == (True, "Save query", None)
    assert dialog["name"] == "Query 1"
    first = saved.save(services, request(then="schedule"), " Mine ", "why")
    assert (first["title"], first["then"], first["tab"]) == ("Mine", "schedule", "t")
    id = first["query_id"]
    dialog = saved.answer_request(services, request(query_id=id, query_version=1, sql="SELECT 2"))
    assert not dialog["is_open"]
    assert dialog["saved"]["query_id"] == id
    kept = services.db.get_query(id)
    assert kept and (kept.query_text, kept.description) == ("SELECT 2", "why")
    # "Save as" makes another one, and a query that somebody deleted is saved anew
    dialog = saved.answer_request(services, request(query_id=id, **{"as": True}))
    assert (dialog["is_open"], dialog["name"]) == (True, "Mine (copy)")
    services.db.delete_query(id)
    assert saved.save(services, request(query_id=id), "Mine", "")["query_id"] != id


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
    dialog = saved.answer_request(services, request(query_id=id, query_version=1, sql="SELECT 2"))
    assert dialog["is_open"]
    assert "stackql_inventory.fed" in words(dialog["note"])
    assert not saved.answer_request(services, request(query_id=id, query_version=1, sql="SELECT 1"))[
        "is_open"
    ]
    listed = drawer.saved_list(
        services.db.get_queries(), services.db.queries.list_tables_by_query(), searching=False
    )
    assert words(listed[0]) == "1 shown" and listed[0].role == "status"
    heading, row = listed[1].children
    assert words(heading) == "No provider 1"
    assert row.children[1].title == "Keeps stackql_inventory.fed up to date"


def test_renaming_and_duplicating(services: Services) -> None:
    id = services.db.save_query(Query("Mine", "SELECT 1"))
    dialog = saved.answer_request(services, {"rename": id})
    assert (dialog["is_open"], dialog["title"], dialog["name"]) == (True, "Rename query", "Mine")
    assert saved.save(services, {"rename": id}, "Ours", "d", dialog["version"])["title"] == "Ours"
    saved.duplicate_query(services, id)
    saved.duplicate_query(services, id)
    assert [query.name for query in services.db.get_queries()] == ["Ours", "Ours (copy 2)", "Ours (copy)"]
    opened = saved.describe_entry(services, ids.SAVED_LOAD, id)
    assert (opened["query_id"], opened["sql"]) == (id, "SELECT 1")


def test_a_save_over_a_newer_version_shows_both_and_what_can_be_done(services: Services) -> None:
    id = services.db.save_query(Query("Mine", "SELECT 1"))
    services.db.update_query(id, Query("Mine", "SELECT 'theirs'\nFROM b", version=1))
    mine = request(query_id=id, query_version=1, sql="SELECT 'mine'\nFROM b")
    dialog = saved.answer_request(services, mine)
    assert dialog["is_open"] and dialog["saved"] is no_update
    shown = words(dialog["error"])
    assert "+SELECT 'mine'" in shown and "−SELECT 'theirs'" in shown and "Keep mine" in shown
    with pytest.raises(VersionConflict) as caught:
        saved.save(services, mine, "Mine", "", dialog["version"])
    taken = saved.take(services, mine)
    assert (taken["open"]["sql"], taken["open"]["query_version"], taken["open"]["instead"]) == (
        "SELECT 'theirs'\nFROM b",
        2,
        "t",
    )
    assert saved.save(services, mine, "Mine", "", caught.value.versions[0])["version"] == 3
    # a new query is one however often its save arrives
    new = request(sql="SELECT 5")
    first = saved.save(services, new, "New", "")
    assert saved.save(services, new, "New", "")["query_id"] == first["query_id"]
    anew = [saved.save(services, {**new, "as": True, "dialog": one}, "New", "")["query_id"] for one in "aab"]
    assert anew[0] == anew[1] and len({*anew, first["query_id"]}) == 3


def test_versions_are_shown_opened_and_restored(services: Services) -> None:
    id = services.db.save_query(Query("Mine", "SELECT 1"))
    assert "Nothing was changed yet" in words(versions.show_versions(services, id)["body"])
    services.db.update_query(id, Query("Ours", "SELECT 2", version=1))
    dialog = versions.show_versions(services, id)
    assert set(dialog) == set(versions.SHOWN) and not dialog["nothing"]
    assert dialog["shown"] == {"query": id, "version": 1, "newest": 2}
    shown = words(dialog["body"])
    assert "−SELECT 1" in shown and "+SELECT 2" in shown and "Mine → Ours" in shown
    opened = versions.open_version(services, dialog["shown"])["open"]
    assert (opened["sql"], opened["title"]) == ("SELECT 1", "Mine (version 1)") and "query_id" not in opened
    # somebody saves meanwhile: that is shown first
    services.db.update_query(id, Query("Ours", "SELECT 3", version=2))
    refused = versions.restore(services, dialog["shown"])
    assert "Someone has changed it" in words(refused["error"]) and "SELECT 3" in words(refused["body"])
    done = versions.restore(services, refused["shown"])
    assert not done["is_open"] and done["saved"]["sql"] == "SELECT 1"
    kept = services.db.get_query(id)
    assert kept and (kept.name, kept.query_text, kept.version) == ("Mine", "SELECT 1", 4)
    for forged in ("words", None, {"query": "x", "version": [], "newest": 10**30}):
        assert versions.read_shown(forged) == {"query": 0, "version": 0, "newest": 0}


def test_history_comes_back_with_its_values(services: Services) -> None:
    finished(services.queries, "SELECT 1 WHERE a = :x", parameter_values={"x": "7"})
    entry = wait_until(services.db.history.get_history)[0]
    opened = saved.describe_entry(services, ids.HISTORY_RUN, entry.id)
    assert (opened["sql"], opened["parameters"], opened["run"]) == ("SELECT 1 WHERE a = :x", {"x": "7"}, True)
    assert "SELECT 1" in words(drawer.history_list([entry], searching=False, days=365))
    # as a reader hears it, whether there are any or none
    for entries in ([entry], []):
        said = drawer.history_list(entries, searching=True, days=365)[0]
        assert words(said) == f"{len(entries)} shown" and said.role == "status"


def test_each_end_of_a_query_has_its_view(services: Services) -> None:
    engine = scripted(services)
    table, json_columns = table_of_rows([{"n": number} for number in range(3)])
    engine.answer(
        "cut", QueryResult(table, complete=False, warnings=("One page.",), json_columns=json_columns)
    )
    engine.answer("bad", QuerySyntaxError("There is no column bad.", details="raw words"))
    engine.answer("empty", [])
    shown = words(
        results.show_result(services, {"id": finished(services.queries, "SELECT 'cut'", row_limit=3)})
    )
    assert "3 rows" in shown
    assert "Only the first 3 rows are here" in shown
    assert "1 warning" in shown
    assert "Query returned no rows." in words(
        results.show_result(services, {"id": finished(services.queries, "SELECT 'empty'")})
    )
    shown = words(
        results.show_result(services, {"id": finished(services.queries, "SELECT 'bad'"), "line": 4})
    )
    assert "There is no column bad." in shown
    assert "raw words" in shown
    # once, and the line is where a click leads
    assert shown.count("Line 4") == 1 and "marked in the editor" not in shown
    assert "no longer kept" in words(results.show_result(services, {"id": "x" * 22}))
    assert "Results appear here" in words(results.show_result(services, {}))
    refused = describe_error(StatementRefused("Line 2: no.", line=2, hint="Do this."))
    shown = words(results.show_result(services, {"error": refused, "line": 9}))
    assert "no. Do this." in shown and shown.count("Line 9") == 1 and "Line 2" not in shown


def test_interpret_sends_twenty_rows_and_the_statement(services: Services) -> None:
    scripted(services).answer("", [{"n": number, "name": f"row {number}"} for number in range(50)])
    prompt = results.write_interpretation(services, finished(services.queries, "SELECT n FROM t"))
    assert prompt["mode"] == "results"
    assert "the first 20 of 50 rows" in prompt["text"]
    assert "SELECT n FROM t" in prompt["text"]
    assert prompt["text"].count("| row ") == 20


def test_a_chart_is_suggested_drawn_and_its_errors_are_words(services: Services) -> None:
    scripted(services).answer("", [{"kind": f"k{number % 3}", "n": number} for number in range(9)])
    id = finished(services.queries, "SELECT kind, n")
    fields, figure = results.suggest_chart(services, id)
    assert [label.children[1].value for label in fields.children] == ["kind", "sum", "n", "*", "", "bar"]
    drawn = figure.children.parts[0]["html"]
    # bars lie, the largest on top
    assert re.findall(r'aria-label="(k\d: \d+)"', drawn) == ["k0: 9", "k1: 12", "k2: 15"][::-1]
    assert "Sum of n by kind" in drawn
    assert "No chart" in words(
        results.draw_graph(replace(services.queries.results.chart(id), series={}), COUNTED)
    )


def test_errors_travel_as_values() -> None:
    error = QuerySyntaxError("There is no column bad.", line=3, hint="Look.", details="raw")
    values = describe_error(error)
    assert (values["code"], values["line"]) == ("syntax_error", 3)
    assert str(rebuild_error(values)) == str(error)
