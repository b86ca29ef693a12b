#!/usr/bin/env python3
"""Ask the tests of the three core modules whether they would notice a mistake (mutation testing).

    python3 scripts/mutants.py [guard|preflight|merge …] [--seed N] [--count N]

Draws COUNT small changes of each module from a fixed seed, makes one at a time in a copy of the sources, runs the
module's own tests there, and prints the changes that no test noticed. Exit code: 0 where each was noticed, 1 where one
was not, 2 where nothing could be said. Changes with which the module does the same as without stand in mutants.toml,
each with the reason. Needs the `.venv` that `scripts/dev.py setup` makes; the checkout itself is never changed.
"""

from __future__ import annotations

import argparse
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mutations import Change, find_changes

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"
EQUIVALENT = ROOT / "scripts" / "mutants.toml"


@dataclass(frozen=True)
class Module:
    """source: the file that is changed. tests: its own tests, the most telling first, since a run ends with a failure.

    always: (function, how the deleted statement begins) of changes that are made whatever the seed draws.
    """

    source: str
    tests: tuple[str, ...]
    always: tuple[tuple[str, str], ...] = ()


MODULES = {
    "guard": Module(
        "runner/src/inventory_runner/sql/guard.py",
        (
            "tests/runner/sql/test_guard.py",
            "tests/runner/sql/test_refusals.py",
            "tests/runner/sql/test_guard_second_opinion.py",
            "tests/runner/sql/test_statement.py",
        ),
        # without the second reading a text that two readers read apart would run
        always=(("_check_query", "_check_reading("),),
    ),
    "preflight": Module(
        "runner/src/inventory_runner/sql/preflight.py",
        (
            "tests/runner/sql/test_preflight.py",
            "tests/runner/sql/test_missing_clause.py",
            "tests/runner/sql/test_column_names.py",
        ),
    ),
    "merge": Module(
        "runner/src/inventory_runner/store/merging.py",
        (
            "tests/runner/store/test_merge.py",
            "tests/runner/store/test_assets.py",
            "tests/runner/store/test_merge_records.py",
            "tests/runner/store/test_merge_model.py",
            "tests/runner/store/test_history.py",
            "tests/runner/store/test_append.py",
            "tests/runner/store/test_types.py",
        ),
    ),
}
SEED, COUNT, PROCESSES = 10, 30, 2
# seconds; an endless loop ends at the limit for a test below, and what even that cannot end ends here
LIMIT = 1200
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "node_modules")


class Unusable(Exception):
    """Nothing can be said about the tests; the message says why."""


class Copy:
    """A copy of the checkout in which one change at a time is made and tested."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.temporary = folder / "tmp"
        shutil.copytree(ROOT, self.root, ignore=NOT_COPIED)
        self.temporary.mkdir()
        # the embedded Postgres of a test that runs as root is another user's
        for made in (folder.parent, folder, self.temporary):
            made.chmod(0o755)
        self.environment = {
            **os.environ,
            # before the installed runner, which is the checkout's own source
            "PYTHONPATH": str(self.root / "runner" / "src"),
            "TMPDIR": str(self.temporary),
            # a change within the same second that leaves the size as it is would meet the old byte code
            "PYTHONDONTWRITEBYTECODE": "1",
            # plugins that these tests do not use take longer to load than some of the tests to run
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        found = subprocess.run(
            [str(PYTHON), "-c", "import inventory_runner; print(inventory_runner.__file__)"],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        if not found.stdout.startswith(str(self.root)):
            raise Unusable(
                f"The tests would not run the copy but {found.stdout.strip() or found.stderr.strip()}."
            )

    def run(self, tests: tuple[str, ...]) -> tuple[bool, str]:
        """Whether a test fails, and what pytest says."""
        # what Hypothesis found with the change before must not decide about this one
        shutil.rmtree(self.root / ".hypothesis", ignore_errors=True)
        with subprocess.Popen(
            [
                str(PYTHON),
                "-m",
                "pytest",
                "-x",
                "-q",
                "--tb=line",
                "-p",
                "no:cacheprovider",
                "-p",
                "pytest_timeout",
                "--timeout=90",
                "-p",
                "_hypothesis_pytestplugin",
                "--hypothesis-seed=0",
                *tests,
            ],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                self._stop_databases()
                return True, process.communicate()[0]
        # 0: passed, 1: a test failed, 2: a test file could not be read
        if process.returncode not in {0, 1, 2}:
            raise Unusable(f"pytest ended with {process.returncode}:\n{output}")
        return process.returncode != 0, output

    def _stop_databases(self) -> None:
        """A killed pytest leaves its embedded Postgres, which has a session of its own."""
        for file in self.temporary.rglob("postmaster.pid"):
            with suppress(OSError, ValueError):
                os.kill(int(file.read_text().splitlines()[0]), signal.SIGQUIT)

    def notices(self, module: Module, source: bytes, change: Change) -> bool:
        """True where a test fails with the change."""
        file = self.root / module.source
        file.write_bytes(change.apply(source))
        try:
            return self.run(module.tests)[0]
        finally:
            file.write_bytes(source)


class Copies:
    """As many copies as there are tests at once."""

    def __init__(self, folder: Path) -> None:
        self._free: queue.Queue[Copy] = queue.Queue()
        for number in range(PROCESSES):
            (folder / str(number)).mkdir()
            self._free.put(Copy(folder / str(number)))

    @contextmanager
    def take_one(self) -> Iterator[Copy]:
        copy = self._free.get()
        try:
            yield copy
        finally:
            self._free.put(copy)


def draw(module: Module, found: list[Change], seed: str, count: int) -> list[Change]:
    """`count` of the changes, or all: those that are always made, then as the seed has it; in the source's order."""
    chosen: list[Change] = []
    for function, begins in module.always:
        pinned = [
            c for c in found if (c.function, c.after) == (function, "pass") and c.before.startswith(begins)
        ]
        if not pinned:
            raise Unusable(
                f"{module.source}: {function} has no `{begins}…` to delete; mend the table MODULES."
            )
        chosen += pinned
    others = [change for change in found if change not in chosen]
    chosen += random.Random(seed).sample(others, max(0, min(count - len(chosen), len(others))))
    return sorted(chosen, key=lambda change: (change.start, change.end, change.new))


