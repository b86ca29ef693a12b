"""Check that docstrings name what is there: in `name: meaning`, the name has to be a field or a parameter.

    python scripts/docstrings.py

Our docstrings explain fields and parameters as `name: meaning`, at the beginning of a sentence. When one is renamed or
removed, nothing else notices that its explanation stayed. A class may explain its fields, its methods, what it is made
of or called with, and what its bases in the same file have; a function its parameters, and the keys of what it returns.
Prints each name that its class or function does not have, with file and line, and exits 1 where there is one.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("app", "callbacks", "layouts", "services", "runner/src", "benchmarks", "scripts", "tests/fakes")
# `first, second: meaning`, at the beginning of a line or after a sentence
EXPLAINED = re.compile(r"(?:^|(?<=[.;] ))([a-z_][a-z0-9_]*(?:, [a-z_][a-z0-9_]*)*): (?=\S)", re.MULTILINE)

# the methods whose parameters a class may explain: they are what it is made of, or called with
TAKING = ("__init__", "__call__")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.ClassDef | Function


def list_documented(tree: ast.Module) -> Iterator[tuple[Documented, set[str]]]:
    """Every class and function with the names that its docstring may explain."""
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node, list_names_in_class(node, classes)
        elif isinstance(node, Function) and node.args.kwarg is None:  # else it may explain any keyword
            # what a function returns as a dictionary is explained by its keys
            yield node, list_parameters(node) | list_strings(node)


def list_parameters(node: Function) -> set[str]:
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return {one.arg for one in every if one is not None}


def list_strings(node: Function) -> set[str]:
    """The string constants of a function's body and signature, its docstring left out."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return {
        one.value
        for part in (*body, node.args, *([node.returns] if node.returns else []))
        for one in ast.walk(part)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def list_names_in_class(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> set[str]:
    """Fields, methods, what `__init__` takes and what a method sets on its object; and those of its bases."""
    names: set[str] = set()
    for inner in node.body:
        if isinstance(inner, ast.AnnAssign | ast.Assign):
            targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(inner, Function):
            names.add(inner.name)
            names |= list_parameters(inner) if inner.name in TAKING else set()
            names |= {
                one.attr
                for one in ast.walk(inner)
                if isinstance(one, ast.Attribute)
                and isinstance(one.ctx, ast.Store)
                and isinstance(one.value, ast.Name)
                and one.value.id == "self"
            }
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes and base.id != node.name:
            names |= list_names_in_class(classes[base.id], classes)
    return names


def find_strangers(source: str) -> Iterator[tuple[int, str, str]]:
    """(line, class or function, name) of what is explained in a source and not there."""
    for node, names in list_documented(ast.parse(source)):
        for found in EXPLAINED.finditer(ast.get_docstring(node) or ""):
            for name in found[1].split(", "):
                if name not in names:
                    yield node.lineno, node.name, name


def main() -> int:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {owner} explains {name!r}, which it has not"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, owner, name in find_strangers(path.read_text(encoding="utf-8"))
    ]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
