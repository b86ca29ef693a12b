"""The app as app.yaml starts it, on a stand-in for StackQL; and its API as a page asks it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
# on a busy machine two server processes import for a minute
START_SECONDS = 180


@dataclass(frozen=True)
class App:
    """port: on the loopback. pid: gunicorn's own process, the parent of its server processes."""

    port: int
    pid: int

    def list_servers(self) -> list[int]:
        """The server processes that live now; a server process's own children are no part of them."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]


@contextmanager
def start_app(binary: Path, folder: Path, environ: Mapping[str, str]) -> Iterator[App]:
    """The app, ready; folder: of its log and StackQL's files. environ: settings beside those of the engine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = {
        **os.environ,
        "INVENTORY_ENGINE": "stackql",
        "STACKQL_BINARY": str(binary),
        "STACKQL_APPROOT": str(folder / "approot"),
        "STACKQL_PULL": "never",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        **environ,
    }
    command = [
        word.replace("0.0.0.0:$DATABRICKS_APP_PORT", f"127.0.0.1:{port}")
        for word in yaml.safe_load((ROOT / "app.yaml").read_text())["command"]
    ]
    log = folder / "log"
    with log.open("w") as words:
        child = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=words, stderr=subprocess.STDOUT)
        try:
            _wait(port, child, log)
            yield App(port, child.pid)
        finally:
            child.terminate()
            child.wait(20)


def _wait(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        try:
            page = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            page.request("GET", "/readyz")
            if page.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"The app did not start:\n{log.read_text()[-2000:]}")


def read_pss(pid: int) -> float:
    """Megabytes of a process, what it shares divided among those who share it."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def ask_app(
    page: http.client.HTTPConnection, method: str, path: str, body: object = None, person: str = ""
) -> dict[str, Any]:
    """The query that a request for one answers with; person: the e-mail address that the proxy would add."""
    headers = {"Content-Type": "application/json", **({"X-Forwarded-Email": person} if person else {})}
    page.request(method, path, json.dumps(body) if body else None, headers)
    answer = json.loads(page.getresponse().read())
    if "query" not in answer:
        raise SystemExit(f"The app refused the query: {answer}")
    found: dict[str, Any] = answer["query"]
    return found
