"""What the scripts that make files from the code share: each writes them, or with --check says which differ."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path


def write_or_check(made: Mapping[Path, str]) -> int:
    """Write the texts; with --check on the command line write nothing, and return 1 where a file holds another text."""
    differ = [
        file for file, text in made.items() if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    if "--check" not in sys.argv[1:]:
        for file in differ:
            file.write_text(made[file], encoding="utf-8")
        return 0
    for file in differ:
        print(f"{file.name} is not what the code says: run python {sys.argv[0]}")
    return int(bool(differ))
