"""The app with a benchmark's own engine, in a process of its own, as a browser meets it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def serve_apart(benchmark: str) -> Iterator[str]:
    """The address of the app that `serve()` of this benchmark's module starts and prints, until the block ends."""
    # the sample cloud's settings, so that nothing else is needed; the engine is the benchmark's own
    environ = {
        **os.environ,
        "INVENTORY_ENGINE": "sample",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
    }
    child = subprocess.Popen(
        [sys.executable, "-c", f"from benchmarks.{benchmark} import serve; serve()"],
        stdout=subprocess.PIPE,
        text=True,
        env=environ,
        cwd=ROOT,
    )
    try:
        assert child.stdout is not None
        address = child.stdout.readline().strip()
        if not address:
            raise SystemExit("The app did not start; its words are above.")
        yield address
    finally:
        child.terminate()
        child.wait(10)


def open_browser(playwright: Playwright) -> Browser:
    """The system's Chromium, without a window; INVENTORY_CHROMIUM names another."""
    return playwright.chromium.launch(
        executable_path=os.environ.get("INVENTORY_CHROMIUM") or shutil.which("chromium"),
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    )
