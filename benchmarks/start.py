"""Starting locally: how long until a page, what the first fill takes, and what a server process needs and keeps.

The fill is the supervisor's own, without the app beside it; the start is the supervisor's whole. The memory is that of
gunicorn's server processes, as app.yaml starts them, on the sample cloud: each page is opened in Chromium once, and
what the browser asked for then is asked again for every later visit, by a connection of its own.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.embedded import EmbeddedPostgres
from app.seed import DAYS, Seeding
from app.settings import read_settings
from benchmarks._app import ROOT, App, read_pss, start_app
from benchmarks._serving import open_browser
from inventory_runner.platform import database
from services.sample_history import SampleHistory

if TYPE_CHECKING:
    from playwright.sync_api import Request

STARTS = 3
VISITS = 500
SETTLE_SECONDS = 30.0
START_SECONDS = 120.0
PAGES = (
    "/",
    "/inventory?view=changes",
    "/inventory?view=resources",
    "/inventory?view=owners",
    "/inventory/aws_ec2_instances",
    "/inventory/aws_ec2_instances?tab=columns",
    "/inventory/aws_ec2_instances?tab=coverage",
    "/ide",
    "/schedules",
    "/providers",
)
# of the fill's processor time: the process that runs the schedules, the sample cloud's, Postgres
PARTS = ("seed_runner_s", "seed_cloud_s", "seed_postgres_s")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Asked:
    """A request as the browser sent it. body: empty for a GET."""

    method: str
    path: str
    body: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--visits", type=int, default=VISITS, help="of pages, after the first of each")
    parser.add_argument("--days", type=int, default=DAYS, help="of the sample's history")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """ready_seconds: from a second start to the first page, the median of three.

    seed_cpu_s: user and system time of the whole first fill, of all its processes and Postgres; seed_*_s: parts of it.
    first_day_s: from the start of the fill to the first day, after which the app would serve. rss_mb: proportional
    share (PSS) of the larger of two server processes, after one visit of each page and half a minute. rss_growth: the
    same after `--visits` more, over that. load: the machine's average at the start and at the end.
    """
    loads = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="start-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        # Postgres runs as another user
        folder.chmod(0o755)
        environ = {**os.environ, "INVENTORY_DATA_DIR": str(folder), "INVENTORY_ENGINE": "sample"}
        filled = _fill_apart(environ, options.days)
        starts = [_measure_start(environ) for _ in range(STARTS)]
        before, after = _measure_memory(folder, options.visits)
    loads.append(os.getloadavg()[0])
    return {
        "ready_seconds": round(statistics.median(starts), 2),
        "seed_cpu_s": round(sum(filled[part] for part in PARTS), 1),
        **{part: filled[part] for part in PARTS},
        "first_day_s": filled["first_day_s"],
        "seed_seconds": filled["seed_seconds"],
        "rss_mb": round(before, 1),
        "rss_growth": round(after / before, 2),
        "visits": options.visits,
        "load": [round(one, 1) for one in loads],
    }


def _fill_apart(environ: dict[str, str], days: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", f"from benchmarks.start import fill; fill({days})"],
        stdout=subprocess.PIPE,
        env=environ,
        cwd=ROOT,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def fill(days: int) -> None:
    """Fill the sample, and write what it took as JSON; in a process of its own."""
    began = time.monotonic()
    folder = Path(os.environ["INVENTORY_DATA_DIR"])
    embedded = EmbeddedPostgres(folder)
    os.environ["DATABASE_URL"] = embedded.start()
    settings = read_settings()
    engine = database.create_engine(settings.database)
    database.init_db(engine)
    seeding = Seeding(engine, settings, SampleHistory(folder))
    progress = seeding.begin(days=days)
    assert progress is not None
    first_day = 0.0
    for made in seeding.make_days(progress, threading.Event()):
        first_day = first_day or time.monotonic() - began if made.made == 1 else first_day
    seconds = time.monotonic() - began
    engine.dispose()
    # its servers' time is counted as the postmaster's once they have ended
    postmaster = int((folder / "pg" / "postmaster.pid").read_text().split()[0])
    deadline = time.monotonic() + 10
    while _count_children(postmaster, "postgres: postgres") and time.monotonic() < deadline:
        time.sleep(0.1)
    served = _read_cpu(postmaster)
    used = os.times()
    own, children = used.user + used.system, used.children_user + used.children_system
    embedded.stop()
    print(
        json.dumps(
            {
                "seed_runner_s": round(own, 1),
                "seed_cloud_s": round(children, 1),
                "seed_postgres_s": round(served, 1),
                "seed_seconds": round(seconds, 1),
                "first_day_s": round(first_day, 1),
            }
        )
    )


def _read_cpu(pid: int) -> float:
    """Seconds of user and system time of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICKS


def _count_children(pid: int, title: str) -> int:
    """Children of that title; one that has ended has none any more, and counts until its time was handed over."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    titles = [one.read_text() for child in children if (one := Path(f"/proc/{child}/cmdline")).exists()]
    return sum(not found or title in found for found in titles)


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _measure_start(environ: dict[str, str]) -> float:
    port = _find_port()
    began = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "app.local", "--port", str(port)],
        env=environ,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.monotonic() < began + START_SECONDS and child.poll() is None:
            try:
                if _ask(port, Asked("GET", "/", "")) == 200:
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.02)
        raise SystemExit("The app did not start.")
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(60)


def _ask(port: int, *requests: Asked) -> int:
    """The last answer's status; all on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    status = 0
    try:
        for one in requests:
            headers = {"Content-Type": "application/json"} if one.body else {}
            connection.request(one.method, one.path, one.body or None, headers)
            answer = connection.getresponse()
            answer.read()
            status = answer.status
            if status >= 400:
                raise SystemExit(f"{one.method} {one.path} was answered {status}.")
    finally:
        connection.close()
    return status


def _measure_memory(folder: Path, visits: int) -> tuple[float, float]:
    """MB after a visit of each page, and after so many more."""
    embedded = EmbeddedPostgres(folder)
    url = embedded.start()
    try:
        environ = {
            "INVENTORY_ENGINE": "sample",
            "INVENTORY_DATA_DIR": str(folder),
            "DATABASE_URL": url,
            "WEB_CONCURRENCY": "2",
        }
        with start_app(Path(sys.executable), folder, environ) as app:
            recorded = [_visit(app.port, page) for page in PAGES]
            # the browser's few connections may all have gone to one of the two
            for requests in recorded * 2:
                _ask(app.port, *requests)
            time.sleep(SETTLE_SECONDS)
            before = _read_memory(app)
            for number in range(visits):
                _ask(app.port, *recorded[number % len(recorded)])
            after = _read_memory(app)
    finally:
        embedded.stop()
    return before, after


def _visit(port: int, page: str) -> list[Asked]:
    """Open a page in a browser that has seen nothing; returns what it asked for, files apart."""
    # not at the top: the process that fills has no use for it, and its time is measured
    from playwright.sync_api import sync_playwright

    seen: list[Asked] = []

    def record(request: Request) -> None:
        parts = urlsplit(request.url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if not parts.path.startswith(("/assets/", "/_dash-component-suites/", "/bootstrap/")):
            seen.append(Asked(request.method, path, request.post_data or ""))

    with sync_playwright() as play:
        browser = open_browser(play)
        shown = browser.new_page()
        shown.on("request", record)
        shown.goto(f"http://127.0.0.1:{port}{page}", wait_until="networkidle")
        browser.close()
    return seen


def _read_memory(app: App) -> float:
    """PSS in MB of the larger server process."""
    return max(read_pss(pid) for pid in app.list_servers())
