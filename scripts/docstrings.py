"""Check that docstrings name what is there: in `name: meaning`, the name has to be a field or a parameter.

    python scripts/docstrings.py

Our docstrings explain fields and parameters as `name: meaning`, at the beginning of a sentence. When one is renamed or
removed, nothing else notices that its explanation stayed. Prints each name that its class or function does not have,
with file and line, and exits 1 where there is one.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("app", "callbacks", "layouts", "services", "runner/src", "benchmarks", "scripts")
# `first, second: meaning`, at the beginning of a line or after a sentence
EXPLAINED = re.compile(r"(?:^|(?<=[.;] ))([a-z_][a-z0-9_]*(?:, [a-z_][a-z0-9_]*)*): (?=\S)", re.MULTILINE)

Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def documented(tree: ast.Module) -> Iterator[tuple[Documented, set[str]]]:
    """Every class and function with the names that its docstring may explain."""
    keys = {
        one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node, names_in_class(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # what a function returns as a dictionary is explained by its keys
            yield node, parameters(node) | keys


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return {one.arg for one in every if one is not None}


def names_in_class(node: ast.ClassDef) -> set[str]:
    """Fields, properties and methods, what `__init__` takes and what any method sets; bases may have more."""
    names: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.AnnAssign | ast.Assign):
            targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target]
            names |= {t.id for t in targets if isinstance(t, ast.Name)}
            names |= {t.attr for t in targets if isinstance(t, ast.Attribute)}
        elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            names |= {inner.name} | parameters(inner)
    return names


def strangers(path: Path) -> Iterator[str]:
    """The explained names of one file that nothing there has."""
    for node, names in documented(ast.parse(path.read_text(encoding="utf-8"))):
        for found in EXPLAINED.finditer(ast.get_docstring(node) or ""):
            for name in found[1].split(", "):
                if name not in names:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} explains {name!r}, which it has not"


def main() -> int:
    found = [
        line
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in strangers(path)
    ]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
