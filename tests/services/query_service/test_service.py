"""Queries from Run to their end: states, owners, cancelling, queueing, leases, and what a dead process leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from fakes.clock import Clock
from fakes.effort import effort
from fakes.engine import Call, ScriptedEngine
from fakes.settings import settings_of
from fakes.waiting import PATIENCE_SECONDS, join, wait_until

from inventory_runner.contract import Column, QueryCancelled, QueryResult, QueryTimeout, WorkerDied
from inventory_runner.errors import (
    ConfigurationError,
    InvalidInput,
    InventoryError,
    NotAllowed,
    NotFound,
    StatementRefused,
)
from inventory_runner.storage import StorageUnavailable
from services.db.history import HistoryRecords
from services.db.inventory_rows import TooSlow
from services.db.queries import QueryRecords
from services.inventory_service.downloads import DownloadLimits, Downloads, TooManyDownloads
from services.query_service import Limits, QueryService, QueryState, QueryStatus
from services.query_service.running import HELD_ANSWERS
from services.query_service.slots import TooManyQueries
from services.query_service.state import QueryFolder
from services.settings import Settings
from services.turns import ClientLeft
from services.users import NOBODY, Role, User, act_as

pytestmark = pytest.mark.usefixtures("as_engineer")
ANNA, BEN = User("anna@example.com", Role.ENGINEER), User("ben@example.com", Role.ENGINEER)


def ended(service: QueryService, id: str) -> QueryState:
    wait_until(lambda: service.runner.poll(id).status.final)
    return service.runner.poll(id)


def blocking(call: Call) -> list[dict[str, object]]:
    """Runs until it is cancelled, as an engine would."""
    assert call.cancel.wait(2 * PATIENCE_SECONDS)
    raise QueryCancelled("It was cancelled.")


@pytest.fixture
def scripted() -> ScriptedEngine:
    return ScriptedEngine(answers={"wait": [blocking], "": [[{"n": 1}]]})


@pytest.fixture
def make(
    engine: sa.Engine, scripted: ScriptedEngine, tmp_path: Path
) -> Iterator[Callable[..., QueryService]]:
    made: list[QueryService] = []

    def build(**limits: float) -> QueryService:
        service = QueryService(
            QueryRecords(engine),
            HistoryRecords(engine),
            lambda: scripted,
            folder=tmp_path / "queries",
            limits=Limits(**limits),  # type: ignore[arg-type]
            downloads=Downloads(tmp_path / "downloads"),
            credentials=lambda providers: {f"{provider.upper()}_KEY": "s3cret" for provider in providers},
        )
        made.append(service)
        return service

    yield build
    for service in made:
        for work in list(service.runner._works.values()):
            work.token.cancel()
        wait_until(lambda service=service: not service.runner._works)  # type: ignore[misc]


@pytest.fixture
def service(make: Callable[..., QueryService]) -> QueryService:
    return make()


@pytest.mark.parametrize("in_the_way", ["queries", "queries/active", "queries/active/lock/x"])
def test_a_folder_of_results_that_cannot_be_written_is_words(
    service: QueryService, tmp_path: Path, in_the_way: str
) -> None:
    obstacle = tmp_path / in_the_way
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    obstacle.write_text("")
    with pytest.raises(StorageUnavailable, match="nothing can be written there") as caught:
        service.runner.start("SELECT 1 FROM aws.ec2.vpcs")
    assert str(tmp_path / "queries") in caught.value.message


def test_a_query_runs_to_its_result_and_into_the_history(
    service: QueryService, scripted: ScriptedEngine
) -> None:
    table = pa.table(
        {
            "name": ["a", None],
            "doc": ['{"x":1}', "[]"],
            "n": [2**60, 3],
            "at": ["2026-01-01", "2026-02-01T10:00:00Z"],
        }
    )
    scripted.answer(
        "vpcs", QueryResult(table, complete=False, warnings=("one page",), json_columns=frozenset({"doc"}))
    )
    started = service.runner.start(
        "SELECT * FROM aws.ec2.vpcs WHERE region = :region",
        parameter_values={"region": "it's"},
        provider="aws",
    )
    assert started.status in (QueryStatus.RUNNING, QueryStatus.QUEUED)
    state = ended(service, started.id)
    assert (state.status, state.rows, state.complete, state.warnings) == ("succeeded", 2, False, ["one page"])
    assert {one["name"]: one["kind"] for one in state.columns} == {
        "name": "text",
        "doc": "json",
        "n": "number",
        "at": "time",
    }
    assert scripted.calls[0].sql == "SELECT * FROM aws.ec2.vpcs WHERE region = 'it''s'"
    # a query gets the credentials of the providers that it names, and they stay out of what is kept
    assert scripted.calls[0].credentials == {"AWS_KEY": "s3cret"}
    assert all(
        b"s3cret" not in file.read_bytes() for file in service._folders.root.rglob("*") if file.is_file()
    )
    assert service.results.block(started.id, 0, 10)["rows"][0]["n"] == str(2**60)
    modes = {file.stat().st_mode & 0o777 for file in (service._folders.root / started.id).glob("*.*")}
    assert modes == {0o600}
    wait_until(lambda: bool(service._folders.history.get_history()))
    entry = service._folders.history.get_history()[0]
    assert (entry.status, entry.rows, entry.parameters) == ("succeeded", 2, {"region": "it's"})


@pytest.mark.parametrize("end", [";;", "; -- end", " ; /* a */\n-- it's the end"])
def test_a_query_gets_its_credentials_however_it_ends(
    service: QueryService, scripted: ScriptedEngine, end: str
) -> None:
    started = service.runner.start(f"SELECT * FROM google.storage.buckets WHERE project = 'p'{end}")
    assert ended(service, started.id).status is QueryStatus.SUCCEEDED
    assert scripted.calls[0].credentials == {"GOOGLE_KEY": "s3cret"}


def test_what_may_not_run_is_refused_before_it_starts(
    service: QueryService, scripted: ScriptedEngine
) -> None:
    with pytest.raises(StatementRefused):
        service.runner.start("DELETE FROM aws.ec2.vpcs")
    with pytest.raises(InvalidInput, match=":zone has no value") as caught:
        service.runner.start(
            "SELECT * FROM aws.ec2.vpcs WHERE region = :region AND z = :zone",
            parameter_values={"region": "x", "zone": " "},
        )
    assert caught.value.field == "zone"
    # with its value it would be read as another literal: x'41'
    with pytest.raises(StatementRefused, match="runs into"):
        service.runner.start("SELECT x:v FROM aws.ec2.vpcs", parameter_values={"v": "41"})
    with pytest.raises(InvalidInput, match="row limit"):
        service.runner.start("SELECT 1", row_limit=0)
    with act_as(NOBODY), pytest.raises(NotAllowed):
        service.runner.start("SELECT 1")
    assert not scripted.calls


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (QueryTimeout("Ten minutes."), "timed_out", "The query took too long"),
        (WorkerDied("Killed."), "died", "The query's process died"),
        (RuntimeError("a secret detail"), "failed", "Something went wrong"),
    ],
)
def test_every_bad_end_has_its_words(
    service: QueryService, scripted: ScriptedEngine, error: Exception, status: str, title: str
) -> None:
    scripted.answer("", error)
    state = ended(service, service.runner.start("SELECT 1").id)
    assert state.status == status
    assert state.error and state.error["title"] == title
    assert "a secret detail" not in str(state.error)


def test_an_error_names_the_line_of_the_word_it_complains_of(
    service: QueryService, scripted: ScriptedEngine
) -> None:
    scripted.answer("", InventoryError("no such column: regoin", title="The query failed"))
    state = ended(service, service.runner.start("SELECT a,\n  b\nFROM t\nWHERE regoin = 1").id)
    assert state.error and state.error["line"] == 4


def test_cancel_ends_a_query(service: QueryService) -> None:
    id = service.runner.start("SELECT 'wait'").id
    wait_until(lambda: service.runner.poll(id).stage == "running")
    service.runner.cancel(id)
    assert ended(service, id).status is QueryStatus.CANCELLED
    service.runner.cancel(id)


class Pauses(Clock):
    """Time passes in this thread's own pauses alone, and without a wait; `meanwhile` happens in each."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] = lambda: None
        self._thread = threading.current_thread()

    def monotonic(self) -> float:
        return self.ahead

    def sleep(self, seconds: float) -> None:
        if threading.current_thread() is not self._thread:
            time.sleep(seconds)
            return
        self.ahead += seconds
        self.meanwhile()


