"""The command of app.yaml, as the platform starts it: it serves, logs JSON, and is gone when the platform asks."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes import stackql as fake_stackql
from fakes.waiting import PATIENCE_SECONDS, processes_in_session, wait_until

from app import gunicorn_config

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(
    database_url: str, tmp_path: Path
) -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], str, Path]]]:
    """The command of app.yaml, started; returns the process, its address and its log."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(**more: str) -> tuple[subprocess.Popen[bytes], str, Path]:
        port = free_port()
        command = [
            word.replace("$DATABRICKS_APP_PORT", str(port))
            for word in yaml.safe_load((ROOT / "app.yaml").read_text())["command"]
        ]
        environ = {
            **os.environ,
            "DATABRICKS_APP_NAME": "inventory",
            "DATABRICKS_APP_PORT": str(port),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "INVENTORY_DATA_DIR": str(tmp_path),
            "STACKQL_BINARY": str(fake_stackql.install(tmp_path / "runs").binary),
            **more,
        }
        log = tmp_path / "log"
        with log.open("w") as stderr:
            process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=stderr)
        started.append(process)
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(f"{address}/readyz"), process, log)
        return process, address, log

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_the_app_starts_serves_and_stops(
    start: Callable[..., tuple[subprocess.Popen[bytes], str, Path]],
) -> None:
    process, address, log = start(WEB_CONCURRENCY="1")
    request = urllib.request.Request(
        f"{address}/ide", headers={"X-Forwarded-Email": "anna@example.com", "X-Request-Id": "r-7"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as page:
        assert page.status == 200
        assert page.headers["Server"] == "app"
    # taken to its end and then refused: whoever closes before that is a lost connection to a browser
    for path in ("/api/ide/queries", "/_dash-update-component"):
        for length in ("Content-Length", "Transfer-Encoding"):
            status, words = send_too_much(address, path, length)
            assert (status, words["error"]["code"]) == (413, "request_too_large")
    wait_for(lambda: "the schemas are ready" in log.read_text(), process, log)
    assert "program runs: v0.10.1" in log.read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE_SECONDS) == 0
    # the platform kills what is there 15 seconds after it asked
    assert gunicorn_config.graceful_timeout < 15
    err = log.read_text()
    events = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    served = next(event for event in events if event.get("path") == "/ide")
    assert (served["user"], served["request_id"], served["status"]) == ("anna@example.com", "r-7", 200)
    assert "Traceback" not in err


def test_queries_under_way_end_with_the_app(
    start: Callable[..., tuple[subprocess.Popen[bytes], str, Path]], tmp_path: Path
) -> None:
    program = fake_stackql.install(tmp_path / "program")
    program.answer("vpcs", hang=True)
    process, address, log = start(STACKQL_BINARY=str(program.binary), STACKQL_PULL="never")
    body = json.dumps({"sql": "SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'us-east-1'"}).encode()
    request = urllib.request.Request(
        f"{address}/api/ide/queries",
        body,
        {"X-Forwarded-Email": "anna@example.com", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        assert answer.status == 201
    wait_for(lambda: bool(program.hanging), process, log)
    # the worker's, which holds the program and the child that the program has
    session = program.hanging[0]["session"]
    assert len(processes_in_session(session)) >= 3
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=PATIENCE_SECONDS)
    wait_until(lambda: not processes_in_session(session), "the query's processes are gone")


def test_clients_that_send_or_read_nothing_more_keep_nobody_waiting(
    start: Callable[..., tuple[subprocess.Popen[bytes], str, Path]],
) -> None:
    """More of each kind than there are threads."""
    _, address, _ = start(WEB_CONCURRENCY="1")
    port = int(address.rpartition(":")[2])
    post = b"POST /api/ide/format HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    script = (
        b"GET /_dash-component-suites/plotly/package_data/plotly.min.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    page = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    kinds = {
        "nothing": b"",
        "half a head": b"GET /ide HTTP/1.1\r\nHost: local",
        "no body": post + b"Content-Length: 100\r\n\r\n",
        "half a body": post + b"Content-Length: 100\r\n\r\n{",
        "half a chunk": post + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"sq\r\n0',
        "reads nothing": script,
        "leaves the end to us": page.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
    }
    with contextlib.ExitStack() as stack:
        idle = []
        for sent in kinds.values():
            for _ in range(gunicorn_config.threads + 8):
                client = stack.enter_context(socket.socket())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.connect(("127.0.0.1", port))
                client.sendall(sent)
                idle.append((sent, client))
        # some in the middle of their answer, and all others of an answer that does not begin
        for sent, client in idle:
            if sent in (kinds["reads nothing"], kinds["leaves the end to us"]):
                client.settimeout(PATIENCE_SECONDS)
                assert client.recv(12) == b"HTTP/1.1 200"
            elif sent.endswith(b"{"):
                client.sendall(b" ")
        headers = {"X-Forwarded-Email": "anna@example.com"}
        for path in ("/healthz", "/ide", "/healthz"):
            request = urllib.request.Request(f"{address}{path}", headers=headers)
            # within the time that gunicorn's own threads would be held for
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                assert answer.status == 200
        # whoever is slow, and comes to an end, is answered
        sent, client = next(one for one in idle if one[0] == kinds["half a body"])
        client.settimeout(PATIENCE_SECONDS)
        client.sendall(b'"sql": "select 1"'.ljust(97) + b"}")
        assert client.recv(13).startswith(b"HTTP/1.1 ")


def send_too_much(address: str, path: str, length: str) -> tuple[int, dict[str, Any]]:
    """Post 40 MB. length: the header that says how long the body is, or that it comes in chunks."""
    pieces = [b" " * (1 << 20)] * 40
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE_SECONDS)
    headers = {"X-Forwarded-Email": "anna@example.com", "Content-Type": "application/json"}
    chunked = length == "Transfer-Encoding"
    headers[length] = "chunked" if chunked else str(sum(map(len, pieces)))
    try:
        connection.request("POST", path, iter(pieces), headers, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """As wait_until; fails with the log, and as soon as the process has ended."""

    def so() -> bool:
        assert process.poll() is None, log.read_text()
        return condition()

    try:
        wait_until(so)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{log.read_text()}") from None


def test_what_is_imported_before_the_workers_are_forked_works_in_them() -> None:
    """Polars and Arrow have threads and allocators of their own, which a fork could leave locked."""
    code = """
import os, sys
from app import gunicorn_config
gunicorn_config.on_starting(None)
assert {'app.main', 'pandas', 'databricks.sdk'} <= set(sys.modules), 'nothing is shared'
for _ in range(2):
    child = os.fork()
    if not child:
        import pandas as pd, polars as pl, pyarrow as pa, pyarrow.csv, pyarrow.compute as pc
        frame = pl.DataFrame({'a': list(range(200_000))}).with_columns(b=pl.col('a') % 7)
        grouped = frame.lazy().group_by('b').agg(pl.col('a').sum()).sort('b').collect()
        table = frame.to_arrow()
        listed = pd.DataFrame({'a': frame['a'].to_list()})
        same = grouped['a'].sum() == pc.sum(table['a']).as_py() == int(listed['a'].sum())
        read = pa.csv.read_csv(pa.BufferReader(frame.write_csv().encode()))
        os._exit(0 if same and read.num_rows == 200_000 else 1)
    assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE_SECONDS)
