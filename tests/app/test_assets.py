"""Every browser file is loaded, and the style sheets in the order of the cascade."""

from __future__ import annotations

import re
from importlib import metadata

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.bundles import ASSETS
from app.main import create_app
from app.settings import read_settings
from layouts.pages import PAGES
from services import build

WORKSPACES = {page.name for page in PAGES if page.group}


@pytest.fixture
def client(engine: sa.Engine) -> FlaskClient:
    settings = read_settings(inventory_engine="sample")
    return create_app(settings, build(engine, settings)).server.test_client()


@pytest.fixture
def head(client: FlaskClient) -> str:
    """A page; what it loads from this server is there."""
    page = client.get("/").text
    own = re.findall(r'(?:src|href)="(/(?:assets|bootstrap)/[^"]+)', page)
    assert [address for address in own if client.get(address).status_code != 200] == []
    return page


@pytest.fixture
def loaded(client: FlaskClient, head: str) -> list[str]:
    """The files below app/assets that a page loads, in its order."""
    addresses = re.findall(r'(?:src|href)="/assets/([^"]+)', head)
    return [
        name
        for address in addresses
        for name in re.findall(r"^/\* (\S+\.(?:js|css)) \*/$", client.get(f"/assets/{address}").text, re.M)
        or [address.partition("?")[0]]
    ]


def test_every_file_is_loaded_once_and_two_requests_bring_them(head: str, loaded: list[str]) -> None:
    files = [path for path in ASSETS.rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert sorted(loaded) == sorted(path.relative_to(ASSETS).as_posix() for path in files)
    # one more is in the head, since it applies before anything is painted
    assert len(re.findall(r'(?:src|href)="/assets/', head)) == 3
    # what others need comes first
    scripts = [name for name in loaded if name.endswith(".js")]
    assert scripts[:3] == ["theme.js", "app.js", "ids.js"]


def test_a_workspace_overrides_what_is_shared_and_that_the_base(loaded: list[str]) -> None:
    sheets = [name for name in loaded if name.endswith(".css")]
    rank = [0 if "/" not in name else 1 if name.startswith("shared/") else 2 for name in sheets]
    assert rank == sorted(rank) and set(rank) == {0, 1, 2}


def test_bootstrap_lies_in_a_layer_below_ours(head: str) -> None:
    """A link would load it beside the layer, where its more specific rules win."""
    (imported,) = re.findall(
        r'@import url\("([^"]+)"\) layer\(bootstrap\);', (ASSETS / "style.css").read_text()
    )
    (link,) = re.findall(rf'<link[^>]*href="{re.escape(imported)}[^>]*>', head)
    assert 'rel="preload"' in link and 'as="style"' in link
    # browsers keep it by its address
    assert imported.endswith(f"?v={metadata.version('Bootstrap-Flask')}")


def test_a_folder_is_shared_or_a_workspace() -> None:
    assert {path.name for path in ASSETS.iterdir() if path.is_dir()} <= {"shared", *WORKSPACES}
