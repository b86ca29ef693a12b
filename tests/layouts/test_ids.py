"""Every workspace's ids stand in its `ids` module, under names that tell their values."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from types import ModuleType

import pytest

from app.workspaces import WORKSPACES

LAYOUTS = Path(__file__).resolve().parents[2] / "layouts"
FOLDERS = ["shell", *(workspace.name for workspace in WORKSPACES)]


def ids_of(folder: str) -> ModuleType:
    return importlib.import_module(f"layouts.{folder}.ids")


def constants(folder: str) -> dict[str, str]:
    return {
        name: value
        for name, value in vars(ids_of(folder)).items()
        if name.isupper() and isinstance(value, str)
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_id_is_called_as_its_value_without_the_workspace(folder: str) -> None:
    for name, value in constants(folder).items():
        # the search and the page itself are the shell's
        expected = {f"{folder}_{name.lower()}"} | ({name.lower()} if folder == "shell" else set())
        assert value in expected, name


def test_no_two_ids_are_the_same() -> None:
    values = [value for folder in [*FOLDERS, "components"] for value in constants(folder).values()]
    assert len(values) == len(set(values)) > 200


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_id_made_of_parts_has_a_constant_as_its_type(folder: str) -> None:
    known = set(constants(folder).values())
    for name, make in inspect.getmembers(ids_of(folder), inspect.isfunction):
        count = len(inspect.signature(make).parameters)
        made = make(*([next(iter(known))] * (count - 1)), "one")
        if isinstance(made, dict):
            # of several parts, or of one; a part may choose the type
            assert made["type"] in known and "one" in made.values(), name
            assert len(made) in (count, count + 1), name
        else:
            assert made.startswith(f"{folder}_") and made.endswith("_one"), name


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_page_writes_no_id_of_its_own(folder: str) -> None:
    known = set(constants(folder).values()) - {"content"}
    written = []
    for path in sorted((LAYOUTS / folder).rglob("*.py")):
        if path.name == "ids.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.keyword) and node.arg in ("id", "target_id", "html_for", "htmlFor")
            if named and isinstance(node.value, ast.Constant | ast.JoinedStr | ast.Dict):
                written.append(f"{path.name}:{node.value.lineno}")
            if isinstance(node, ast.Constant) and node.value in known:
                written.append(f"{path.name}:{node.lineno}")
    assert not written