def read_equivalents(name: str) -> dict[tuple[str, str, str], str]:
    """(function, text before, text after) → why the module does the same with the change."""
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get(name, [])
    return {(entry["function"], entry["before"], entry["after"]): entry["reason"] for entry in entries}


def tell(module: Module, change: Change, verdict: str) -> None:
    print(f"{module.source}:{change.line}: {change.function}: {verdict}")
    print(f"    - {change.before}\n    + {change.after}", flush=True)


def examine(name: str, copies: Copies, seed: int, count: int) -> int:
    """Make and test a module's changes and print what was found; returns how many no test noticed."""
    begun = time.monotonic()
    module = MODULES[name]
    source = (ROOT / module.source).read_bytes()
    found = find_changes(source)
    chosen = draw(module, found, f"{seed} {name}", count)
    reasons = read_equivalents(name)
    with copies.take_one() as copy:
        fails, output = copy.run(module.tests)
    if fails:
        raise Unusable(f"The tests of {name} fail without a change:\n{output}")

    possible = {change.key for change in found}
    stale = [key for key in reasons if key not in possible]
    for function, before, after in stale:
        print(f"{EQUIVALENT.name}: {name} has no such change any more: {function}: {before} → {after}")
    same = [change for change in chosen if change.key in reasons]
    for change in same:
        tell(module, change, f"does the same: {reasons[change.key]}")

    def notices(change: Change) -> bool:
        with copies.take_one() as copy:
            return copy.notices(module, source, change)

    unnoticed = 0
    with ThreadPoolExecutor(PROCESSES) as pool:
        asked = {pool.submit(notices, change): change for change in chosen if change.key not in reasons}
        try:
            for answer in as_completed(asked):
                if not answer.result():
                    unnoticed += 1
                    tell(module, asked[answer], "NO TEST NOTICES")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    print(
        f"{name}: {len(chosen)} of {len(found)} changes: {len(asked) - unnoticed} noticed, {unnoticed} not noticed,"
        f" {len(same)} that change nothing; {time.monotonic() - begun:.0f} s",
        flush=True,
    )
    return unnoticed + len(stale)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python3 scripts/mutants.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("module", nargs="*", help=f"{', '.join(MODULES)}; default: all")
    parser.add_argument("--seed", type=int, default=SEED, help=f"default: {SEED}")
    parser.add_argument("--count", type=int, default=COUNT, help=f"changes a module; default: {COUNT}")
    options = parser.parse_args()
    if unknown := [name for name in options.module if name not in MODULES]:
        parser.error(f"unknown module: {', '.join(unknown)}")
    if not PYTHON.exists():
        parser.error("there is no .venv; run python3 scripts/dev.py setup")
    try:
        # a short path: a Unix socket's ends at 107 characters
        with tempfile.TemporaryDirectory(prefix="mutants-", dir="/tmp") as folder:
            copies = Copies(Path(folder))
            names = list(dict.fromkeys(options.module)) or list(MODULES)
            left = sum(examine(name, copies, options.seed, options.count) for name in names)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 2
    print("Every change was noticed." if not left else f"{left} to look at: mend the tests, or mutants.toml.")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
