"""The command of app.yaml, as the platform starts it: it serves, logs JSON, and is gone within 15 seconds."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_app_starts_serves_and_stops(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    command = [
        word.replace("$DATABRICKS_APP_PORT", str(port))
        for word in yaml.safe_load((ROOT / "app.yaml").read_text())["command"]
    ]
    environ = {
        **os.environ, "DATABRICKS_APP_NAME": "inventory", "DATABRICKS_APP_PORT": str(port), "WEB_CONCURRENCY": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "INVENTORY_DATA_DIR": str(tmp_path),
    }  # fmt: skip
    log = tmp_path / "log"
    with log.open("w") as stderr, subprocess.Popen(command, cwd=ROOT, env=environ, stderr=stderr) as process:
        try:
            wait_for(lambda: answers(f"http://127.0.0.1:{port}/readyz"), process, log)
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/ide",
                headers={"X-Forwarded-Email": "anna@example.com", "X-Request-Id": "r-7"},
            )
            with urllib.request.urlopen(request, timeout=10) as page:
                assert page.status == 200
            wait_for(lambda: "the schemas are ready" in log.read_text(), process, log)
            # the platform kills what is there 15 seconds after it asked
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=15)
        finally:
            if process.poll() is None:
                process.kill()
    err = log.read_text()
    events = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    served = next(event for event in events if event.get("path") == "/ide")
    assert (served["user"], served["request_id"], served["status"]) == ("anna@example.com", "r-7", 200)
    assert "Traceback" not in err


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
