"""The formatter lays the code out; what is left to people is a table of data, and seldom."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST = 40
SKIP = "# fmt: " + "skip"
OFF = "# fmt: " + "off"


def test_few_tables_keep_a_layout_of_their_own() -> None:
    kept, others = 0, []
    for path in sorted(ROOT.rglob("*.py")):
        if any(part.startswith(".") for part in path.relative_to(ROOT).parts):
            continue
        source = path.read_text(encoding="utf-8")
        assert OFF not in source, path
        if SKIP not in source:
            continue
        ends = {
            node.end_lineno
            for node in ast.parse(source).body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and isinstance(node.value, ast.Tuple | ast.List | ast.Dict | ast.Set)
        }
        for number, line in enumerate(source.splitlines(), 1):
            if SKIP in line:
                kept += 1
                others += [] if number in ends else [f"{path.relative_to(ROOT)}:{number}"]
    assert not others, "no table of data: let the formatter lay it out"
    assert kept <= MOST
