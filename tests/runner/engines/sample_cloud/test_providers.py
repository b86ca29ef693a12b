"""A provider of the sample cloud is one folder: each is whole, and another one costs nothing but its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import inventory_runner
from inventory_runner.engines.sample_cloud import catalogue, providers
from inventory_runner.engines.sample_cloud.providers import Provider

FOLDER = {
    "__init__.py": '"""Tailwind, a provider of this test."""\n',
    "catalogue.txt": (
        "# a comment\n"
        "tailwind.fleet.planes list_planes hangar\n"
        "  id seats:integer retired:boolean\n"
        "  tags:array\n"
        "tailwind.fleet.hangars list_hangars\n"
        "  name\n"
    ),
    "rows.py": (
        "def planes(day, hangar):\n"
        "    yield {'id': f'{hangar}-1', 'seats': 180, 'retired': False, 'tags': ['a', {'b': 1}]}\n"
        "    yield {'id': f'{hangar}-2', 'retired': True}\n"
        "def hangars(day):\n"
        "    yield {'name': 'north'}\n"
        "GENERATORS = {'tailwind.fleet.planes': planes, 'tailwind.fleet.hangars': hangars}\n"
    ),
    "words.py": (
        "from inventory_runner.engines.sample_cloud.providers import Parameter, Words\n"
        "from inventory_runner.engines.sample_cloud.story import DarkScope\n"
        "WORDS = Words(\n"
        "    versions={'tailwind': ('v26.01.00001',)},\n"
        "    parameters={'hangar': Parameter(\n"
        "        values=('north', 'south', 'east'), empty=frozenset({'west'}), dark=(DarkScope(0, 28, 'south'),),\n"
        "        unknown='no hangar named {value}', refused='stay out of {value}',\n"
        "    )},\n"
        ")\n"
    ),
}


@pytest.mark.parametrize("provider", providers.discover(), ids=lambda provider: provider.name)
def test_a_folder_is_whole(provider: Provider) -> None:
    mine = {name: each for name, each in catalogue.read_resources().items() if each.home is provider}
    assert provider.generators.keys() == mine.keys()
    assert provider.words.versions.keys() == {each.provider for each in mine.values()}
    assert all(provider.words.versions.values())
    required = {parameter for each in mine.values() for parameter in each.parameters}
    assert provider.words.parameters.keys() == required
    for parameter in provider.words.parameters.values():
        assert parameter.values
        assert parameter.every not in parameter.values
        assert not parameter.empty.intersection(parameter.values)
        assert {scope.value for scope in parameter.dark} <= set(parameter.values)
        if parameter.dark or parameter.unknown is None:
            assert "{value}" in parameter.refused
    for start in provider.words.everywhere:
        assert any(name.startswith(start) for name in mine)


def test_no_two_folders_answer_under_one_name() -> None:
    names = [name for provider in providers.discover() for name in provider.words.versions]
    assert sorted(names) == list(providers.find_providers())


@pytest.fixture(scope="module")
def with_tailwind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the runner to which one folder was added."""
    root = tmp_path_factory.mktemp("runner")
    package = root / "inventory_runner"
    shutil.copytree(
        Path(inventory_runner.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
    )
    folder = package / "engines" / "sample_cloud" / "tailwind"
    folder.mkdir()
    for name, text in FOLDER.items():
        (folder / name).write_text(text)
    return root


def ask(root: Path, sql: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "inventory_runner", "query", sql, "--engine", "sample", "--format", "json"],
        env=os.environ | {"PYTHONPATH": str(root)},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=100,
    )


def answered(root: Path, sql: str) -> list[dict]:
    done = ask(root, sql)
    assert (done.returncode, done.stderr) == (0, "")
    rows: list[dict] = json.loads(done.stdout)
    return rows


def test_a_folder_is_all_that_a_provider_costs(with_tailwind: Path) -> None:
    shown = answered(with_tailwind, "SHOW PROVIDERS")
    assert [row["name"] for row in shown] == sorted([*catalogue.find_versions(), "tailwind"])
    assert {"name": "tailwind", "version": "v26.01.00001"} in shown
    joined = (
        "SELECT p.id, p.seats, p.retired, p.tags FROM tailwind.fleet.hangars h "
        "INNER JOIN tailwind.fleet.planes p ON p.hangar = h.name WHERE p.hangar IN ('north', 'west') ORDER BY p.id"
    )
    assert answered(with_tailwind, joined) == [
        {"id": "north-1", "seats": 180, "retired": 0, "tags": ["a", {"b": 1}]},
        {"id": "north-2", "seats": None, "retired": 1, "tags": None},
    ]
    # beside the others
    assert len(answered(with_tailwind, "SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'us-east-1'")) == 3


@pytest.mark.parametrize(
    ("hangar", "words"),
    [
        (
            "nowhere",
            ["tailwind does not know hangar nowhere", "north, south, east", "no hangar named nowhere"],
        ),
        ("south", ["tailwind refused tailwind.fleet.planes for hangar south (403)", "stay out of south"]),
    ],
)
def test_it_answers_in_its_own_words(with_tailwind: Path, hangar: str, words: list[str]) -> None:
    done = ask(with_tailwind, f"SELECT id FROM tailwind.fleet.planes WHERE hangar = '{hangar}'")
    assert done.returncode == 1
    assert all(each in done.stderr for each in words), done.stderr
