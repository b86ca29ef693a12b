"""Worker processes: many at once, killed ones, closed engines, and parents that die."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.waiting import PATIENCE_SECONDS, join, process_gone, wait_until

from inventory_runner import engines, settings
from inventory_runner.contract import CancelToken, Engine, EngineError, OutOfMemory, WorkerDied
from inventory_runner.engines.pool import WorkerPool
from inventory_runner.engines.sample import SampleEngine
from inventory_runner.sql import guard
from inventory_runner.sql.guard import CheckedStatement
from inventory_runner.sql.statement import Source, read
from inventory_runner.storage import StorageFull, StorageUnavailable


def checked(sql: str) -> CheckedStatement:
    return guard.check(read(sql), Source.LIVE)


SQL = checked("SELECT instance_id FROM aws.ec2.instances WHERE region = 'us-east-1'")


@pytest.fixture
def engine() -> Iterator[SampleEngine]:
    made = SampleEngine()
    yield made
    made.close()


def rows(engine: Engine) -> int:
    return engine.execute(SQL, credentials={}, timeout=PATIENCE_SECONDS, cancel=CancelToken()).table.num_rows


def in_thread(work: object, count: int = 1) -> list[object]:
    results: list[object] = []

    def run() -> None:
        try:
            results.append(work())  # type: ignore[operator]
        except EngineError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    join(*threads)
    return results


def workers(engine: SampleEngine) -> list[int]:
    pool = engine._pool
    return [worker._process.pid for worker in (*pool._idle, *pool._busy)]


def test_several_at_once_and_again_by_the_same_workers(engine: SampleEngine) -> None:
    counts = in_thread(lambda: rows(engine), count=3)
    assert len(counts) == 3
    assert len(set(map(str, counts))) == 1
    before = set(workers(engine))
    # a worker outlives the thread that started it
    assert in_thread(lambda: rows(engine)) == counts[:1]
    assert set(workers(engine)) == before


def test_a_worker_killed_while_it_waits_is_replaced(engine: SampleEngine) -> None:
    count = rows(engine)
    for pid in workers(engine):
        os.kill(pid, signal.SIGKILL)
    assert rows(engine) == count


def test_a_temporary_folder_that_is_removed_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    monkeypatch.setattr("tempfile.tempdir", str(place))
    engine = SampleEngine()
    try:
        count = rows(engine)
        # the idle worker has no folder for a result any more
        shutil.rmtree(place)
        assert rows(engine) == count
    finally:
        engine.close()


def test_a_temporary_folder_that_is_full_or_unusable_has_its_words(
    engine: SampleEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a device that is always full, where the worker writes its result
    for worker in engine._pool._idle:
        (worker.folder / "result.arrow").symlink_to("/dev/full")
    with pytest.raises(StorageFull, match="There is no room left") as caught:
        rows(engine)
    assert "TMPDIR" in caught.value.hint
    assert rows(engine)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file" / "temporary"))
    (tmp_path / "file").write_text("")
    broken = WorkerPool("inventory_runner.engines.sample:run")
    broken.warm_up()
    with pytest.raises(StorageUnavailable, match="nothing can be written there"):
        broken.run({}, timeout=1, cancel=CancelToken(), reusable=False)
    broken.close()


def test_closing_ends_what_runs(engine: SampleEngine) -> None:
    rows(engine)
    slow = checked(
        "WITH a AS (SELECT 1 FROM aws.ec2.instances WHERE region = 'us-east-1') "
        "SELECT count(*) FROM a a1, a a2, a a3, a a4"
    )
    found: list[object] = []
    thread = threading.Thread(
        target=lambda: found.extend(
            in_thread(lambda: engine.execute(slow, credentials={}, timeout=600, cancel=CancelToken()))
        )
    )
    thread.start()
    wait_until(lambda: engine._pool._busy)
    pids = workers(engine)
    folders = [worker.folder for worker in engine._pool._busy]
    engine.close()
    join(thread)
    # WorkerDied, or refused where the worker was killed before it took the request
    assert isinstance(found[0], EngineError)
    wait_until(lambda: all(process_gone(pid) for pid in pids))
    assert not any(folder.exists() for folder in folders)
    with pytest.raises(EngineError, match="closed"):
        rows(engine)


def test_results_leave_no_file(engine: SampleEngine) -> None:
    result = engine.execute(SQL, credentials={}, timeout=PATIENCE_SECONDS, cancel=CancelToken())
    (worker,) = engine._pool._idle
    assert not list(worker.folder.glob("*.arrow"))
    assert result.table.num_rows == len(result.table["instance_id"].to_pylist())


def test_a_killed_parent_takes_workers_along(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from inventory_runner.engines.sample import SampleEngine\n"
        "engine = SampleEngine()\n"
        "worker = engine._pool._idle[0]\n"
        "print(worker._process.pid, worker.folder, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid, folder = done.stdout.split()
    wait_until(lambda: process_gone(int(pid)))
    assert not Path(folder).exists()


def test_a_request_larger_than_a_pipe_arrives(engine: SampleEngine) -> None:
    sql = checked(f"SELECT '{'x' * 90_000}' AS a")
    result = engine.execute(sql, credentials={}, timeout=PATIENCE_SECONDS, cancel=CancelToken())
    assert len(result.table["a"][0].as_py()) == 90_000


def test_a_worker_out_of_memory_says_so() -> None:
    pool = WorkerPool("inventory_runner.engines.sample:backend", memory_mb=220)
    sql = "SELECT hex(zeroblob(200000000)) AS a FROM aws.ec2.vpcs WHERE region = 'us-east-1'"
    with pytest.raises(WorkerDied, match="memory"):
        pool.run(
            {"sql": sql, "row_limit": None, "at": None},
            timeout=PATIENCE_SECONDS,
            cancel=CancelToken(),
            reusable=True,
        )
    pool.close()


@pytest.mark.parametrize(
    ("does", "kind", "words"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", OutOfMemory, "limit of 300 MB of memory"),
        ("os.kill(os.getpid(), signal.SIGABRT)", OutOfMemory, "limit of 300 MB of memory"),
        ("os.kill(os.getpid(), signal.SIGKILL)", WorkerDied, "out of memory"),
        ("bytearray(1 << 30)", OutOfMemory, "does not fit into the memory"),
        ("json.loads('[' * 500_000)", EngineError, "nested more deeply"),
        ("sys.exit(3)", EngineError, "SystemExit: 3"),
    ],
)
def test_each_end_of_a_worker_has_the_words_of_its_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, kind: type[EngineError], words: str
) -> None:
    (tmp_path / "odd_backend.py").write_text(
        f"import json, os, signal, sys\ndef backend(request):\n    {does}\n    return []\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    pool = WorkerPool("odd_backend:backend", memory_mb=300)
    with pytest.raises(kind) as caught:
        pool.run({}, timeout=PATIENCE_SECONDS, cancel=CancelToken(), reusable=False)
    assert words in f"{caught.value} {caught.value.details}"
    pool.close()


def test_the_sample_is_refused_on_databricks() -> None:
    from inventory_runner.errors import ConfigurationError

    with pytest.raises(ConfigurationError):
        engines.create(settings.read(inventory_engine="sample", databricks_app_name="inventory"))
    with pytest.raises(ConfigurationError, match="INVENTORY_ENGINE is 'nothing'"):
        settings.read(inventory_engine="nothing")


def test_what_a_worker_imports_takes_none_of_the_querys_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is held in its imports until the limit has passed, twice over."""
    release = tmp_path / "release"
    (tmp_path / "slow_backend.py").write_text(
        f"import pathlib, time\n"
        f"while not pathlib.Path({str(release)!r}).exists(): time.sleep(0.01)\n"
        "def backend(request): return ['done']\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    pool = WorkerPool("slow_backend:backend")
    limit = 1.0
    timer = threading.Timer(2 * limit, release.touch)
    timer.start()
    try:
        assert pool.run({}, timeout=limit, cancel=CancelToken(), reusable=False) == ["done"]
    finally:
        timer.join()
        pool.close()
