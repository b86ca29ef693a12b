#!/usr/bin/env python3
"""Set up, run and test the product on a developer's machine (Linux, macOS, WSL). Needs Python 3.11 or newer.

    python3 scripts/dev.py run          install what is missing, then serve the sample cloud on http://127.0.0.1:8050
    python3 scripts/dev.py test         install what is missing, then run every test (arguments go to pytest)
    python3 scripts/dev.py test quick   the tests without database and browser, in half a minute
    python3 scripts/dev.py test --busy  every test, with two busy processes beside them: what waits for a clock fails
    python3 scripts/dev.py fix          format, and mend what can be mended by itself
    python3 scripts/dev.py lint         ruff, mypy, the import contracts, docstrings, the browser's scripts
    python3 scripts/dev.py setup        only install
    python3 scripts/dev.py lock         write requirements*.txt anew from the packages that requirements*.in name
    python3 scripts/dev.py reset        remove the local database and its files

Everything is installed into .venv beside this folder. The local database and other working files lie in
INVENTORY_DATA_DIR, by default a folder per checkout in the user's data directory.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
RUNNER = "runner/pyproject.toml"


def say(text: str) -> None:
    print(text, flush=True)


def fail(text: str) -> NoReturn:
    sys.exit(f"\n{text}\n")


def hash_files(paths: list[Path]) -> str:
    """One hash over files' names and contents."""
    total = hashlib.sha256(sys.version.encode())
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def has_stamp(name: str, value: str) -> bool:
    stamp = VENV / f".{name}"
    return stamp.is_file() and stamp.read_text() == value


def run_pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, cwd=ROOT).returncode:
        fail(
            "Installing failed; pip's words are above. Check the network and the package index, then run it again."
        )


def setup() -> None:
    """Make .venv match the requirement files and the runner's project file; quick when it already does."""
    if not PYTHON.exists():
        say("Making .venv …")
        try:
            venv.create(VENV, with_pip=True, clear=True)
        except (subprocess.CalledProcessError, OSError) as error:
            fail(f"Making .venv failed: {error}. On Debian, install the package python3-venv first.")
    wanted = hash_files([ROOT / name for name in REQUIREMENTS if (ROOT / name).exists()])
    if not has_stamp("requirements", wanted):
        say("Installing packages (a few minutes the first time) …")
        # both files name every package with the hashes of its files: pip takes nothing else
        run_pip("--require-hashes", "-r", "requirements.txt", "-r", "requirements-dev.txt")
        (VENV / ".requirements").write_text(wanted)
        (VENV / ".runner").unlink(missing_ok=True)
    wanted = hash_files([ROOT / RUNNER])
    if not has_stamp("runner", wanted):
        # editable, so that what runs and what a debugger opens are the sources in runner/src, not a copy of them;
        # without isolation and dependencies, so that it works offline: both were installed above
        run_pip("--no-build-isolation", "--no-deps", "--editable", "./runner")
        (VENV / ".runner").write_text(wanted)


def find_chromium() -> str:
    """A Chromium for the browser tests: the system's, Debian's package as root, or Playwright's download.

    The headless shell is the same browser without its windows: the tests take a fifth less processor time with it.
    """
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        say("Installing Chromium from Debian's packages …")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=environment)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "chromium-headless-shell"],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        if found := shutil.which("chromium-headless-shell"):
            return found
    say("Downloading Playwright's Chromium …")
    if subprocess.run([str(PYTHON), "-m", "playwright", "install", "--only-shell", "chromium"]).returncode:
        fail(
            "The browser tests need Chromium, and none could be installed.\n"
            "As root: apt-get install chromium-headless-shell. Then run this again;\n"
            "or run the other tests alone: python3 scripts/dev.py test -m 'not browser'."
        )
    return ""  # Playwright finds its own


def run(options: argparse.Namespace) -> NoReturn:
    setup()
    arguments = ["-m", "app.local", "--port", str(options.port), *(["--verbose"] if options.verbose else [])]
    os.chdir(ROOT)
    # exec, so that Ctrl-C and signals reach the supervisor itself
    os.execv(PYTHON, [str(PYTHON), *arguments])
    return None


# a file in one process; three of them on two cores, since browsers and databases are waited for
IN_PARTS = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
QUICK = ("-m", "not browser and not database and not slow", *IN_PARTS)


