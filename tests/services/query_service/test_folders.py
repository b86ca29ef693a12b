"""The folder of results: full, read-only, removed, and the clock that leases are measured with."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes.clock import Clock
from fakes.disks import Disk
from fakes.engine import Call, ScriptedEngine
from fakes.waiting import PATIENCE_SECONDS, wait_until

from app.api.errors import find_status
from inventory_runner.contract import QueryCancelled
from inventory_runner.errors import NotFound
from inventory_runner.storage import StorageFull, StorageUnavailable
from services.db.history import HistoryRecords
from services.db.queries import QueryRecords
from services.inventory_service.downloads import Downloads
from services.query_service import Limits, QueryService, QueryState, QueryStatus
from services.query_service.state import QueryFolder

pytestmark = pytest.mark.usefixtures("as_engineer")
HOURS = 5 * 3600


def block(call: Call) -> list[dict[str, object]]:
    assert call.cancel.wait(2 * PATIENCE_SECONDS)
    raise QueryCancelled("It was cancelled.")


@pytest.fixture
def make(engine: sa.Engine, tmp_path: Path) -> Iterator[Callable[..., QueryService]]:
    made: list[QueryService] = []
    rows = [{"text": "x" * 100} for _ in range(1000)]
    scripted = ScriptedEngine(answers={"wait": [block], "big": [rows], "": [[{"n": 1}]]})

    def build(**limits: float) -> QueryService:
        made.append(
            QueryService(
                QueryRecords(engine),
                HistoryRecords(engine),
                lambda: scripted,
                folder=tmp_path / "queries",
                limits=Limits(**limits),  # type: ignore[arg-type]
                downloads=Downloads(tmp_path / "downloads"),
            )
        )
        return made[-1]

    yield build
    for service in made:
        for work in list(service.runner._works.values()):
            work.token.cancel()
        wait_until(lambda service=service: not service.runner._works)  # type: ignore[misc]


@pytest.fixture
def service(make: Callable[..., QueryService]) -> QueryService:
    return make()


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path / "queries", monkeypatch)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("services.query_service.state.time", made)
    return made


def run(service: QueryService, sql: str = "SELECT 1") -> QueryState:
    """A query from its start to its end, its place given back."""
    id = service.runner.start(sql).id
    wait_until(lambda: id not in service.runner._works)
    return service.runner.poll(id)


def list_left_behind(root: Path) -> list[str]:
    """Folders and markers of queries, and parts of files."""
    return [
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.name not in ("active", "bells", "lock") and path.parent.name != "bells"
    ]


@pytest.mark.parametrize(
    ("fault", "kind", "status", "says"),
    [
        (errno.ENOSPC, StorageFull, 507, "There is no room left in"),
        (errno.EDQUOT, StorageFull, 507, "The disk quota for"),
        (errno.EROFS, StorageUnavailable, 503, "is on a disk that is read-only now"),
        (errno.EACCES, StorageUnavailable, 503, "The app's user may not read and write in"),
    ],
)
def test_a_disk_that_refuses_has_its_words_leaves_nothing_behind_and_is_well_again(
    service: QueryService, disk: Disk, fault: int, kind: type[StorageUnavailable], status: int, says: str
) -> None:
    service._folders.prepare_slots()
    disk.fault = fault
    with pytest.raises(kind, match=says) as caught:
        service.runner.start("SELECT 1")
    assert type(caught.value) is kind and find_status(caught.value) == status
    assert "INVENTORY_DATA_DIR" in caught.value.hint
    assert list_left_behind(disk.folder) == []
    disk.fault = None
    assert run(service).status is QueryStatus.SUCCEEDED


def test_a_result_that_finds_no_room_ends_in_words_and_its_part_is_removed(
    service: QueryService, disk: Disk
) -> None:
    disk.fault, disk.capacity = errno.ENOSPC, 100_000
    state = run(service, "SELECT 'big'")
    assert state.status is QueryStatus.FAILED
    assert state.error and state.error["title"] == "The disk is full"
    assert sorted(path.name for path in (disk.folder / state.id).iterdir()) == ["lease", "state.json"]
    wait_until(lambda: service._folders.history.get_history()[0:])
    assert service._folders.history.get_history()[0].status == "failed"
    assert run(service).status is QueryStatus.SUCCEEDED


def test_the_end_is_told_although_nothing_more_fits(service: QueryService, disk: Disk) -> None:
    id = service.runner.start("SELECT 'wait'").id
    wait_until(lambda: service.runner.poll(id).stage == "running")
    disk.fault, disk.capacity = errno.EDQUOT, 0
    service.runner._works[id].token.cancel()
    wait_until(lambda: id not in service.runner._works)
    assert service.runner.poll(id).status is QueryStatus.CANCELLED


def test_the_oldest_results_make_room_and_no_more_of_them_than_that(
    service: QueryService, disk: Disk
) -> None:
    ids = [run(service, "SELECT 'big'").id for _ in range(4)]
    for age, id in enumerate(reversed(ids)):
        QueryFolder(disk.folder, id).renew(ends_in=-60 * age)
    disk.fault, disk.capacity = errno.ENOSPC, disk.used + 1000
    newest = run(service, "SELECT 'big'")
    assert newest.status is QueryStatus.SUCCEEDED
    with pytest.raises(NotFound, match="no longer kept"):
        service.results.block(ids[0], 0, 1)
    for id in (ids[2], ids[3], newest.id):
        assert service.results.block(id, 0, 1)["total"] == 1000


def test_nobody_loses_a_result_to_one_that_would_not_fit_all_the_same(
    service: QueryService, disk: Disk
) -> None:
    kept = run(service).id
    disk.fault, disk.capacity = errno.ENOSPC, disk.used + 50_000
    assert run(service, "SELECT 'big'").status is QueryStatus.FAILED
    assert service.results.block(kept, 0, 1)["total"] == 1


def test_results_are_read_and_states_told_where_nothing_can_be_written(
    make: Callable[..., QueryService], disk: Disk
) -> None:
    id = run(make()).id
    disk.fault = errno.EROFS
    other = make()
    assert other.runner.poll(id).status is QueryStatus.SUCCEEDED
    assert other.results.block(id, 0, 1)["rows"] == [{"n": 1}]


def test_a_folder_that_is_removed_is_made_again(make: Callable[..., QueryService], tmp_path: Path) -> None:
    first, second = make(), make()
    gone = run(first).id
    running = first.runner.start("SELECT 'wait'").id
    assert run(second).status is QueryStatus.SUCCEEDED
    shutil.rmtree(tmp_path / "queries")
    # the one that ran has nowhere to write its result: it is ended, and says why
    wait_until(lambda: running not in first.runner._works)
    wait_until(lambda: len(first._folders.history.get_history()) == 3)
    (told,) = first._folders.history.get_history("wait")
    assert (told.status, "was removed while it was needed" in told.error) == ("failed", True)
    with pytest.raises(NotFound, match="no longer kept"):
        first.runner.poll(gone)
    for service in (first, second):
        assert run(service).status is QueryStatus.SUCCEEDED
    # both hear the bell again: a ring removes the pipes that nobody reads
    assert first._folders.slots is not None
    first._folders.slots.bell.ring_all()
    assert len(list((tmp_path / "queries/active/bells").iterdir())) == 2


def test_places_that_are_removed_are_taken_again(make: Callable[..., QueryService], tmp_path: Path) -> None:
    first, second = make(), make()
    id = first.runner.start("SELECT 'wait'").id
    marker = next(path for path in (tmp_path / "queries/active").iterdir() if id in path.name)
    shutil.rmtree(tmp_path / "queries/active")
    wait_until(marker.exists)
    assert second.runner.poll(id).status is QueryStatus.RUNNING
    first.runner.cancel(id)
    wait_until(lambda: id not in first.runner._works)
    assert not marker.exists()


@pytest.mark.parametrize("jump", [HOURS, -HOURS])
def test_a_calendar_that_jumps_ends_no_query_and_keeps_none(
    make: Callable[..., QueryService], clock: Clock, jump: float
) -> None:
    service = make(lease=3000)
    watched, left = (service.runner.start("SELECT 'wait'").id for _ in range(2))
    clock.jumped = jump
    service.runner._cancel_unwatched(list(service.runner._works.values()))
    assert {service.runner.poll(id).status for id in (watched, left)} == {QueryStatus.RUNNING}
    clock.ahead = 2000
    service.runner.poll(watched)
    clock.ahead = 3500
    wait_until(lambda: left not in service.runner._works)
    assert service.runner.poll(watched).status is QueryStatus.RUNNING


def test_history_is_swept_by_its_age(make: Callable[..., QueryService], engine: sa.Engine) -> None:
    history = HistoryRecords(engine)
    for days in (20, 10, 1):
        history.add_history(
            query_text=f"SELECT {days}",
            status="succeeded",
            started_at=datetime.now(UTC) - timedelta(days=days),
        )
    run(make(history_days=15))
    wait_until(lambda: {entry.query_text for entry in history.get_history("SELECT 20")} == set())
    assert {entry.query_text for entry in history.get_history()} >= {"SELECT 10", "SELECT 1"}


def test_a_lease_that_is_renewed_while_it_is_looked_at_has_not_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = QueryFolder.create(tmp_path)
    read = Path.read_text

    def read_and_renew(path: Path) -> str:
        folder.renew()
        return read(path)

    monkeypatch.setattr(Path, "read_text", read_and_renew)
    assert folder.count_seconds_unwatched() < 60


def test_a_result_from_before_the_machine_started_anew_is_swept(
    make: Callable[..., QueryService], tmp_path: Path
) -> None:
    first = make()
    id = run(first).id
    QueryFolder(tmp_path / "queries", id).renew(ends_in=HOURS)
    with pytest.raises(NotFound, match="no longer kept"):
        make().runner.poll(id)
