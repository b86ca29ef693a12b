"""Downloads are counted over all processes, leave nothing behind, and hold a connection only while rows are read."""

from __future__ import annotations

import errno
import fcntl
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes.disks import Disk
from fakes.inventory import REF, instances, load, service_at
from fakes.waiting import join, wait_until

from app.api.errors import find_status
from inventory_runner.storage import StorageFull, StorageUnavailable
from services.inventory_service import InventoryService
from services.inventory_service.downloads import DownloadLimits, Downloads, TooManyDownloads
from services.models.inventory import TableRef
from services.turns import ClientLeft
from services.users import Role, User, act_as

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ANNA, BOB = User("anna@example.com", Role.VIEWER), User("bob@example.com", Role.VIEWER)
LIMITS = DownloadLimits(per_person=2, total=3)
OTHER_PROCESS = """
import sys
from pathlib import Path
from services.inventory_service.downloads import Downloads
from services.users import Role, User, act_as
with act_as(User(sys.argv[2], Role.VIEWER)):
    download = Downloads(Path(sys.argv[1])).enter(lambda: False)
    download.arrow.write_bytes(b"half")
print("entered", flush=True)
sys.stdin.read()
"""


def stay() -> bool:
    return False


@pytest.fixture
def downloads(tmp_path: Path) -> Downloads:
    return Downloads(tmp_path / "downloads", LIMITS)


@pytest.fixture
def service(engine: sa.Engine, downloads: Downloads) -> InventoryService:
    load(engine, REF.name, {"us-east-1": instances(100)}, NOW)
    service: InventoryService = service_at(engine, NOW)
    service._downloads = downloads
    return service


def list_files(downloads: Downloads) -> list[str]:
    return sorted(path.name for path in downloads.folder.iterdir() if path.name != "lock")


def count_in_use(engine: sa.Engine) -> int:
    assert isinstance(engine.pool, sa.QueuePool)
    return engine.pool.checkedout()


def test_a_person_and_everyone_have_limits(downloads: Downloads) -> None:
    with act_as(ANNA):
        first, _second = downloads.enter(stay), downloads.enter(stay)
        with pytest.raises(TooManyDownloads, match="2 downloads of yours"):
            downloads.enter(stay)
    with act_as(BOB):
        _third = downloads.enter(stay)
        with pytest.raises(TooManyDownloads, match="3 downloads of all people"):
            downloads.enter(stay)
        first.close()
        first.close()
        downloads.enter(stay)


def test_another_process_counts_and_its_death_frees_its_place(downloads: Downloads) -> None:
    command = [sys.executable, "-c", OTHER_PROCESS, str(downloads.folder), ANNA.name]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other,
        act_as(ANNA),
    ):
        assert other.stdout is not None and other.stdout.readline() == b"entered\n"
        own = downloads.enter(stay)
        with pytest.raises(TooManyDownloads):
            downloads.enter(stay)
        assert len(list_files(downloads)) == 3
        other.kill()
        other.wait()
        own.close()
        downloads.enter(stay)
        assert len(list_files(downloads)) == 1