def test_an_answer_is_held_back_until_there_is_news(
    service: QueryService, make: Callable[..., QueryService], monkeypatch: pytest.MonkeyPatch
) -> None:
    id = service.runner.start("SELECT 'wait'").id
    other = make()  # another server process
    wait_until(lambda: other.runner.poll(id).progress == "running:running")
    clock = Pauses()
    monkeypatch.setattr("services.query_service.running.time", clock)
    # who knows something older is answered at once
    assert other.runner.poll(id, seen="running:checking", wait=2).progress == "running:running"
    assert clock.ahead == 0
    assert other.runner.poll(id, seen="running:running", wait=1).progress == "running:running"
    assert 1 <= clock.ahead < 1.1

    def end() -> None:
        service.runner._works[id].token.cancel()
        wait_until(lambda: QueryFolder(service._folders.root, id).read().status.final)

    clock.ahead, clock.meanwhile = 0, end
    assert other.runner.poll(id, seen="running:running", wait=2).status is QueryStatus.CANCELLED
    assert clock.ahead < 0.1, "the news was not told when it came"


def test_another_process_cancels_through_the_folder(
    service: QueryService, make: Callable[..., QueryService]
) -> None:
    id = service.runner.start("SELECT 'wait'").id
    other = make()
    assert other.runner.poll(id).status is QueryStatus.RUNNING
    other.runner.cancel(id)
    assert ended(other, id).status is QueryStatus.CANCELLED


