"""The bundle: its files load, its references resolve, and its names are those that the code expects."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes.settings import settings_of

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "infra" / "bundles"
REFERENCE = re.compile(r"\$\{([^}]+)\}")
# what the CLI itself provides
BUILT_IN = {"bundle.name", "bundle.target", "workspace.current_user.userName"}
OUTPUTS = {"id"}


@pytest.fixture(scope="module")
def bundle() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((BUNDLE / "databricks.yml").read_text())
    loaded["resources"] = {}
    included = [path for pattern in loaded["include"] for path in sorted(BUNDLE.glob(pattern))]
    assert included
    for path in included:
        for kind, items in yaml.safe_load(path.read_text())["resources"].items():
            known = loaded["resources"].setdefault(kind, {})
            assert not set(known) & set(items), f"{path.name} defines a {kind} again"
            known.update(items)
    return loaded


def strings(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in strings(value)]
    if isinstance(node, list):
        return [text for value in node for text in strings(value)]
    return [node] if isinstance(node, str) else []


def test_every_reference_resolves(bundle: dict[str, Any]) -> None:
    used = set()
    for text in strings(bundle):
        for reference in REFERENCE.findall(text):
            if reference in BUILT_IN:
                continue
            kind, *path = reference.split(".")
            if kind == "var":
                assert path[0] in bundle["variables"], reference
                used.add(path[0])
                continue
            assert kind == "resources", reference
            resource = bundle["resources"][path[0]][path[1]]
            assert path[2] in resource or path[2] in OUTPUTS, reference
    assert used == set(bundle["variables"]), "a variable that nothing uses"


def test_a_key_names_one_resource_whatever_its_kind(bundle: dict[str, Any]) -> None:
    keys = [key for items in bundle["resources"].values() for key in items]
    assert sorted(set(keys)) == sorted(keys), "the CLI refuses a key that two kinds share"


def test_nobody_is_let_near_the_secrets_or_the_wheel(bundle: dict[str, Any]) -> None:
    # permissions of the bundle cover each of its resources, the secret scope among them
    for where in (bundle, *bundle["targets"].values(), *bundle["resources"]["secret_scopes"].values()):
        assert "permissions" not in where
    for target in bundle["targets"].values():
        assert "/Workspace/Shared" not in target.get("workspace", {}).get("root_path", "")


def test_the_volume_is_named_by_the_schema_that_is_made(bundle: dict[str, Any]) -> None:
    # a development target puts its user's name before the schema's
    paths = [
        text
        for kind in ("apps", "jobs")
        for text in strings(bundle["resources"][kind])
        if "/Volumes/" in text or text.endswith(".files")
    ]
    assert len(paths) == 3 + 2 * 2
    assert all("${resources.schemas.files_schema.name}" in text for text in paths)


def test_targets_set_variables_that_exist_and_share_no_resource(bundle: dict[str, Any]) -> None:
    assert set(bundle["targets"]) == {"dev", "prod"}
    dev = bundle["targets"]["dev"]["variables"]
    assert set(dev) <= set(bundle["variables"])
    # a development target puts its user's name before the schema's, and before no name of these
    for name in ("app_name", "secret_scope", "inventory_catalog", "lakebase_project"):
        assert dev[name] != bundle["variables"][name]["default"]
    assert "schema" not in dev


def test_no_variable_of_the_app_is_sent_without_a_value(bundle: dict[str, Any]) -> None:
    entries = bundle["resources"]["apps"]["inventory"]["config"]["env"]
    for target in ({}, *(target.get("variables", {}) for target in bundle["targets"].values())):
        for entry in entries:
            text = str(entry.get("value") or entry.get("value_from") or "")
            for reference in REFERENCE.findall(text):
                kind, _, name = reference.partition(".")
                given = {
                    **bundle["variables"].get(name, {}),
                    **({"default": target[name]} if name in target else {}),
                }
                # without a default the CLI asks for a value
                assert kind != "var" or given.get("default", "asked for"), f"{entry['name']}: {name} is empty"
            assert text.strip(), entry["name"]


def test_the_instructions_name_what_each_target_makes(bundle: dict[str, Any]) -> None:
    text = (ROOT / "infra" / "README.md").read_text()
    example = (ROOT / "infra" / "deployment.env.example").read_text()
    dev = bundle["targets"]["dev"]["variables"]
    said = {
        name: (prod, of_dev)
        for of_dev, name, prod in re.findall(r"^#.* dev: (\S+)\n(\w+)=(\S+)$", example, re.MULTILINE)
    }
    assert said == {
        name: (bundle["variables"][variable]["default"], dev[variable])
        for name, variable in (
            ("SCOPE", "secret_scope"),
            ("PROJECT", "lakebase_project"),
            ("APP", "app_name"),
            ("CATALOG", "inventory_catalog"),
        )
    }
    # and every command takes them from there
    commands = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    assert not re.search(
        "stackql[-_]inventory(?:_catalog)?(?:[-_]dev)?\\b(?!\\S*/)",
        commands.replace("$CATALOG.stackql_inventory", "").replace("stackql-provider-registry", ""),
    )


def test_the_deployments_file_gives_every_variable_that_the_steps_and_the_bundle_take(
    bundle: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "infra"))
    import deployment

    example = deployment.EXAMPLE.read_text()
    given = deployment.parse(example, "the example")
    lines = example.splitlines()
    for number, line in enumerate(lines):
        if matched := re.match(r"(\w+)=", line):
            assert lines[number - 1].startswith("# "), f"{matched[1]} is not explained"
            assert sum(other.startswith(f"{matched[1]}=") for other in lines) == 1
    # the bundle asks for the variables without a default
    asked = {f"BUNDLE_VAR_{name}" for name, one in bundle["variables"].items() if "default" not in one}
    assert asked <= set(given)
    assert {name.removeprefix("BUNDLE_VAR_") for name in given if name.startswith("BUNDLE_VAR_")} <= set(
        bundle["variables"]
    )
    text = (ROOT / "infra" / "README.md").read_text()
    steps = text[text.index("## Before you begin") : text.index("## Choices")]
    commands = "".join(re.findall(r"```sh\n(.*?)```", steps, re.DOTALL))
    made = {"FILES", "ROOT", "APP_ID", "PGHOST", "PGUSER"}
    known = set(given) | set(deployment.find_followers(given)) | made
    assert set(re.findall(r"\$\{?([A-Z][A-Z0-9_]*)", commands)) <= known
    assert bundle["resources"]["postgres_databases"]["database"]["postgres_database"] == deployment.DATABASE


def test_paths_exist(bundle: dict[str, Any]) -> None:
    app = bundle["resources"]["apps"]["inventory"]
    resources = BUNDLE / "resources"
    assert (resources / app["source_code_path"]).resolve() == ROOT
    assert (BUNDLE / bundle["artifacts"]["runner"]["path"] / "pyproject.toml").is_file()
    for job in bundle["resources"]["jobs"].values():
        wheels = [text for text in strings(job) if text.endswith(".whl")]
        assert [(resources / Path(text).parent).resolve() for text in wheels] == [ROOT / "runner" / "dist"]
    assert (resources / bundle["resources"]["dashboards"]["overview"]["file_path"]).is_file()


def list_uploads(bundle: dict[str, Any]) -> list[Path]:
    """The tracked files that the bundle uploads, relative to the repository's root."""
    roots = [(BUNDLE / text).resolve() for text in bundle["sync"]["paths"]]
    for root in roots:
        assert root.exists(), root
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = map(Path, tracked.splitlines())
    return [path for path in found if any((ROOT / path).is_relative_to(root) for root in roots)]