def test_the_room_is_limited_and_a_disk_that_cannot_be_written_has_words(downloads: Downloads) -> None:
    downloads.limits = replace(LIMITS, kept_bytes=1000)
    download = downloads.enter(stay)
    download.write(["x" * 500])
    with pytest.raises(TooManyDownloads, match="room"):
        download.write(["x" * 9000])
    with pytest.raises(TooManyDownloads, match="room"):
        downloads.enter(stay)
    download.close()
    downloads.enter(stay).close()
    downloads.folder.with_name("file").write_text("")
    with pytest.raises(StorageUnavailable, match="nothing can be written"):
        Downloads(downloads.folder.with_name("file") / "downloads").enter(stay)


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_a_disk_without_room_is_said_before_an_answer_begins_and_leaves_nothing(
    downloads: Downloads, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    downloads.enter(stay).close()
    disk = Disk(downloads.folder, monkeypatch)
    disk.fault = fault
    with pytest.raises(StorageUnavailable, match=str(downloads.folder)) as caught:
        downloads.enter(stay)
    full = fault in (errno.ENOSPC, errno.EDQUOT)
    assert (isinstance(caught.value, StorageFull), find_status(caught.value)) == (full, 507 if full else 503)
    assert list_files(downloads) == []
    disk.fault = None
    downloads.enter(stay).close()


def test_a_disk_that_fills_during_a_download_ends_it_in_words(downloads: Downloads) -> None:
    download = downloads.enter(stay)
    download.rows.close()
    download.rows = Path("/dev/full").open("wb")  # noqa: SIM115 - the download closes it
    with pytest.raises(StorageFull, match="no room left"):
        download.write(["x"])
    download.close()
    assert list_files(downloads) == []


def test_a_folder_that_a_cleaner_removed_is_made_again(downloads: Downloads) -> None:
    downloads.enter(stay).close()
    (downloads.folder / "lock").unlink()
    downloads.folder.rmdir()
    downloads.enter(stay).close()
    assert list_files(downloads) == []


@pytest.mark.parametrize("format", ["csv", "csv-exact", "json", "xlsx"])
def test_no_connection_is_held_once_bytes_come_and_no_file_stays(
    service: InventoryService, engine: sa.Engine, downloads: Downloads, format: str
) -> None:
    pieces = iter(service.export(REF, format).pieces)
    assert next(pieces)
    assert count_in_use(engine) == 0
    b"".join(pieces)
    assert list_files(downloads) == []


def test_a_download_that_nobody_takes_up_or_to_its_end_is_removed(
    service: InventoryService, downloads: Downloads
) -> None:
    service.export(REF, "csv").pieces.close()
    begun = service.export(REF, "csv").pieces
    next(iter(begun))
    begun.close()
    assert list_files(downloads) == []


def test_one_reads_at_a_time_and_who_leaves_ends_at_once(
    service: InventoryService, engine: sa.Engine, downloads: Downloads
) -> None:
    left = threading.Event()
    waiting = service.export(REF, "csv", has_left=left.is_set).pieces
    errors: list[BaseException] = []

    def take() -> None:
        try:
            b"".join(waiting)
        except ClientLeft as error:
            errors.append(error)

    with act_as(ANNA), downloads.reading.take(downloads.enter(stay).check_client):
        thread = threading.Thread(target=take)
        thread.start()
        wait_until(lambda: len(list_files(downloads)) == 2)
        assert count_in_use(engine) == 0
        left.set()
        join(thread)
    assert len(errors) == 1 and len(list_files(downloads)) == 1


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("looks", range(1, 7))
def test_leaving_at_any_moment_ends_the_work(
    service: InventoryService, engine: sa.Engine, downloads: Downloads, format: str, looks: int
) -> None:
    answers: Iterator[bool] = iter([False] * (looks - 1) + [True])
    pieces = service.export(REF, format, has_left=lambda: next(answers)).pieces
    with pytest.raises(ClientLeft):
        b"".join(pieces)
    assert list_files(downloads) == [] and count_in_use(engine) == 0
    # no turn is kept
    assert b"".join(service.export(REF, format).pieces)


def test_odd_values_survive_the_way_over_the_disk(service: InventoryService, engine: sa.Engine) -> None:
    odd = ["", None, 'a "quoted", one', "two\nlines\r\n", "\\N", "\x01\x7f", "\u2028", "😀", "null", "[1]"]
    rows = [{"id": str(n), "text": text, "size": None, "on": n == 1} for n, text in enumerate(odd)]
    load(engine, "odd", {"": rows}, NOW)
    saved = json.loads(b"".join(service.export(TableRef("stackql_inventory", "odd"), "json").pieces))
    assert {row["id"]: (row["text"], row["on"]) for row in saved} == {
        str(n): (text, n == 1) for n, text in enumerate(odd)
    }


def test_a_lock_that_another_holds_is_no_dead_download(downloads: Downloads) -> None:
    download = downloads.enter(stay)
    with download.arrow.with_suffix(".rows").open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    downloads.enter(stay).close()
    assert len(list_files(downloads)) == 1
