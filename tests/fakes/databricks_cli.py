"""A `databricks` command that answers what a test arranges, for scripts that start it by its name.

A shell script in a folder for PATH: it prints the answer of the longest words that its own begin with, as JSON, or an
`{"error": text}` on stderr with status 1. What nothing was arranged for ends with an error that says so, which is how
the real one refuses a command that it has not.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class FakeDatabricks:
    """answers: the command's first words → what it prints, a text or what becomes JSON; `arrange` takes changes up."""

    def __init__(self, folder: Path, answers: Mapping[str, Any]) -> None:
        self.folder = folder
        self.answers = dict(answers)
        self.arrange()

    def arrange(self) -> None:
        """Answer from now on as `answers` says."""
        lines = ["#!/bin/sh", f'echo "$*" >> {shlex.quote(str(self.folder / "asked.txt"))}', 'case "$*" in']
        for words in sorted(self.answers, key=len, reverse=True):
            answer = self.answers[words]
            if isinstance(answer, dict) and "error" in answer:
                said = shlex.quote(f"Warn: a newer version is there\nError: {answer['error']}")
                lines.append(f"{shlex.quote(words)}*) printf '%s\\n' {said} >&2; exit 1;;")
            else:
                said = shlex.quote(answer if isinstance(answer, str) else json.dumps(answer))
                lines.append(f"{shlex.quote(words)}*) printf '%s\\n' {said};;")
        lines += [r"""*) echo "Error: unknown command \"$*\" for \"databricks\"" >&2; exit 1;;""", "esac", ""]
        program = self.folder / "databricks"
        program.write_text("\n".join(lines))
        program.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        """The words of each call."""
        path = self.folder / "asked.txt"
        return path.read_text().splitlines() if path.exists() else []