def test_nobody_else_sees_a_query(service: QueryService) -> None:
    with act_as(ANNA):
        id = service.runner.start("SELECT 1").id
        ended(service, id)
        assert service.results.block(id, 0, 5)["total"] == 1
    with act_as(BEN):
        runner, results = service.runner, service.results
        for call in (runner.poll, runner.cancel, runner.release, results.interpret_rows, results.chart):
            with pytest.raises(NotFound):
                call(id)  # type: ignore[operator]
        with pytest.raises(NotFound):
            service.results.block(id, 0, 5)
        with pytest.raises(NotFound):
            service.results.count_values(id, "n")
        with pytest.raises(NotFound):
            service.results.export(id, "csv")
    for stranger in ("../../etc/passwd", "x" * 22, ""):
        with pytest.raises(NotFound):
            service.runner.poll(stranger)


def test_the_queue_is_fair_and_shows_places(make: Callable[..., QueryService]) -> None:
    service = make(per_user=1, total=2, waiting=2)
    with act_as(ANNA):
        first, second, third = (service.runner.start("SELECT 'wait'").id for _ in range(3))
        assert [service.runner.poll(id).status for id in (first, second)] == ["running", "queued"]
        assert service.runner.poll(third).position == 2
        with pytest.raises(TooManyQueries):
            service.runner.start("SELECT 'wait'")
    with act_as(BEN):
        # another user's query passes a queue that is only one user's
        bens = service.runner.start("SELECT 'wait'").id
        wait_until(lambda: service.runner.poll(bens).status is QueryStatus.RUNNING)
    with act_as(ANNA):
        service.runner.cancel(first)
        wait_until(lambda: service.runner.poll(second).status is QueryStatus.RUNNING)
        assert service.runner.poll(third).position == 1
        service.runner.cancel(third)
        assert ended(service, third).status is QueryStatus.CANCELLED


