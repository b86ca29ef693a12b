"""The StackQL program and registry from a volume: mounted or fetched, and never without being verified."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.settings import settings_of
from fakes.workspace import FakeWorkspace, fake_workspace

from inventory_runner.contract import EngineMissing
from inventory_runner.engines import binary, volume
from inventory_runner.engines.stackql import StackQLEngine
from inventory_runner.settings import Settings

PROGRAM = b"#!/bin/sh\necho 'stackql v0.10.1 Linux (abc1234)'\n"
SHA = hashlib.sha256(PROGRAM).hexdigest()
PATH = "/Volumes/main/inventory/files/stackql"


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorkspace]:
    with fake_workspace() as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        made.files[PATH] = PROGRAM
        yield made


def settings_with(workspace: FakeWorkspace, folder: Path, **more: str) -> Settings:
    return settings_of(
        {**workspace.environment(), "INVENTORY_DATA_DIR": str(folder), "STACKQL_BINARY": PATH, **more}
    )


def test_an_app_fetches_the_program_once_and_runs_it(workspace: FakeWorkspace, tmp_path: Path) -> None:
    settings = settings_with(workspace, tmp_path, STACKQL_SHA256=SHA.upper())
    path, version = binary.locate(settings)
    assert version == "v0.10.1"
    assert path.read_bytes() == PROGRAM
    assert binary.locate(settings)[0] == path
    assert len(workspace.sent(f"GET /api/2.0/fs/files{PATH}")) == 1


@pytest.mark.parametrize(
    ("sha", "words"), [("", "nothing says what it should be"), ("0" * 64, f"its SHA-256 is {SHA}")]
)
def test_an_unverified_program_is_never_run(
    workspace: FakeWorkspace, tmp_path: Path, sha: str, words: str
) -> None:
    with pytest.raises(EngineMissing, match=words):
        binary.locate(settings_with(workspace, tmp_path, STACKQL_SHA256=sha))
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "lock"]


def test_a_missing_or_denied_file_is_a_missing_program(workspace: FakeWorkspace, tmp_path: Path) -> None:
    workspace.files.clear()
    with pytest.raises(EngineMissing, match="could not be fetched"):
        binary.locate(settings_with(workspace, tmp_path, STACKQL_SHA256=SHA))
    workspace.fail("GET .*/fs/files/.*", "PERMISSION_DENIED", "no READ_VOLUME")
    with pytest.raises(EngineMissing) as caught:
        binary.locate(settings_with(workspace, tmp_path, STACKQL_SHA256=SHA))
    assert "READ_VOLUME" in caught.value.details


def archive(names: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, content in names.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def test_the_registry_is_unpacked_from_its_archive(workspace: FakeWorkspace, tmp_path: Path) -> None:
    content = archive({"providers/src/aws/v1/provider.yaml": b"id: aws"})
    workspace.files["/Volumes/m/s/f/registry.tar.gz"] = content
    settings = settings_with(
        workspace,
        tmp_path,
        STACKQL_REGISTRY="/Volumes/m/s/f/registry.tar.gz",
        STACKQL_REGISTRY_SHA256=hashlib.sha256(content).hexdigest(),
    )
    folder = volume.find_registry_folder(settings, tmp_path)
    # StackQL looks for `src` in the folder that it is given, and nowhere else
    assert (Path(folder) / "src/aws/v1/provider.yaml").read_text() == "id: aws"
    assert volume.find_registry_folder(settings, tmp_path) == folder
    assert volume.find_registry_folder(settings_of({}), tmp_path) == ""


@pytest.mark.parametrize("word", ["public", "Public"])
def test_the_public_registry_is_asked_where_the_bundle_has_no_archive(word: str, tmp_path: Path) -> None:
    settings = settings_of(
        {"STACKQL_REGISTRY": "/Volumes/m/s/f/registry.tar.gz", "STACKQL_REGISTRY_SHA256": word}
    )
    assert volume.find_registry_folder(settings, tmp_path) == ""
    # and providers' documents are fetched from it when a query first names them
    assert StackQLEngine(settings)._pulls


@pytest.mark.parametrize("inside", ["src", "providers/src", "registry-main/providers/src"])
def test_a_registry_is_found_where_its_src_lies(inside: str, tmp_path: Path) -> None:
    (tmp_path / "copy" / inside / "aws").mkdir(parents=True)
    found = volume.find_registry_folder(
        settings_of({"STACKQL_REGISTRY": str(tmp_path / "copy")}), tmp_path / "cache"
    )
    assert found == str((tmp_path / "copy" / inside).parent)


def test_a_folder_without_providers_is_no_registry(tmp_path: Path) -> None:
    with pytest.raises(EngineMissing, match="no folder of providers"):
        volume.find_registry_folder(settings_of({"STACKQL_REGISTRY": str(tmp_path)}), tmp_path / "cache")


def test_an_archive_that_would_write_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evil.tar.gz").write_bytes(archive({"../outside": b"x"}))
    with pytest.raises(EngineMissing, match="cannot be unpacked"):
        volume.find_registry_folder(
            settings_of({"STACKQL_REGISTRY": str(tmp_path / "evil.tar.gz")}), tmp_path / "cache"
        )
    assert not (tmp_path / "outside").exists()
