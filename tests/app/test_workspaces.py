"""One list of workspaces, and one folder of its name in every layer: what is missing, or stands alone, is named."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from app.workspaces import WORKSPACES
from layouts.pages import PAGES

ROOT = Path(__file__).resolve().parents[2]
NAMES = {workspace.name for workspace in WORKSPACES}
WITH_ROUTES = {workspace.name for workspace in WORKSPACES if workspace.api}
SERVICES = {service for workspace in WORKSPACES for service in workspace.services}
# what every workspace uses
SHARED = {
    "layouts": {"components", "shell", "pages"},
    "callbacks": {"shell", "registry", "outputs", "conflicts", "presses"},
    "app/api": {"answers", "clients", "errors", "health", "operations", "requests", "schemas"},
}


def names_in(folder: str) -> set[str]:
    """The modules and packages that stand directly in a folder."""
    found = (ROOT / folder).iterdir()
    return {
        path.stem
        for path in found
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }


@pytest.mark.parametrize(
    ("folder", "expected"), [("layouts", NAMES), ("callbacks", NAMES), ("app/api", WITH_ROUTES)]
)
def test_every_layer_has_the_workspaces_and_nothing_else(folder: str, expected: set[str]) -> None:
    assert names_in(folder) - SHARED[folder] == expected
    assert names_in(folder) >= SHARED[folder]


def test_every_service_package_belongs_to_one_workspace() -> None:
    packages = {path.parent.name for path in (ROOT / "services").glob("*_service/__init__.py")}
    assert packages == SERVICES
    assert len(SERVICES) == sum(len(workspace.services) for workspace in WORKSPACES)


def test_no_module_stands_beside_the_folders() -> None:
    modules = [path for layer in ("layouts", "callbacks") for path in (ROOT / layer).glob("*.py")]
    assert len(modules) <= 8


def test_the_import_contracts_name_every_workspace() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = [c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "independence"]
    named = {module for contract in contracts for module in contract["modules"]}
    assert named >= {f"layouts.{name}" for name in NAMES} | {f"callbacks.{name}" for name in NAMES}
    assert named >= {f"app.api.{name}" for name in WITH_ROUTES}


def test_the_tests_stand_in_the_same_tree() -> None:
    assert {path.name for path in (ROOT / "tests" / "callbacks").iterdir() if path.is_dir()} >= NAMES


def test_every_workspace_is_in_the_navigation() -> None:
    assert [page.name for page in PAGES if page.group] == [workspace.name for workspace in WORKSPACES]
