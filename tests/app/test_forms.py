"""Times are written by inventory_runner/wording.py alone: no other module has a form of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("app", "callbacks", "layouts", "services", "runner/src")
# a part of a date or of a time, as strftime and Plotly write them
DIRECTIVE = re.compile(r"%-?[aAbBeHIjmMpyY](?![a-zA-Z])")
ALLOWED = {
    "runner/src/inventory_runner/wording.py",
    # names of files
    "app/api/ide/queries.py",
    "app/api/inventory.py",
    # a cell of a table: data
    "services/db/inventory_rows.py",
}
MONTH_FIRST = re.compile(r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d")
TYPE_OF_INPUT = re.compile(r"\btype=\"(date|datetime-local|time|month|week)\"")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The string constants of a module, of formats too, with their lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def modules() -> Iterator[tuple[str, Path]]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path


def test_no_module_has_a_date_format_of_its_own() -> None:
    found = [
        f"{name}:{line}: {text}"
        for name, path in modules()
        if name not in ALLOWED and "sample_cloud" not in name
        for line, text in texts(path)
        if DIRECTIVE.search(text) or MONTH_FIRST.search(text)
    ]
    assert not found


def test_what_is_allowed_a_form_has_one() -> None:
    of_name = dict(modules())
    for name in ALLOWED:
        assert any(DIRECTIVE.search(text) for _, text in texts(of_name[name])), name


def test_no_field_lets_the_browser_write_a_date_its_own_way() -> None:
    found = [name for name, path in modules() if TYPE_OF_INPUT.search(path.read_text(encoding="utf-8"))]
    assert not found
