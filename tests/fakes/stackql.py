"""A stand-in for the StackQL program: a real executable that answers what a test told it to, well or badly.

`install` writes it into a folder. Each call is noted with its arguments and environment, so that a test can look for
what must not be there.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = r"""
import json, os, re, resource, signal, subprocess, sys, time
folder = os.path.dirname(os.path.realpath(__file__))
if sys.argv[1:] == ["--version"]:
    print("stackql v0.10.1 Linux (abc1234)")
    sys.exit(0)
with open(os.path.join(folder, "calls.jsonl"), "a") as calls:
    core = resource.getrlimit(resource.RLIMIT_CORE)
    calls.write(json.dumps({"argv": sys.argv, "env": dict(os.environ), "pid": os.getpid(), "core": core}) + "\n")
sql = sys.argv[2]
with open(os.path.join(folder, "answers.json")) as file:
    answers = json.load(file)
# an answer to a query is none to DESCRIBE
meant = [a for a in answers if not sql.startswith("DESCRIBE") or "DESCRIBE" in a["match"]]
answer = next((a for a in meant if re.search(a["match"], sql)), {"stdout": "null"})
approot = sys.argv[sys.argv.index("--approot") + 1] if "--approot" in sys.argv else ""
if answer.get("needs") and not os.path.isdir(os.path.join(approot, "src", answer["needs"])):
    sys.stderr.write("cannot find provider = '" + answer["needs"] + "': open src: no such file or directory\n")
    sys.exit(0)
if answer.get("installs"):
    os.makedirs(os.path.join(approot, "src", answer["installs"], "v1"))
if answer.get("delay"):
    time.sleep(answer["delay"])
if answer.get("stderr"):
    sys.stderr.write(answer["stderr"])
if answer.get("hang"):
    # a child of its own, as a program that forks has
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(os.path.join(folder, "hanging.jsonl"), "a") as hanging:
        hanging.write(json.dumps({"pid": os.getpid(), "session": os.getsid(0), "sql": sql}) + "\n")
    time.sleep(600)
if answer.get("flood"):
    with open(os.path.join(folder, "hanging.jsonl"), "a") as hanging:
        hanging.write(json.dumps({"pid": os.getpid(), "session": os.getsid(0), "sql": sql}) + "\n")
    targets = {"stdout": "/dev/stdout", "stderr": "/dev/stderr", "file": os.environ["TMPDIR"] + "/pages.db"}
    # a child writes, as a program that forks may have it
    writes = "import sys\nwith open(sys.argv[1], 'ab') as out:\n while out.write(bytes(1 << 16)): pass"
    subprocess.run([sys.executable, "-c", writes, targets[answer["flood"]]])
while answer.get("hold") and not os.path.exists(os.path.join(folder, "go_on")):
    time.sleep(0.02)
if answer.get("kill"):
    os.kill(os.getpid(), getattr(signal, answer["kill"]))
if answer.get("kill_parents"):
    os.killpg(os.getpgid(0), signal.SIGKILL)
if "file" in answer:
    with open(answer["file"]) as file:
        while chunk := file.read(1 << 20):
            sys.stdout.write(chunk)
else:
    text = answer.get("stdout", "")
    if answer.get("fill"):
        found = re.search(answer["match"], sql)
        for number, group in enumerate(found.groups(), 1):
            text = text.replace(f"{{{number}}}", group)
    sys.stdout.write(text)
sys.stdout.flush()
sys.exit(answer.get("exit", 0))
"""


@dataclass(frozen=True)
class FakeStackQL:
    """binary: the program's path. Answers are tried in order; the first whose pattern the query holds is given."""

    binary: Path

    def answer(self, match: str = "", rows: list[dict[str, Any]] | None = None, **options: Any) -> None:
        """Add an answer. rows: as StackQL prints them; options: stdout, stderr, file, delay, hang, hold, kill, exit.

        hang: for ten minutes, as `hanging` tells; hold: until `go_on`. kill: the signal that it ends by, `SIGKILL`.
        fill: `{1}` in stdout stands for what the pattern's first group found.
        flood: what a child of it writes to without end, as `hanging` tells: stdout, stderr or file (a temporary one).
        needs, installs: a provider whose documents must lie in the approot, or are put there.
        """
        if rows is not None:
            options["stdout"] = json.dumps(rows, separators=(",", ":")) if rows else "null"
        self._write([*self._read(), {"match": match, **options}])

    @contextmanager
    def override(self, match: str, **options: Any) -> Iterator[None]:
        """Give another answer, before all others, until the block ends."""
        before = self._read()
        self._write([{"match": match, **options}, *before])
        try:
            yield
        finally:
            self._write(before)

    def _read(self) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = json.loads((self.binary.parent / "answers.json").read_text())
        return answers

    def _write(self, answers: list[dict[str, Any]]) -> None:
        # at once, since calls under way read it
        new = self.binary.parent / "answers.new"
        new.write_text(json.dumps(answers))
        new.replace(self.binary.parent / "answers.json")

    def clear(self) -> None:
        self._write([])
        for name in ("hanging.jsonl", "go_on"):
            (self.binary.parent / name).unlink(missing_ok=True)

    def go_on(self) -> None:
        """Let the calls that are held, and those that will be, give their answers."""
        (self.binary.parent / "go_on").touch()

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What each call was started with: argv, env, pid."""
        return self._noted("calls.jsonl")

    @property
    def hanging(self) -> list[dict[str, Any]]:
        """The calls that came to hang, and have a child by then: pid, session, sql."""
        return self._noted("hanging.jsonl")

    def _noted(self, name: str) -> list[dict[str, Any]]:
        path = self.binary.parent / name
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        # the last one may be half written
        return [json.loads(line) for line in lines if line.endswith("\n")]


def install(folder: Path) -> FakeStackQL:
    """Write the program into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    binary = folder / "stackql"
    program = folder / "program.py"
    program.write_text(PROGRAM)
    # through sh, since neither path may have a space in a line that begins with #!
    quoted = " ".join(shlex.quote(str(part)) for part in (sys.executable, "-IS", program.resolve()))
    binary.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
    binary.chmod(0o755)
    fake = FakeStackQL(binary)
    fake.clear()
    return fake
