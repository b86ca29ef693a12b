"""Every browser file is loaded, and the style sheets in the order of the cascade."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from app.main import ASSETS, create_app
from app.settings import read_settings
from layouts.pages import PAGES
from services import build

WORKSPACES = {page.name for page in PAGES if page.group}


@pytest.fixture
def loaded(engine: sa.Engine) -> list[str]:
    """The files below app/assets that a page loads, in its order; each is there."""
    client = create_app(
        read_settings(inventory_engine="sample"), build(engine, read_settings(inventory_engine="sample"))
    ).server.test_client()
    names = re.findall(r'(?:src|href)="/assets/([^"?]+)', client.get("/").text)
    assert [name for name in names if client.get(f"/assets/{name}").status_code != 200] == []
    return names


def test_every_file_is_loaded_once(loaded: list[str]) -> None:
    files = [path for path in ASSETS.rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert sorted(loaded) == sorted(path.relative_to(ASSETS).as_posix() for path in files)


def test_a_workspace_overrides_what_is_shared_and_that_the_base(loaded: list[str]) -> None:
    sheets = [name for name in loaded if name.endswith(".css")]
    rank = [0 if "/" not in name else 1 if name.startswith("shared/") else 2 for name in sheets]
    assert rank == sorted(rank) and set(rank) == {0, 1, 2}


def test_a_folder_is_shared_or_a_workspace() -> None:
    assert {path.name for path in ASSETS.iterdir() if path.is_dir()} <= {"shared", *WORKSPACES}
