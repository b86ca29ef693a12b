"""Faults under load, one after the other: what people are told meanwhile, what is lost, what mends itself.

What each fault is, and what is true of it, stands in `benchmarks._faults`. People work before it begins, while it
lasts, and until the app is well again: `/readyz` is 200, a query gives its rows and a run is a success, without anybody
starting anything again.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from benchmarks import _database
from benchmarks._browser import Answer, Book, Browser, Callbacks
from benchmarks._deployment import RUN_TABLE, TABLES, Deployment, name_person, start_deployment
from benchmarks._faults import FAULTS, Fault, kill_servers
from benchmarks._people import QUERY, at_work
from layouts.schedules import ids as schedule_ids
from services.models import routes

PEOPLE, SECONDS, THINK_SECONDS = 8, 10.0, 1.0
WARM_UP_SECONDS, HEALING_SECONDS = 3.0, 30.0
RESTARTS_WAITED = 4
PROBE_SECONDS = 0.25
# so that what hangs is ended while people look
LIMITS = {"INVENTORY_QUERY_TIMEOUT": "12", "INVENTORY_SCOPE_TIMEOUT": "12"}
RECORDS = {
    "saved queries": "SELECT id, name, query_text FROM stackql_app.queries",
    "schedules": "SELECT id, query_id, cron_expression, target_table, job_id FROM stackql_app.schedules",
    "drafts": "SELECT user_name, tab_id, content FROM stackql_app.drafts WHERE user_name = 'anna@example.com'",
    "tables": "SELECT target_schema, target_table FROM stackql_app.inventory_tables",
    "changes": "SELECT id FROM stackql_inventory.resource_changes",
    **{f"rows of {name}": f"SELECT id FROM stackql_inventory.{name}" for name in TABLES},
    f"rows of {RUN_TABLE}": f"SELECT name FROM stackql_inventory.{RUN_TABLE}",
}
NEWEST_RUN = "SELECT status, finished_at FROM stackql_app.runs ORDER BY id DESC LIMIT 1"
Records = dict[str, set[tuple[Any, ...]]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that a fault lasts, at least")
    parser.add_argument("--only", default="", help="names of faults, separated by commas")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """lost: records, rows and drafts that were written before a fault, or said to be, and are not there after it.

    untrue_words: answers that say what is not true of the fault, or that did not come at all. not_healed: faults after
    which something was not well within HEALING_SECONDS; healed_most_s: of the others. skipped: for want of rights.
    """
    chosen = [fault for fault in FAULTS if not options.only or fault.name in options.only.split(",")]
    skipped = [fault.name for fault in chosen if fault.of_root and os.geteuid() != 0]
    tried = [fault for fault in chosen if fault.name not in skipped]
    if not tried:
        raise SystemExit(f"No such fault. These are known: {', '.join(fault.name for fault in FAULTS)}.")
    people = options.people + 1
    outcomes = []
    with start_deployment(people * len(tried), **LIMITS) as deployment:
        trial = _Trial(deployment, options.people, options.seconds)
        # the first run makes the table
        if trial.wait_until_well(0, Book()) is None:
            raise SystemExit("The app is not well before anything was done to it.")
        for number, fault in enumerate(tried):
            outcome = trial.try_fault(fault, number * people)
            outcomes.append(outcome)
            print(outcome.describe(), file=sys.stderr, flush=True)
            if outcome.healed_seconds is None:
                # what one fault left must not be laid at the next one's door
                trial.restart()
    healed = [one.healed_seconds for one in outcomes if one.healed_seconds is not None]
    return {
        "faults": len(outcomes),
        "requests": sum(one.requests for one in outcomes),
        "told": sum(one.told.total() for one in outcomes),
        "lost": sum(len(one.lost) for one in outcomes),
        "untrue_words": sum(one.untrue.total() for one in outcomes),
        "not_healed": len(outcomes) - len(healed),
        "healed_most_s": round(max(healed, default=0), 1),
        "skipped": skipped,
        "untrue": {one.fault.name: dict(one.untrue) for one in outcomes if one.untrue},
        "load": round(os.getloadavg()[0], 1),
    }


@dataclass(frozen=True)
class Outcome:
    """told, untrue: what people were told, in words → how often. lost: in words. healed_seconds: or None."""

    fault: Fault
    requests: int
    told: Counter[str]
    untrue: Counter[str]
    lost: list[str]
    healed_seconds: float | None

    def describe(self) -> str:
        """Some lines for people."""
        healed = "NOT HEALED" if self.healed_seconds is None else f"well after {self.healed_seconds:.1f} s"
        lines = [f"{self.fault.name}: {self.requests} requests, {self.told.total()} failed, {healed}"]
        lines += [f"    {count} × {words}" for words, count in (self.told - self.untrue).most_common(8)]
        lines += [f"    UNTRUE {count} × {words}" for words, count in self.untrue.most_common(8)]
        return "\n".join([*lines, *(f"    LOST {words}" for words in self.lost[:8])])


class _Trial:
    """people: at work. seconds: that a fault lasts, at least."""

    def __init__(self, deployment: Deployment, people: int, seconds: float) -> None:
        self._deployment, self._people, self._seconds = deployment, people, seconds
        self._callbacks = Callbacks(deployment.app.port, name_person(0))
        self._asked = 0

    def try_fault(self, fault: Fault, first: int) -> Outcome:
        """first: number of the first of the people, none of whom the app has seen before."""
        deployment, book = self._deployment, Book()
        browser = Browser(deployment.app.port, name_person(first + self._people), book)
        before = _read_records(deployment.database)
        with (
            at_work(deployment.app.port, self._people, book, first=first, think=THINK_SECONDS),
            _probe(deployment, first, book),
        ):
            time.sleep(WARM_UP_SECONDS)
            began, kept = time.monotonic(), dict(book.drafts)
            with fault.begin(deployment):
                lasting = max(self._seconds, fault.seconds)
                time.sleep(lasting / 2)
                self._press_run(browser)
                time.sleep(max(0.0, began + lasting - time.monotonic()))
                kept |= book.drafts
            healed = self.wait_until_well(first + self._people, book)
        answers = [one for one in book.answers if one.began + one.seconds >= began]
        told = Counter(f"{one.kind}: {one.title or one.status}" for one in answers if one.failed)
        untrue = Counter(
            f"{one.kind}: {one.title or one.status}" for one in answers if _is_untrue(one, fault)
        )
        untrue.update(f"mixed up: {words}" for words in book.mixed)
        lost = _list_lost(before, kept, deployment.database)
        return Outcome(fault, len(answers), told, untrue, lost, healed)

    def wait_until_well(self, number: int, book: Book) -> float | None:
        """Seconds until all is well, as a person sees it; None where it is not within HEALING_SECONDS."""
        began = time.monotonic()
        deadline, since = began + HEALING_SECONDS, datetime.now(UTC)

        def wait(check: Callable[[Browser], bool]) -> bool:
            browser = Browser(self._deployment.app.port, name_person(number), book)
            while not (well := check(browser)) and time.monotonic() < deadline:
                time.sleep(0.5)
            browser.close()
            return well

        checks: tuple[Callable[[Browser], bool], ...] = (
            lambda browser: browser.ask("ready", "GET", routes.READY) is not None,
            lambda browser: self._query(browser, deadline),
            lambda browser: self._run(browser, since),
        )
        with ThreadPoolExecutor(len(checks)) as pool:
            well = all(list(pool.map(wait, checks)))
        return time.monotonic() - began if well else None

    def restart(self) -> None:
        """Begin again, as an operator would; raises SystemExit where that is no help."""
        self._deployment.temporary.mkdir(exist_ok=True)
        with kill_servers(2)(self._deployment):
            pass
        for _ in range(RESTARTS_WAITED):
            if self.wait_until_well(0, Book()) is not None:
                return
        raise SystemExit("The app is not well again after a restart either.")

    def _query(self, browser: Browser, deadline: float) -> bool:
        """Whether one query gives its rows."""
        self._asked += 1
        marker = f"wait0-check-{self._asked}"
        state = browser.ask("run", "POST", routes.QUERIES, {"sql": QUERY.format(marker=marker)})
        while state is not None and not state["query"]["final"] and time.monotonic() < deadline:
            time.sleep(0.2)
            state = browser.ask("poll", "GET", routes.fill_route(routes.QUERY, id=state["query"]["id"]))
        if state is None or state["query"]["status"] != "succeeded":
            return False
        address = routes.fill_route(routes.QUERY_ROWS, id=state["query"]["id"])
        found = browser.ask("result rows", "POST", address, {"start": 0, "end": 100})
        return found is not None and [row["name"] for row in found["rows"]] == [
            f"{marker}-{n}" for n in range(20)
        ]

    def _run(self, browser: Browser, since: datetime) -> bool:
        """Whether a run has ended as a success since then; starts one, as the page does, unless one is under way."""
        try:
            with self._deployment.database.engine.connect() as connection:
                newest = connection.execute(sa.text(NEWEST_RUN)).one_or_none()
        except sa.exc.DBAPIError:
            return False
        if newest is not None and newest.status == "SUCCESS" and newest.finished_at >= since:
            return True
        if newest is None or newest.status != "RUNNING":
            self._press_run(browser)
        return False

    def _press_run(self, browser: Browser) -> None:
        self._asked += 1
        action = {"action": "run", "id": self._deployment.schedule_id, "at": self._asked}
        changed = f"{schedule_ids.ACTION}.data"
        body = self._callbacks.write_body(f"{schedule_ids.DONE}.data", {changed: action}, [changed])
        browser.ask("callback", "POST", "/_dash-update-component", body)


def _is_untrue(answer: Answer, fault: Fault) -> bool:
    if not answer.failed or answer.title in fault.truth:
        return False
    if answer.title == "A run is under way" and answer.kind == "callback":
        # the one that was started while the fault lasted
        return False
    return not (fault.cuts and answer.title.startswith("no answer"))


@contextmanager
def _probe(deployment: Deployment, number: int, book: Book) -> Iterator[None]:
    """Ask whether the process lives and is ready, over and over, until the block ends."""
    ended = threading.Event()

    def ask(kind: str, path: str) -> None:
        browser = Browser(deployment.app.port, name_person(number), book)
        while not ended.wait(PROBE_SECONDS):
            browser.ask(kind, "GET", path)
        browser.close()

    threads = [
        threading.Thread(target=ask, args=one) for one in (("alive", routes.HEALTH), ("ready", routes.READY))
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _read_records(database: _database.Server) -> Records:
    with database.engine.connect() as connection:
        return {
            name: {tuple(row) for row in connection.execute(sa.text(statement))}
            for name, statement in RECORDS.items()
        }


def _list_lost(before: Records, kept: dict[str, int], database: _database.Server) -> list[str]:
    """What was there before and is not now, and the people's drafts that are older than what they were told is kept."""
    after = _read_records(database)
    lost = [f"{name}: {row}" for name, rows in before.items() for row in rows - after[name]]
    with database.engine.connect() as connection:
        stored = connection.execute(
            sa.text("SELECT user_name, version FROM stackql_app.drafts WHERE tab_id = 'tab'")
        )
        versions: dict[str, int] = {row.user_name: row.version for row in stored}
    return lost + [f"draft of {who}" for who, version in kept.items() if versions.get(who, 0) < version]
