"""What the documents say of settings, packages, commands, benchmarks and files is so, and nothing of it is left out."""

from __future__ import annotations

import ast
import pkgutil
import re
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions
from importlib.metadata import version as installed_version
from pathlib import Path

import pytest

import benchmarks
from app.settings import Settings
from inventory_runner.command.cli import COMMANDS
from inventory_runner.engines import release

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CLAUDE.md",
    "infra/README.md",
    "docs/decisions.md",
    "docs/operating.md",
)
PRODUCT = ("app", "callbacks", "layouts", "services", "runner/src")
# started by name, or by another package: gunicorn by app.yaml, the database's driver by SQLAlchemy's URL
# a server, drivers that SQLAlchemy names, and a script that is served (app/libraries.py)
NOT_IMPORTED = {"gunicorn", "plotly", "psycopg-binary", "psycopg2-binary"}
# where a path that a document gives without its beginning lies
BASES = (
    "",
    "runner/src",
    "runner/src/inventory_runner",
    "services",
    "app",
    "app/assets",
    "layouts",
    "infra",
    "infra/sql",
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def read_table(document: str, first: str) -> list[list[str]]:
    """The rows of the table whose first column's heading is that, as cells of text."""
    _, found, rest = read(document).partition(f"| {first} |")
    assert found, f"{document} has no table of {first}"
    rows = []
    for line in rest.splitlines()[2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def read_pins(file: str) -> dict[str, str]:
    """Package → its exact version, of a file of requirements."""
    return dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", read(file), re.M))


def normalise(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def list_packages(*, development: bool) -> dict[str, str]:
    """README's packages by normal name, each with the version that is said of it, or none."""
    found = {}
    for cell, _ in read_table("README.md", "package"):
        if cell.endswith("(development)") == development:
            for one in cell.removesuffix(" (development)").split(", "):
                name, _, version = one.partition(" ")
                found[normalise(name)] = version
    return found


def list_imports() -> set[str]:
    """The top-level modules that the product imports."""
    found = set()
    for folder in PRODUCT:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                found |= {name.partition(".")[0] for name in names}
    return found


def test_the_packages_are_those_that_are_installed() -> None:
    # what stands above this comment is named by us, what stands below comes with it
    named, _, _ = read("runner/pyproject.toml").partition("# what these bring")
    runner = re.findall(r'^    "([\w.-]+)==', named, re.M)
    pins = {normalise(name): version for name, version in read_pins("requirements.in").items()}
    wanted = set(pins) | set(map(normalise, runner))
    said = list_packages(development=False)
    assert set(said) == wanted
    for name, version in said.items():
        assert version in ("", pins.get(name)), name
    development = {normalise(name) for name in read_pins("requirements-dev.in")}
    assert set(list_packages(development=True)) == development


def test_the_release_of_stackql_stands_in_one_place() -> None:
    version = release.PINNED.version
    found = subprocess.run(
        [
            "git",
            "grep",
            "-lF",
            *(word for text in hashes_of_the_release() for word in ("-e", text)),
            "--",
            ".",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert found.stdout.split() == ["runner/src/inventory_runner/engines/release.json"]
    assert version not in read("infra/README.md") + read("docs/operating.md")


def hashes_of_the_release() -> set[str]:
    return {sha256 for _, sha256 in release.PINNED.bundles.values()}


@pytest.mark.parametrize("file", ["requirements", "requirements-dev"])
def test_every_package_is_locked_with_hashes(file: str) -> None:
    text = read(f"{file}.txt")
    # a package's lines: its version, then its files' hashes, each but the last line ending in a backslash
    locked = re.findall(r"^([\w.-]+)==\S+.*\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.M)
    assert len(locked) == text.count("==") - text.count("== '")
    versions = {normalise(name): version for name, version in read_pins(f"{file}.txt").items()}
    for name, version in read_pins(f"{file}.in").items():
        assert versions[normalise(name)] == version
    for name, _ in locked:
        with suppress(PackageNotFoundError):  # another system's
            assert installed_version(name) == versions[normalise(name)], f"{name}: run `dev.py lock`"


def test_the_product_uses_every_package_that_it_names() -> None:
    modules: dict[str, set[str]] = {}
    for module, packages in packages_distributions().items():
        for package in packages:
            modules.setdefault(normalise(package), set()).add(module)
    imported = list_imports()
    for package in set(list_packages(development=False)) - NOT_IMPORTED:
        assert modules[package] & imported, f"{package} is used by nothing"


def test_the_commands_are_those_of_dev_py_and_of_the_runner() -> None:
    said = subprocess.run(
        [sys.executable, ROOT / "scripts" / "dev.py", "--help"], capture_output=True, text=True, check=True
    )
    verbs = set(re.findall(r"^    ([a-z]\w*) {2,}", said.stdout.partition("\n  VERB\n")[2], re.M))
    # `dev.py fix` / `lint` are one row
    cells = " ".join(cell for cell, _ in read_table("README.md", "command")).replace("` / `", "` `dev.py ")
    assert set(re.findall(r"dev\.py (\w+)", cells)) == verbs
    for document in DOCUMENTS:
        assert set(re.findall(r"dev\.py ([a-z]\w*)", read(document))) <= verbs, document
        named = set(re.findall(r"inventory-runner ([a-z][\w-]+)", read(document)))
        assert named <= set(COMMANDS) | {"run"}, document


def test_the_benchmarks_are_those_that_can_be_run() -> None:
    names = {one.name for one in pkgutil.iter_modules(benchmarks.__path__) if not one.name.startswith("_")}
    assert {cell.strip("`") for cell, _ in read_table("README.md", "name")} == names
    for document in DOCUMENTS:
        assert set(re.findall(r"python -m benchmarks ([a-z]\w*)", read(document))) <= names, document


def test_every_variable_that_is_read_is_said() -> None:
    """The table of settings is made from the code; what else is read by its name stands in the text around it."""
    text = read("README.md")
    said = {cell.strip("`") for cell, *_ in read_table("README.md", "variable")}
    assert said == {name.upper() for name, field in Settings.model_fields.items() if field.description}
    code = "".join(path.read_text() for folder in PRODUCT for path in (ROOT / folder).rglob("*.py"))
    # what is set and not read is no matter of the operator's
    named = set(re.findall(r"""environ(?:\.get\(|\[)"([A-Za-z_]+)"(?!\] =)""", code))
    for name in {name.upper() for name in named} - said - {"PATH", "HOME", "PYTHONPATH"}:
        assert f"`{name}`" in text or name.startswith("DATABRICKS_"), f"{name} is read and not said"
    for name in {name.upper() for name in Settings.model_fields} - said:
        assert name.startswith(("PG", "DATABRICKS_")), f"{name} has no description"


def test_what_is_wrong_is_named_as_the_app_names_it() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for name in PRODUCT for path in (ROOT / name).rglob("*.py")
    )
    titles = set(re.findall(r'^ +title = "([^"]+)"', code, re.M))
    named = {
        title
        for cell, *_ in read_table("docs/operating.md", "what one sees")
        for title in re.findall(r"\*\*(.+?)\*\*", cell)
    }
    assert len(named) > 20
    assert named <= titles


@pytest.mark.parametrize("document", DOCUMENTS)
def test_infras_scripts_and_headings_that_are_named_are_there(document: str) -> None:
    text = read(document)
    for script in re.findall(r"python3 (infra/\S+?\.py)", text):
        assert (ROOT / script).is_file(), script
    steps = len(re.findall(r"^    Step\($|^    Step\(\"", read("infra/check.py"), re.M))
    for step in re.findall(r"infra/check\.py (\d+)", text):
        assert int(step) < steps
    for path, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text):
        target = (ROOT / document).parent / path if path else ROOT / document
        headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.M)
        slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in slugs, f"{path}#{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_are_there(document: str) -> None:
    here = (ROOT / document).parent.relative_to(ROOT).as_posix()
    for text in re.findall(r"`([\w./-]+)`", read(document)):
        # `psycopg2.sql` is a module
        if re.search(r"^(?!psycopg2).*\.(?:py|sql|ya?ml|js|css|md|toml|txt)$", text) and not text.startswith(
            "."
        ):
            places = [ROOT / base / text for base in (*BASES, here)]
            assert any(path.exists() for path in places) or list(ROOT.glob(f"[a-z]*/**/{text}")), text
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(document)):
        assert (ROOT / here / target).exists(), target