def test(arguments: list[str]) -> int:
    """Run a tier of the tests, or whatever the arguments choose."""
    setup()
    busy = "--busy" in arguments
    arguments = [one for one in arguments if one != "--busy"]
    # the tests start the product's programs hundreds of times: without kept bytecode each compiles it all again
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if arguments[:1] == ["quick"]:
        arguments = [*QUICK, *arguments[1:]]
    else:
        environment["INVENTORY_CHROMIUM"] = find_chromium()
        # chosen tests run as pytest does it
        arguments = arguments or [*IN_PARTS, "--durations=20"]
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * busy)]
    try:
        return subprocess.run([str(PYTHON), "-m", "pytest", *arguments], cwd=ROOT, env=environment).returncode
    finally:
        for process in spinning:
            process.kill()


def run_tools(*commands: list[str]) -> int:
    """Run the tools of .venv one after another, all of them, and say which failed."""
    setup()
    failed = [
        command[0]
        for command in commands
        if subprocess.run([str(PYTHON.parent / command[0]), *command[1:]], cwd=ROOT).returncode
    ]
    say(f"failed: {', '.join(failed)}" if failed else "clean")
    return 1 if failed else 0


LOCK = (
    "uv",
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-annotate",
    "--custom-compile-command",
    "python3 scripts/dev.py lock",
)


def lock() -> int:
    """Write requirements.txt and requirements-dev.txt: one version of every package, with the hashes of its files.

    Versions that stand there stay; to raise one, correct it in the .in file, or remove its lines from the .txt file.
    """
    return run_tools(
        [*LOCK, "requirements.in", RUNNER, "--output-file", "requirements.txt"],
        [*LOCK, "requirements-dev.in", "-c", "requirements.txt", "--output-file", "requirements-dev.txt"],
    )


def list_type_checks() -> list[list[str]]:
    """The type check of the browser's scripts, where this machine has its tool; nothing else here needs Node."""
    if tsc := shutil.which("tsc"):
        return [[tsc, "--project", "jsconfig.json"]]
    say("The types of the scripts are not checked: that takes Node and `npm install --global typescript`.")
    return []


def lint() -> int:
    """Check style, types, the import contracts, docstrings and what is generated; changes nothing."""
    return run_tools(
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
        ["python", "scripts/docstrings.py"],
        ["python", "scripts/settings_table.py", "--check"],
        ["python", "scripts/api_docs.py", "--check"],
        ["python", "scripts/ids_js.py", "--check"],
        ["python", "scripts/pictures.py", "--check"],
        ["oxlint", "app/assets"],
        *list_type_checks(),
    )


def fix() -> int:
    """Mend what can be mended by itself, and make anew what is generated: README's settings, ids.js, docs/api.md."""
    return run_tools(
        ["ruff", "check", "--fix", "."],
        ["ruff", "format", "."],
        ["python", "scripts/settings_table.py"],
        ["python", "scripts/ids_js.py"],
        ["python", "scripts/api_docs.py"],
        ["oxlint", "--fix", "app/assets"],
    )


def reset() -> int:
    setup()
    return subprocess.run([str(PYTHON), "-m", "app.local", "--reset"], cwd=ROOT).returncode


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python3 scripts/dev.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    runs = verbs.add_parser("run", help="serve the sample cloud")
    runs.add_argument("--port", type=int, default=8050, help="default: 8050")
    runs.add_argument("--verbose", action="store_true", help="log each request")
    for verb, text in (
        ("test", "run the tests: all, `quick`, or as pytest's arguments choose"),
        ("fix", "format, and mend what can be mended"),
        ("lint", "check style, types and layers"),
        ("setup", "only install"),
        ("lock", "write the requirements' versions and hashes anew"),
        ("reset", "remove the local database"),
    ):
        verbs.add_parser(verb, help=text, add_help=verb != "test")
    options, rest = parser.parse_known_args()
    if rest and options.verb != "test":
        parser.error(f"unknown argument: {rest[0]}")
    if options.verb == "run":
        run(options)
    if options.verb == "test":
        return test(rest)
    if options.verb == "setup":
        setup()
        say("Ready: python3 scripts/dev.py run")
        return 0
    return {"fix": fix, "lint": lint, "lock": lock, "reset": reset}[options.verb]()


if __name__ == "__main__":
    sys.exit(main())