def test_what_is_uploaded_is_what_the_app_needs(bundle: dict[str, Any], tmp_path: Path) -> None:
    uploads = list_uploads(bundle)
    folders = {"app", "callbacks", "layouts", "runner", "scripts", "services"}
    assert {path.parts[0] for path in uploads} == folders | {
        "app.yaml",
        "requirements.txt",
    }
    for path in bundle["sync"]["paths"]:
        place = tmp_path / (BUNDLE / path).resolve().relative_to(ROOT)
        place.parent.mkdir(exist_ok=True)
        place.symlink_to((BUNDLE / path).resolve())
    # as the platform starts it, in a folder that has nothing else
    code = "import app.wsgi, inventory_runner.platform.database as database; database.read_schema_sql()"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(tmp_path / "runner" / "src"),
        "DATABASE_URL": "postgresql://app@db.example.com/inventory",
    }
    command = [sys.executable, "-c", f"{code}; print(database.__file__)"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)


def test_the_app_starts_as_app_yaml_says_with_the_variables_that_the_code_reads(
    bundle: dict[str, Any],
) -> None:
    app = bundle["resources"]["apps"]["inventory"]
    manifest = yaml.safe_load((ROOT / "app.yaml").read_text())
    assert app["config"]["command"] == manifest["command"]
    bound = {resource["name"] for resource in app["resources"]}
    environment = {entry["name"]: entry for entry in app["config"]["env"]}
    assert {entry["value_from"] for entry in environment.values() if "value_from" in entry} <= bound
    for entry in manifest["env"]:
        assert entry.get("valueFrom") == environment[entry["name"]].get("value_from")
    code = "".join(
        path.read_text()
        for folder in ("app", "services", "runner/src")
        for path in (ROOT / folder).rglob("*.py")
    )
    for name in environment:
        assert name in code or name.lower() in code, f"{name} is read by nothing"
    assert "STACKQL_LOCAL_DEV" not in environment
    assert "INVENTORY_ENGINE" not in environment


def test_no_value_in_the_manifests_is_a_secret(bundle: dict[str, Any]) -> None:
    for text in (*strings(bundle), (ROOT / "app.yaml").read_text()):
        assert not re.search(r"dapi[0-9a-f]{8}|AKIA[0-9A-Z]{8}|sk-ant-|PASSWORD", text), text


