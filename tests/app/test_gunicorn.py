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
from pathlib import Path

import pytest
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
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", process)
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/ide",
                headers={"X-Forwarded-Email": "anna@example.com", "X-Request-Id": "r-7"},
            )
            with urllib.request.urlopen(request, timeout=10) as page:
                assert page.status == 200
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=15)
            assert time.monotonic() - began < 12
        finally:
            if process.poll() is None:
                process.kill()
    events = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    served = next(event for event in events if event.get("path") == "/ide")
    assert (served["user"], served["request_id"], served["status"]) == ("anna@example.com", "r-7", 200)
    assert any(event["message"] == "the schemas are ready" for event in events), err
    assert "Traceback" not in err


def wait_for(url: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail("the app did not answer")
