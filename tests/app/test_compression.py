"""What is sent is compressed, whole, and kept by the browser where its address has a version."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import compression
from app.main import create_app
from app.settings import read_settings
from services import build

UNPACK: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
LARGE = b"select region, count(*) from aws.ec2.instances;\n" * 100


@pytest.fixture
def client(engine: sa.Engine) -> FlaskClient:
    settings = read_settings(inventory_engine="sample")
    return create_app(settings, build(engine, settings)).server.test_client()


def ask(client: FlaskClient, path: str, accepted: str) -> tuple[bytes, flask.Response]:
    """What the browser reads, and the answer; accepted: the encodings it can."""
    answer = client.get(path, headers={"Accept-Encoding": accepted})
    assert answer.status_code == 200, path
    return UNPACK[answer.headers.get("Content-Encoding", "")](answer.data), answer  # type: ignore[return-value]


def test_every_file_of_a_page_is_whole_in_each_encoding_and_kept(client: FlaskClient) -> None:
    page = client.get("/").text
    files = {
        one for one in re.findall(r'(?:src|href)="(/[^"]+)', page) if re.search(r"\.(?:js|css|ico)\b", one)
    }
    lazy = set(re.findall(r'"(/libraries/[^"]+)"', page))
    assert len(lazy) == 3
    for path in sorted(files | lazy):
        plain, answer = ask(client, path, "")
        assert "immutable" in answer.headers["Cache-Control"], path
        for accepted, encoding in (("gzip, deflate, br, zstd", "br"), ("gzip", "gzip")):
            # the second comes from memory
            for _ in range(2):
                found, answer = ask(client, path, accepted)
                assert found == plain and "Accept-Encoding" in answer.headers["Vary"], path
                if len(plain) >= compression.COMPRESS_FROM_BYTES:
                    assert answer.headers["Content-Encoding"] == encoding


def test_a_file_is_asked_for_again_under_another_version(client: FlaskClient) -> None:
    for path in (
        "/assets/app.js",
        "/assets/app.js?m=1",
        "/assets/app.js?m=nan",
        "/assets/all.js",
        "/assets/all.css?v=0",
        "/bootstrap/static/css/bootstrap.min.css",
        "/_favicon.ico?v=0",
        "/libraries/0.0.0/dash_ace/dash_ace.min.js",
    ):
        assert "immutable" not in client.get(path).headers["Cache-Control"], path


def test_only_libraries_are_served_as_such(client: FlaskClient) -> None:
    version = metadata.version("flask")
    for path in (f"/libraries/{version}/flask/app.py", "/libraries/1/plotly/__init__.py"):
        assert client.get(path).status_code == 404


def test_answers_of_callbacks_are_compressed_and_nobodys_to_keep(client: FlaskClient) -> None:
    plain, _ = ask(client, "/_dash-dependencies", "identity")
    for accepted, encoding in (("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip")):
        found, answer = ask(client, "/_dash-dependencies", accepted)
        assert found == plain and answer.headers["Content-Encoding"] == encoding
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture
def small() -> FlaskClient:
    """A server with one answer of each kind."""
    server = flask.Flask(__name__)
    compression.install(server)

    def stream() -> Iterator[bytes]:
        yield LARGE
        yield LARGE

    @server.get("/<kind>")
    def answer(kind: str) -> flask.Response:
        if kind == "stream":
            return flask.Response(stream(), mimetype="text/plain")
        if kind == "packed":
            return flask.Response(
                gzip.compress(LARGE), mimetype="text/plain", headers={"Content-Encoding": "gzip"}
            )
        if kind == "picture":
            return flask.Response(LARGE, mimetype="image/png")
        return flask.Response(b"short" if kind == "short" else LARGE, mimetype="text/plain")

    return server.test_client()


@pytest.mark.parametrize("kind", ["stream", "packed", "picture", "short"])
def test_what_gains_nothing_is_left_as_it_is(small: FlaskClient, kind: str) -> None:
    found = small.get(f"/{kind}", headers={"Accept-Encoding": "br"})
    plain = small.get(f"/{kind}")
    assert found.data == plain.data and found.headers.get("Content-Encoding") == plain.headers.get(
        "Content-Encoding"
    )


def test_a_file_is_squeezed_once_for_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand, step by step: the thread does the same beside the requests."""
    monkeypatch.setattr(compression.threading.Thread, "start", lambda self: None)
    folder = tmp_path / "compressed"
    first, second = compression.Compressor(), compression.Compressor()
    for one in (first, second):
        one.keep_in(folder)
    quick = first._compress_file(LARGE, "br")
    digest, body = first._loose.get_nowait()
    squeezed = first._squeeze(folder, digest, body)
    assert brotli.decompress(quick) == brotli.decompress(squeezed) == LARGE
    # as another process has it
    monkeypatch.setattr(compression, "_FILES", {})
    assert second._compress_file(LARGE, "br") == squeezed and second._loose.empty()
    assert [file.suffix for file in folder.iterdir()] == [".br"]