def test_who_waits_is_told_of_the_turn_and_takes_no_thread(
    make: Callable[..., QueryService], monkeypatch: pytest.MonkeyPatch
) -> None:
    # nothing is found by looking now and then
    monkeypatch.setattr("services.query_service.running.WATCH_SECONDS", 60 * PATIENCE_SECONDS)
    service, other = make(total=1), make(total=1)
    first, second, third = (service.runner.start("SELECT 'wait'").id for _ in range(3))
    assert {f"query-{id[:6]}" in {one.name for one in threading.enumerate()} for id in (second, third)} == {
        False
    }
    # in whichever process, who is far back is answered at once, and asks again later
    for one in (service, other):
        far = one.runner.poll(third, seen="queued:", wait=2)
        assert (far.position, far.pause) == (2, 4.0)
    # who is next is told when the turn comes, unless the page has nothing held back
    assert (other.runner.poll(second).position, other.runner.poll(second).pause) == (1, 1.0)
    clock = Pauses()
    monkeypatch.setattr("services.query_service.running.time", clock)

    def end() -> None:
        service.runner.cancel(first)
        wait_until(lambda: QueryFolder(service._folders.root, second).read().status is QueryStatus.RUNNING)

    clock.meanwhile = end
    told = other.runner.poll(second, seen="queued:", wait=2)
    assert (told.status, told.position, told.pause) == (QueryStatus.RUNNING, None, 0)
    assert clock.ahead < 0.3, "the turn was not told when it came"
    for id in (third, second):
        other.runner.cancel(id)
        assert ended(service, id).status is QueryStatus.CANCELLED


