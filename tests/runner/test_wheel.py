"""The wheel: built, installed into a fresh environment without the network, and run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
import sqlalchemy as sa
from packaging.requirements import Requirement

from inventory_runner.engines.release import PINNED
from inventory_runner.engines.sample_cloud import catalogue

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a virtual environment's programs, into which the wheel alone was installed."""
    folder = tmp_path_factory.mktemp("wheel")
    # a copy of what the build takes, so that nothing is written into the checkout
    shutil.copytree(
        ROOT / "runner", folder / "source" / "runner", ignore=shutil.ignore_patterns("__pycache__", "build")
    )
    (folder / "source" / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "init_lakebase.sql", folder / "source" / "scripts")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), "runner"],
        cwd=folder / "source",
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    home = folder / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(home / "bin" / "python"),
            "install",
            "--quiet",
            "--no-index",
            "--no-deps",
            "--disable-pip-version-check",
            str(wheel),
        ],
        check=True,
        capture_output=True,
    )
    # the dependencies are this environment's. A .pth adds the folder alone, not the .pth files in it, so the
    # checkout's own sources stay out
    site = Path(next((home / "lib").glob("python*"))) / "site-packages"
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return home / "bin"


def call(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [str(program), *arguments], env=environment, cwd="/", capture_output=True, text=True, timeout=100
    )


def test_it_is_the_wheel_that_runs_and_it_brings_the_schema_and_the_pinned_release(installed: Path) -> None:
    code = (
        "import inventory_runner as r, inventory_runner.platform.database as d;"
        "from inventory_runner.engines.release import PINNED;"
        "print(r.__file__, len(d.read_schema_sql()), PINNED.version)"
    )
    done = call(installed / "python", "-c", code)
    path, size, version = done.stdout.split()
    assert version == PINNED.version
    assert Path(path).is_relative_to(installed.parent)
    assert int(size) == len((ROOT / "scripts" / "init_lakebase.sql").read_text())


def test_a_query_on_the_sample_cloud(installed: Path) -> None:
    sql = "SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'us-east-1'"
    done = call(installed / "inventory-runner", "query", sql, "--engine", "sample", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)


def test_it_brings_every_provider_of_the_sample_cloud(installed: Path) -> None:
    code = (
        "from inventory_runner.engines.sample_cloud import catalogue;"
        "print(*[name for name, each in catalogue.read_resources().items() if name in each.home.generators])"
    )
    assert call(installed / "python", "-c", code).stdout.split() == list(catalogue.read_resources())


def test_from_an_empty_database_to_a_filled_table(installed: Path, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA stackql_app, stackql_inventory CASCADE"))
    runner = installed / "inventory-runner"
    assert call(runner, "init-db").returncode == 0
    with engine.begin() as connection:
        query = connection.execute(
            sa.text(
                "INSERT INTO stackql_app.queries (name, query_text)"
                " VALUES ('VPCs', 'SELECT vpc_id, cidr_block, tags FROM aws.ec2.vpcs WHERE region = ''us-east-1''')"
                " RETURNING id"
            )
        ).scalar_one()
    os.environ["INVENTORY_ENGINE"] = "sample"
    try:
        done = call(runner, "run", "--query-id", str(query), "--target-table", "vpcs", "--at", "2026-08-01")
    finally:
        del os.environ["INVENTORY_ENGINE"]
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("SUCCESS stackql_inventory.vpcs: ")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM stackql_inventory.vpcs")).scalar_one() > 0


def test_it_needs_nothing_of_the_web(installed: Path) -> None:
    code = (
        "import sys, inventory_runner.command.cli, inventory_runner.runs.run, inventory_runner.runs.scheduler;"
        "print([m for m in ('dash', 'flask', 'plotly', 'pandas', 'anthropic') if m in sys.modules])"
    )
    assert call(installed / "python", "-c", code).stdout.strip() == "[]"


def normalise(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def find_closure(names: Iterable[str]) -> dict[str, str]:
    """Package → installed version, of the named packages and of all that they need here."""
    found: dict[str, str] = {}
    left = [Requirement(name) for name in names]
    seen: set[str] = set()
    while left:
        one = left.pop()
        if str(one) in seen:
            continue
        seen.add(str(one))
        distribution = metadata.distribution(one.name)
        found[normalise(one.name)] = distribution.version
        for needed in map(Requirement, distribution.requires or []):
            if needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in one.extras or {""}
            ):
                left.append(needed)
    return found


def test_a_job_installs_what_was_tested_together() -> None:
    """The wheel names one version of every package that it needs, and of all that these need: those installed here."""
    project = tomllib.loads((ROOT / "runner" / "pyproject.toml").read_text())["project"]
    named = dict(one.split("==") for one in project["dependencies"])
    assert {normalise(name): version for name, version in named.items()} == find_closure(named)