@pytest.mark.parametrize("name", ["template", "template_classic"])
def test_the_template_jobs_make_jobs_that_the_platform_accepts(bundle: dict[str, Any], name: str) -> None:
    import sqlalchemy as sa
    from databricks.sdk.service.jobs import JobSettings
    from fakes.workspace import _checked

    from inventory_runner.command.options import PROGRAM, make_parser
    from inventory_runner.models import ProviderConfig, Query, Schedule
    from inventory_runner.platform.database import DatabaseTarget
    from services.job_service import settings as made_from
    from services.settings import Settings

    # by itself it tests the program that the app and the schedules' jobs run
    tested = bundle["resources"]["jobs"][name]["tasks"][0]["python_wheel_task"]["parameters"]
    chosen = vars(make_parser().parse_args(tested))
    environment = {
        entry["name"]: entry for entry in bundle["resources"]["apps"]["inventory"]["config"]["env"]
    }
    assert chosen["command"] == "test-program"
    for option in (one.replace("-", "_") for one in PROGRAM):
        assert chosen[option] == environment[option.upper()]["value"]

    template = JobSettings.from_dict(bundle["resources"]["jobs"][name])
    url = sa.engine.make_url("postgresql+psycopg2://app@db.example.com/cloud_inventory")
    made = made_from.make_job_settings(
        template,
        Query("q", "SELECT 1"),
        Schedule(1, "0 6 * * *", "t", id=7),
        DatabaseTarget(url, "projects/p/branches/production/endpoints/primary"),
        [ProviderConfig("aws", "AWS_ACCESS_KEY_ID", "stackql-inventory", "k")],
        settings_of({"DATABRICKS_APP_NAME": "inventory"}, Settings),
    )
    settings = _checked(made.as_dict())
    task = settings["tasks"][0]
    assert (task["python_wheel_task"]["package_name"], task["python_wheel_task"]["entry_point"]) == (
        made_from.PACKAGE,
        made_from.ENTRY_POINT,
    )
    assert ("{{secrets/stackql-inventory/k}}" in json.dumps(settings)) == (name == "template_classic")


def test_the_wheel_has_that_entry_point() -> None:
    import tomllib

    from services.job_service import settings as made_from

    project = tomllib.loads((ROOT / "runner" / "pyproject.toml").read_text())["project"]
    assert project["scripts"][made_from.ENTRY_POINT] == "inventory_runner.command.cli:main"
    assert project["name"].replace("-", "_") == made_from.PACKAGE


def test_the_dashboard_asks_for_columns_that_the_schema_has() -> None:
    dashboard = json.loads((BUNDLE / "dashboards" / "inventory.lvdash.json").read_text())
    datasets = {dataset["name"]: "".join(dataset["queryLines"]) for dataset in dashboard["datasets"]}
    schema = (ROOT / "scripts" / "init_lakebase.sql").read_text()
    for sql in datasets.values():
        table = re.search(r"FROM (\w+)", sql)
        assert table is not None
        body = re.search(rf"stackql_(?:inventory|app)\.{table[1]} \((.*?)\n\);", schema, re.S)
        assert body is not None, table[1]
        columns = set(re.findall(r"^\s+(\w+)", body[1], re.M))
        wanted = set(re.findall(r"\b[a-z_]+\b", sql.partition("FROM")[0])) - {
            "count",
            "coalesce",
            "global",
            "region",
        }
        assert wanted - {"day", "resources"} <= columns
    for page in dashboard["pages"]:
        for item in page["layout"]:
            for query in item["widget"]["queries"]:
                assert query["query"]["datasetName"] in datasets
                fields = {field["name"] for field in query["query"]["fields"]}
                used = set(re.findall(r'"fieldName": "([^"]+)"', json.dumps(item["widget"]["spec"])))
                assert used <= fields


def test_no_file_of_the_source_is_too_big_for_an_app(bundle: dict[str, Any]) -> None:
    for path in list_uploads(bundle):
        assert (ROOT / path).stat().st_size < 10 * 2**20, path


def test_stackql_deploy_manifests_have_their_resources() -> None:
    for stack in ("aws", "google", "azure"):
        folder = ROOT / "infra" / "stackql-deploy" / stack
        manifest = yaml.safe_load((folder / "stackql_manifest.yml").read_text())
        names = [resource["name"] for resource in manifest["resources"]]
        assert {path.stem for path in (folder / "resources").glob("*.iql")} == set(names)
        given = {"stack_name", "stack_env"} | {entry["name"] for entry in manifest["globals"]}
        for resource in manifest["resources"]:
            text = (folder / "resources" / f"{resource['name']}.iql").read_text()
            for anchor in ("exists", "create", "statecheck", "delete"):
                assert re.search(rf"^/\*\+ {anchor}", text, re.M), (resource["name"], anchor)
            given |= {prop["name"] for prop in resource["props"]}
            # what is exported is known to the resource's own deletion, and to those after it
            given |= set(resource.get("exports", []))
            assert set(re.findall(r"\{\{ (\w+) \}\}", text)) <= given, resource["name"]