def test_answers_held_back_leave_threads_for_others(
    service: QueryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = service.runner.start("SELECT 'wait'").id
    wait_until(lambda: service.runner.poll(id).progress == "running:running")
    clock = Pauses()
    monkeypatch.setattr("services.query_service.running.time", clock)
    for _ in range(HELD_ANSWERS):
        assert service.runner._holding.acquire(blocking=False)
    answered = service.runner.poll(id, seen="running:running", wait=2)
    assert (clock.ahead, answered.pause > 0) == (0, True)
    service.runner._holding.release()
    assert service.runner.poll(id, seen="running:running", wait=2).pause == 0
    assert clock.ahead >= 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What leases are measured with."""
    made = Clock()
    monkeypatch.setattr("services.query_service.state.time", made)
    return made


def test_a_query_that_nobody_watches_ends(make: Callable[..., QueryService], clock: Clock) -> None:
    service = make(lease=3000)
    id = service.runner.start("SELECT 'wait'").id
    clock.ahead = 3001
    wait_until(lambda: id not in service.runner._works)
    state = service.runner.poll(id)
    assert state.status is QueryStatus.CANCELLED
    assert state.error and "No page was watching" in state.error["message"]


def test_a_released_query_lives_on_when_a_page_comes_back(
    make: Callable[..., QueryService], clock: Clock
) -> None:
    service = make(lease=3000, released_lease=1000)
    id, left = (service.runner.start("SELECT 'wait'").id for _ in range(2))
    for one in (id, left):
        service.runner.release(one)
    service.runner.poll(id)
    clock.ahead = 2000
    wait_until(lambda: left not in service.runner._works)
    assert service.runner.poll(id).status is QueryStatus.RUNNING


def test_a_block_of_long_rows_is_filled_in_several_answers_and_a_cell_opened_whole(
    service: QueryService, scripted: ScriptedEngine
) -> None:
    docs = [f"{n}" + "x" * (20_000 + n) for n in range(900)]
    scripted.answer("vpcs", QueryResult(pa.table({"n": list(range(900)), "doc": docs})))
    id = ended(service, service.runner.start("SELECT * FROM aws.ec2.vpcs").id).id
    sort = [{"column": "n", "descending": True}]
    rows: list[dict[str, Any]] = []
    answers = 0
    while len(rows) < 900:
        block = service.results.block(id, len(rows), 900, sort)
        assert block["rows"]
        assert [cell["row"] for cell in block["cut"]] == list(range(len(block["rows"])))
        rows += block["rows"]
        answers += 1
    assert answers > 1
    assert [row["n"] for row in rows] == list(range(899, -1, -1))
    opened = service.results.block(id, 3, 900, sort, whole="doc")
    assert (opened["rows"], opened["cut"]) == ([{"n": 896, "doc": docs[896]}], [])
    assert service.results.list_whole_rows(id, 2) == [{"n": n, "doc": docs[n]} for n in range(2)]


def test_a_search_ends_with_its_client_and_at_its_limit(
    service: QueryService, scripted: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.answer("vpcs", QueryResult(pa.table({name: ["a", "b"] for name in "abcdef"})))
    id = ended(service, service.runner.start("SELECT * FROM aws.ec2.vpcs").id).id
    looks = iter([False, False, False, True])
    with pytest.raises(ClientLeft):
        service.results.block(id, 0, 9, search="a b", has_left=lambda: next(looks))
    # it is not taken for an order that is known
    assert service.results.block(id, 0, 9, search="a b")["total"] == 0
    with pytest.raises(InvalidInput, match="words"):
        service.results.block(id, 0, 9, search="a " * 9)
    monkeypatch.setattr("services.query_service.reader.SEARCH_SECONDS", -1)
    with pytest.raises(TooSlow):
        service.results.block(id, 0, 9, search="b a")
    with pytest.raises(TooSlow):
        service.results.count_values(id, "a")
    monkeypatch.undo()
    with pytest.raises(ClientLeft):
        service.results.count_values(id, "a", has_left=lambda: True)
    assert service.results.count_values(id, "a").distinct == 2


def test_saving_results_counts_as_downloads_of_the_person(
    service: QueryService, scripted: ScriptedEngine
) -> None:
    scripted.answer("vpcs", QueryResult(pa.table({"a": ["x"] * 20_000})))
    id = ended(service, service.runner.start("SELECT * FROM aws.ec2.vpcs").id).id
    under_way = [service.results.export(id, "csv")[1] for _ in range(DownloadLimits.per_person)]
    for ask in (service.results.export, service.results.prepare_export):
        with pytest.raises(TooManyDownloads):
            ask(id, "csv")
    under_way.pop().close()
    service.results.prepare_export(id, "csv")
    answers = iter([False, False, False, True])
    _, left, _ = service.results.export(id, "csv", has_left=lambda: next(answers))
    with pytest.raises(ClientLeft):
        b"".join(left)
    for pieces in under_way:
        assert b"".join(pieces).count(b"x") == 20_000
    assert [path.name for path in service.results._downloads.folder.iterdir()] == ["lock"]


def test_a_dead_process_leaves_a_state_that_says_so(service: QueryService, engine: sa.Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    root = str(service._folders.root)
    code = f"""
import sys, time
sys.path[:0] = [{str(Path(__file__).parents[2])!r}, {str(Path(__file__).parents[3])!r}]
import sqlalchemy as sa
from pathlib import Path
from fakes.engine import ScriptedEngine
from services.db.history import HistoryRecords
from services.db.queries import QueryRecords
from services.inventory_service.downloads import Downloads
from services.query_service import QueryService
from services.users import SYSTEM, act_as
waiting = ScriptedEngine(answers={{"": [lambda call: time.sleep(600) or []]}})
engine = sa.create_engine({url!r})
service = QueryService(QueryRecords(engine), HistoryRecords(engine), lambda: waiting, folder=Path({root!r}),
                       downloads=Downloads(Path({root!r}) / "downloads"))
with act_as(SYSTEM):
    print(service.runner.start("SELECT 1").id, flush=True)
time.sleep(600)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert child.stdout is not None
    id = child.stdout.readline().strip()
    assert service.runner.poll(id).status is QueryStatus.RUNNING
    child.kill()
    child.wait()
    child.stdout.close()
    state = service.runner.poll(id)
    assert state.status is QueryStatus.DIED
    assert state.error and "has ended" in state.error["message"]
    assert service._folders.history.get_history()[0].status == "died"
    # its place is free again
    assert service._folders.slots is not None and service._folders.slots.list_ids() == set()


def test_results_are_swept_by_age_and_size(make: Callable[..., QueryService]) -> None:
    first = make()
    old, young = (first.runner.start("SELECT 1").id for _ in range(2))
    for id in (old, young):
        ended(first, id)
    # a place in use is never swept, and it is given back after the end is told
    wait_until(lambda: first._folders.slots is not None and not first._folders.slots.list_ids())
    QueryFolder(first._folders.root, old).renew(ends_in=-3600)
    sweeping = make(keep=1800)
    assert sweeping.runner.poll(young).rows == 1
    with pytest.raises(NotFound, match="no longer kept"):
        sweeping.runner.poll(old)
    tight = make(kept_bytes=0)
    with pytest.raises(NotFound):
        tight.runner.poll(young)


def test_two_users_queries_never_meet(service: QueryService, scripted: ScriptedEngine) -> None:
    scripted.answer("", lambda call: [{"sql": call.sql}])
    found: dict[str, str] = {}

    def work(user: User) -> None:
        with act_as(user):
            for n in range(3):
                sql = f"SELECT '{user.name} {n}'"
                id = service.runner.start(sql).id
                ended(service, id)
                found[sql] = service.results.block(id, 0, 1)["rows"][0]["sql"]

    threads = [threading.Thread(target=work, args=(user,)) for user in (ANNA, BEN)]
    for thread in threads:
        thread.start()
    join(*threads)
    assert len(found) == 6
    assert all(sql == answered for sql, answered in found.items())


def test_a_history_that_cannot_be_written_takes_nothing_away(
    scripted: ScriptedEngine, tmp_path: Path
) -> None:
    lost = sa.create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/none")
    service = QueryService(
        QueryRecords(lost),
        HistoryRecords(lost),
        lambda: scripted,
        folder=tmp_path / "q",
        downloads=Downloads(tmp_path / "downloads"),
    )
    assert ended(service, service.runner.start("SELECT 1").id).status is QueryStatus.SUCCEEDED


def test_the_check_names_parameters_choices_and_what_is_refused(service: QueryService) -> None:
    found = service.check(
        "-- :region us-east-1, eu-west-1\nSELECT * FROM aws.ec2.vpcs WHERE region = :region AND id = :id"
    )
    assert found.parameters == ("region", "id")
    assert found.choices == {"region": ("us-east-1", "eu-west-1")}
    assert service.check("DROP TABLE x").findings[0].refused
    assert service.check("  ").parameters == ()


def test_a_wrong_name_under_a_second_alias_is_said_once(
    service: QueryService, scripted: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = [Column("id", "string"), Column("region", "string")]
    monkeypatch.setattr(scripted, "describe", lambda resource: described)

    def find(columns: str) -> list[str]:
        found = service.check(
            f"SELECT {columns} FROM aws.ec2.vpcs a JOIN aws.ec2.vpcs b ON a.id = b.id"
            " WHERE a.region = 'r' AND b.region = 'r'"
        )
        return [one.message for one in found.findings]

    assert len(find("a.nothing")) == 1
    assert find("a.nothing, b.nothing, b.Nothing") == find("a.nothing")
    assert len(find("a.nothing, b.other")) == 2


def test_a_comment_of_many_spaces_is_read_once(service: QueryService) -> None:
    def cost(spaces: int) -> float:
        sql = f"-- :region a{' ' * spaces}b\nSELECT 1"
        assert service.check(sql).findings == ()
        return effort(lambda: service.check(sql))

    # tried again from every space, ten times as many would cost a hundred times as much
    assert cost(20_000) < 30 * cost(2_000)


def test_an_operator_sets_the_limits() -> None:
    limits = Limits.from_settings(
        settings_of({"INVENTORY_QUERY_TIMEOUT": "1800", "INVENTORY_QUERIES_AT_ONCE": "20"}, Settings)
    )
    assert (limits.timeout, limits.total, limits.per_user) == (1800, 20, Limits().per_user)
    with pytest.raises(ConfigurationError, match="INVENTORY_QUERIES_PER_USER"):
        settings_of({"INVENTORY_QUERIES_PER_USER": "many"}, Settings)
