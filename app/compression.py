"""What is sent is compressed, and what has a version in its address is kept by the browser and never asked for again.

A file of ours or of a library is compressed once a process: at first quickly, and beside the requests as small as
Brotli can, which takes eleven seconds for Plotly's and is therefore kept on the disk, for other processes and the next
start. Answers are compressed as they go out. Streams and downloads are left as they are: nothing may be held back of
them.

Compressed answers can tell a secret that stands in them beside words of another's choice (BREACH). Ours hold none:
there is no token against CSRF (the browser says who asks, app/security.py), and credentials never come to the browser.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import logging
import os
import queue
import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path
from urllib.parse import parse_qs

import brotli  # type: ignore[import-untyped]
import flask

from app.bundles import SCRIPTS, SHEETS
from app.settings import Settings
from services.query_service.folders import find_root, make_private_folder

log = logging.getLogger(__name__)

NAME = "compressed"

COMPRESS_FROM_BYTES = 1000
COMPRESSIBLE = {
    "application/javascript",
    "application/json",
    "image/svg+xml",
    "image/vnd.microsoft.icon",
    "image/x-icon",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
    "text/plain",
}
# of answers, and of a file that is asked for the first time: more takes longer than it saves on the way
QUICK_BROTLI, QUICK_GZIP = 5, 5
BUNDLES = (f"/assets/{SCRIPTS}", f"/assets/{SHEETS}")
# for caches on the way as well: nobody's data is in these
KEPT = "public, max-age=31536000, immutable"
# the smallest that Brotli makes, in a process of its own: it takes 70 MB meanwhile, and yields to all others
SQUEEZE = (
    "import os, sys, brotli; os.nice(19);"
    " sys.stdout.buffer.write(brotli.compress(sys.stdin.buffer.read(), quality=11))"
)


# of the process, whose files do not change: digest of a file's content and the encoding → the compressed content
_FILES: dict[tuple[str, str], bytes] = {}


class Compressor:
    """Compresses the answers of a server; of its process, it holds the files compressed: about 4 MB."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._loose: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def keep_in(self, folder: Path) -> None:
        """Squeeze each file once, beside the requests, and keep it in this folder."""
        self._folder = folder
        threading.Thread(target=self._squeeze_files, args=(folder,), name="squeeze", daemon=True).start()

    def wait(self) -> None:
        """Until the files that were asked for by now are squeezed, or could not be."""
        self._loose.join()

    def compress_answer(self, response: flask.Response) -> flask.Response:
        """The answer as small as the browser can read it."""
        kept = is_versioned_file(response)
        if kept:
            response.headers["Cache-Control"] = KEPT
        if (
            response.mimetype not in COMPRESSIBLE
            or response.status_code in (204, 206, 304)
            or "Content-Encoding" in response.headers
            or flask.request.method == "HEAD"
            # a stream; a file that is sent from the disk is one too, and has an end
            or (response.is_streamed and not kept)
        ):
            return response
        response.vary.add("Accept-Encoding")
        encoding = choose_encoding()
        if not encoding:
            return response
        response.direct_passthrough = False
        body = response.get_data()
        if len(body) < COMPRESS_FROM_BYTES:
            return response
        response.set_data(self._compress_file(body, encoding) if kept else compress(body, encoding))
        response.headers["Content-Encoding"] = encoding
        tag, _weak = response.get_etag()
        if tag is not None:
            # the same thing, in other bytes
            response.set_etag(tag, weak=True)
        return response

    def _compress_file(self, body: bytes, encoding: str) -> bytes:
        digest = hashlib.blake2b(body, digest_size=20).hexdigest()
        found = _FILES.get((digest, encoding))
        if found is None and encoding == "br":
            found = self._read_squeezed(digest)
            if found is None and self._folder is not None:
                self._loose.put((digest, body))
        if found is None:
            found = compress(body, encoding)
        return _FILES.setdefault((digest, encoding), found)

    def _read_squeezed(self, digest: str) -> bytes | None:
        if self._folder is not None:
            with contextlib.suppress(OSError):
                return (self._folder / f"{digest}.br").read_bytes()
        return None

    def _squeeze_files(self, folder: Path) -> None:
        while True:
            digest, body = self._loose.get()
            # another process may have been quicker
            found = self._read_squeezed(digest)
            try:
                if found is None:
                    found = self._squeeze(folder, digest, body)
            except (OSError, subprocess.SubprocessError) as error:
                # it goes out as it was compressed at first
                log.warning("a file could not be kept compressed: %s", error)
            else:
                _FILES[digest, "br"] = found
            finally:
                self._loose.task_done()

    def _squeeze(self, folder: Path, digest: str, body: bytes) -> bytes:
        make_private_folder(folder)
        squeezed = subprocess.run(
            [sys.executable, "-c", SQUEEZE], input=body, stdout=subprocess.PIPE, check=True
        ).stdout
        part = folder / f"{digest}.{os.getpid()}"
        part.write_bytes(squeezed)
        part.replace(folder / f"{digest}.br")
        return squeezed


def install(server: flask.Flask) -> None:
    """Compress what this server answers."""
    server.extensions[NAME] = compressor = Compressor()
    server.after_request(compressor.compress_answer)


def squeeze_files(server: flask.Flask, settings: Settings) -> None:
    """From now on, make the server's files as small as they can be; they are kept beside the results."""
    server.extensions[NAME].keep_in(find_root(settings, NAME))


def choose_encoding() -> str:
    """Brotli where the browser reads it, which most do over HTTPS and on loopback, else gzip; empty for neither."""
    accepted = flask.request.accept_encodings
    return next((one for one in ("br", "gzip") if accepted[one] > 0), "")


def compress(body: bytes, encoding: str) -> bytes:
    """The body, quickly. encoding: `br` or `gzip`."""
    if encoding == "br":
        return bytes(brotli.compress(body, quality=QUICK_BROTLI))
    return gzip.compress(body, compresslevel=QUICK_GZIP, mtime=0)


def is_versioned_file(response: flask.Response) -> bool:
    """Whether this is a file whose address changes when the file does.

    Dash writes the version into the address of a library's file. Ours have a digest (`?v=`, app/bundles.py), or the
    time of their change (`?m=`); Bootstrap's and the icon have the version of their package, the icons' font a hash.
    """
    request = flask.request
    if response.status_code not in (200, 206, 304) or request.method not in ("GET", "HEAD"):
        return False
    path, asked = (
        request.path,
        parse_qs(request.query_string.decode(errors="replace"), keep_blank_values=True),
    )
    if path.startswith(("/_dash-component-suites/", "/libraries/")) or path in BUNDLES:
        return response.cache_control.max_age is not None
    if path.startswith("/assets/"):
        changed = response.last_modified
        return changed is not None and _read_whole(asked.get("m")) == int(changed.timestamp())
    if path == "/_favicon.ico":
        return asked.get("v") == [metadata.version("dash")]
    return path.startswith("/bootstrap/static/") and bool(asked)


def _read_whole(given: list[str] | None) -> int | None:
    try:
        return int(float(given[0])) if given else None
    except (ValueError, OverflowError):
        return None
