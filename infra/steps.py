"""What each step of infra/README.md should have left, asked of the workspace and its database: see check.py.

A check is a function of a `Check` that yields findings. It changes nothing, and asks for the names of secrets at most.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from deployment import HERE, Answer, State, Workspace, find_followers, run

FILES = HERE / "files"
SHA256 = re.compile(r"[0-9a-fA-F]{64}")
# the oldest that the steps were written for
OLDEST = {"databricks": (1, 13), "psql": (14,)}
# what the bundle names by a variable, and deployment.env as well
NAMES = {
    "SCOPE": "secret_scope",
    "PROJECT": "lakebase_project",
    "APP": "app_name",
    "CATALOG": "inventory_catalog",
}


class Finding(NamedTuple):
    """what: a thing, as a noun. why: what was said of it, may be empty."""

    what: str
    state: State
    why: str = ""


class Check:
    """One look at the deployment that variables (of deployment.env) describe."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self.workspace = Workspace(variables)
        self._made: dict[str, tuple[str, Answer]] | None = None
        self._login: dict[str, str] | Answer | None = None

    def need(self, name: str) -> str | Finding:
        """What the bundle made, by its variable; a finding where it is not there or not known."""
        self._made = self._made or self.workspace.find_made(self.variables)
        value, answer = self._made[name]
        if value:
            return value
        # the answer came, and has no such thing in it: the bundle did not make it
        state = State.MISSING if answer.state is State.THERE else answer.state
        return Finding(f"{name}, which step 3 makes", state, answer.why)

    def ask(self, what: str, *words: str, holds: Callable[[Answer], bool] | None = None) -> Finding:
        """A thing that `databricks WORDS` shows; holds: that the answer says what it should, not only that it came."""
        answer = self.workspace.ask(*words)
        if answer.state is State.THERE and holds is not None:
            try:
                held = holds(answer)
            except (AttributeError, KeyError, TypeError, ValueError):
                return Finding(what, State.UNKNOWN, "databricks answered in a form that is not known here")
            return Finding(what, State.THERE if held else State.MISSING)
        return Finding(what, answer.state, answer.why)

    def query(self, *arguments: str, sql: str = "", values: Mapping[str, str] | None = None) -> Answer:
        """What psql prints, signed in with a token that is asked for once and given to psql alone.

        values: psql's variables, which it quotes itself where the SQL says :'name'.
        """
        login = self._login = self._login if self._login is not None else self._sign_in()
        if isinstance(login, Answer):
            return login
        variables = [word for name, value in (values or {}).items() for word in ("-v", f"{name}={value}")]
        # -w: a person is never asked for a password in the middle of a check
        command = ["psql", "-X", "-w", "-At", "-v", "ON_ERROR_STOP=1", *variables, *arguments]
        return run(command, login, typed=sql)

    def _sign_in(self) -> dict[str, str] | Answer:
        host, user = self.need("PGHOST"), self.need("PGUSER")
        for found in (host, user):
            if isinstance(found, Finding):
                return Answer(State.UNKNOWN, why=f"{found.what}, is {found.state.value}")
        followers = find_followers(self.variables)
        token = self.workspace.ask("postgres", "generate-database-credential", followers["ENDPOINT"])
        password = self.workspace.get(token, "token")
        if not password:
            return Answer(State.UNKNOWN, why=token.why or "no token for the database came")
        return {
            **self.workspace.environment,
            **{name: value for name, value in followers.items() if name.startswith("PG")},
            "PGHOST": str(host),
            "PGUSER": str(user),
            "PGPASSWORD": password,
            "PGCONNECT_TIMEOUT": "30",
        }

    def ask_database(self, what: str, sql: str, **values: str) -> Finding:
        """A thing that a SELECT of one boolean shows."""
        answer = self.query(sql=sql, values=values)
        if answer.state is not State.THERE:
            return Finding(what, answer.state, answer.why)
        return Finding(what, State.THERE if answer.text.strip() == "t" else State.MISSING)


def lists(name: str, value: str, answer: Answer) -> bool:
    """Whether one of an answer's objects has that value under that name."""
    return any(one.get(name) == value for one in answer.value)


def may_read(principal: str, answer: Answer) -> bool:
    """Whether an answer about permissions names a service principal; any permission includes reading."""
    return any(
        one.get("service_principal_name") == principal for one in answer.value.get("access_control_list", [])
    )


def check_needs(check: Check) -> Iterator[Finding]:
    """Before the steps: the commands, who is signed in, and what must exist already."""
    for name, oldest in OLDEST.items():
        wanted = ".".join(map(str, oldest))
        answer = run([name, "--version"], check.workspace.environment)
        version = re.search(r"(\d+)\.(\d+)", answer.text)
        if version is None:
            state = State.MISSING if "not installed" in answer.why else State.UNKNOWN
            yield Finding(f"{name} {wanted} or newer", state, answer.why)
        else:
            found = tuple(map(int, version.groups()))
            state = State.THERE if found >= oldest else State.MISSING
            yield Finding(f"{name} {wanted} or newer", state, f"it is {version[0]}")
    for name in ("DATABRICKS_HOST", "BUNDLE_VAR_warehouse_id"):
        if not check.variables[name]:
            yield Finding(f"a value of {name} in deployment.env", State.MISSING)
    yield check.ask("a sign-in at the workspace (databricks auth login)", "current-user", "me")
    catalog, group = check.variables["BUNDLE_VAR_catalog"], check.variables["BUNDLE_VAR_engineer_group"]
    yield check.ask(f"the catalog {catalog}", "catalogs", "get", catalog)
    yield check.ask(
        "a serverless warehouse of that id",
        "warehouses",
        "get",
        check.variables["BUNDLE_VAR_warehouse_id"] or "-",
        holds=lambda answer: bool(answer.value.get("enable_serverless_compute")),
    )
    yield check.ask(
        f"the group {group}",
        "groups",
        "list",
        "--filter",
        f'displayName eq "{group}"',
        holds=lambda answer: bool(answer.value),
    )


def check_file(check: Check, name: str, file: str, what: str) -> Iterator[Finding]:
    """A file that a step fetched: its hash stands in deployment.env, and is the file's where that is still here."""
    wanted = check.variables[name]
    if not SHA256.fullmatch(wanted):
        yield Finding(f"the SHA-256 of {what} in deployment.env ({name})", State.MISSING)
        return
    yield Finding(f"the SHA-256 of {what} in deployment.env", State.THERE)
    path = FILES / file
    if path.exists():
        with path.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
        state = State.THERE if found == wanted.lower() else State.MISSING
        yield Finding(
            f"infra/files/{file} with that SHA-256", state, "" if state is State.THERE else "another file"
        )


def check_program(check: Check) -> Iterator[Finding]:
    """Step 1."""
    yield from check_file(check, "BUNDLE_VAR_stackql_sha256", "stackql", "the StackQL program")


def check_registry(check: Check) -> Iterator[Finding]:
    """Step 2, which may be left out."""
    name = "BUNDLE_VAR_stackql_registry_sha256"
    if check.variables[name].lower() == "public":
        yield Finding("the provider registry: StackQL's public one is asked", State.THERE)
    else:
        yield from check_file(check, name, "registry.tar.gz", "the registry's archive")


def check_names(check: Check) -> Iterator[Finding]:
    """The names in deployment.env are the target's: with others, step 4 would give rights in another deployment."""
    bundle = check.workspace.ask_bundle()
    for name, variable in NAMES.items():
        made = check.workspace.get(bundle, "variables", variable, "value")
        if made and made != check.variables[name]:
            yield Finding(
                f"{name}={made} in deployment.env, as the target {check.workspace.target} has it",
                State.MISSING,
            )


def check_bundle(check: Check) -> Iterator[Finding]:
    """Step 3."""
    variables = check.variables
    yield from check_names(check)
    yield check.ask(f"the app {variables['APP']}", "apps", "get", variables["APP"])
    endpoint = find_followers(variables)["ENDPOINT"]
    yield check.ask(f"the Lakebase project {variables['PROJECT']}", "postgres", "get-endpoint", endpoint)
    scope = variables["SCOPE"]
    yield check.ask(
        f"the secret scope {scope}",
        "secrets",
        "list-scopes",
        holds=partial(lists, "name", scope),
    )
    yield check.ask(f"the catalog {variables['CATALOG']}", "catalogs", "get", variables["CATALOG"])
    folder = check.need("FILES")
    if isinstance(folder, Finding):
        yield folder
    else:
        volume = folder.removeprefix("dbfs:/Volumes/").replace("/", ".")
        yield check.ask(f"the volume {volume}", "volumes", "read", volume)


def check_rights(check: Check) -> Iterator[Finding]:
    """Step 4: the files on the volume, and what the principals may read."""
    folder, app, root = check.need("FILES"), check.need("APP_ID"), check.need("ROOT")
    for found in (folder, app, root):
        if isinstance(found, Finding):
            yield found
    if isinstance(folder, str):
        public = check.variables["BUNDLE_VAR_stackql_registry_sha256"].lower() == "public"
        for file in ("stackql", *(["registry.tar.gz"] * (not public))):
            yield check.ask(
                f"{file} on the volume",
                "fs",
                "ls",
                folder,
                holds=partial(lists, "name", file),
            )
    scope = check.variables["SCOPE"]
    for who in dict.fromkeys((app, check.variables["JOBS_ID"])):
        if not who or isinstance(who, Finding):
            continue
        yield check.ask(
            f"READ on the scope for {who}",
            "secrets",
            "list-acls",
            scope,
            # any of the three permissions includes READ
            holds=partial(lists, "principal", who),
        )
        if isinstance(root, str):
            status = check.workspace.ask("workspace", "get-status", root)
            id_ = check.workspace.get(status, "object_id")
            if not id_:
                yield Finding(f"the bundle's folder {root}", status.state, status.why)
                continue
            yield check.ask(
                f"the bundle's folder readable for {who}",
                "permissions",
                "get",
                "directories",
                id_,
                holds=partial(may_read, who),
            )


def check_roles(check: Check) -> Iterator[Finding]:
    """Step 5: both principals act as inventory_owner."""
    app = check.need("APP_ID")
    if isinstance(app, Finding):
        yield app
        return
    for who in dict.fromkeys((app, check.variables["JOBS_ID"] or app)):
        yield check.ask_database(
            f"{who} acts as inventory_owner in the database",
            "SELECT EXISTS (SELECT FROM pg_roles"
            " WHERE rolname = :'who' AND 'role=inventory_owner' = ANY (rolconfig));",
            who=who,
        )
    yield check.ask_database(
        "the role inventory_reader", "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'inventory_reader')"
    )


def check_start(check: Check) -> Iterator[Finding]:
    """Step 6: the app runs, the schemas are there, the template job ran."""
    app = check.variables["APP"]
    yield check.ask(
        "the app, running",
        "apps",
        "get",
        app,
        holds=lambda answer: answer.value.get("app_status", {}).get("state") == "RUNNING",
    )
    for schema, table in (("stackql_app", "schedules"), ("stackql_inventory", "resource_changes")):
        yield check.ask_database(
            f"the schema {schema}", f"SELECT to_regclass('{schema}.{table}') IS NOT NULL"
        )
    bundle = check.workspace.ask_bundle()
    job = check.workspace.get(bundle, "resources", "jobs", "template", "id")
    what = "a run of the template job that succeeded"
    if not job:
        yield Finding(what, State.UNKNOWN, bundle.why or "the bundle's summary has no id of the job")
        return
    yield check.ask(
        what,
        "jobs",
        "list-runs",
        "--job-id",
        job,
        "--limit",
        "20",
        holds=lambda answer: any(
            one.get("state", {}).get("result_state") == "SUCCESS" for one in answer.value
        ),
    )


def check_analysts(check: Check) -> Iterator[Finding]:
    """Step 7: the lines of 3_check.sql, and the catalog's grants."""
    app, reader = check.need("APP_ID"), check.variables["READER"]
    if not reader:
        yield Finding("a value of READER in deployment.env", State.MISSING)
    elif isinstance(app, Finding):
        yield app
    else:
        values = {"app": app, "jobs": check.variables["JOBS_ID"] or app, "reader": reader}
        answer = check.query("-f", str(HERE / "sql" / "3_check.sql"), values=values)
        if answer.state is not State.THERE:
            yield Finding("the database's rights", answer.state, answer.why)
        for line in answer.text.splitlines():
            what, _, holds = line.rpartition("|")
            yield Finding(what, State.THERE if holds == "t" else State.MISSING)
    analysts, schema = check.variables["ANALYSTS"], f"{check.variables['CATALOG']}.stackql_inventory"
    yield check.ask(
        f"SELECT on {schema} for {analysts}",
        "grants",
        "get-effective",
        "schema",
        schema,
        "--principal",
        analysts,
        holds=lambda answer: any(
            right["privilege"] in ("SELECT", "ALL_PRIVILEGES")
            for one in answer.value.get("privilege_assignments", [])
            for right in one["privileges"]
        ),
    )


def check_lookup(check: Check) -> Iterator[Finding]:
    """Step 8: the app may look up, with a user's own token, which groups they are in."""

    def has_scope(answer: Answer) -> bool:
        found = answer.value
        scopes = found.get("effective_user_api_scopes") or found.get("user_api_scopes") or []
        return "iam.current-user:read" in scopes

    yield check.ask(
        "user authorization with iam.current-user:read",
        "apps",
        "get",
        check.variables["APP"],
        holds=has_scope,
    )


def check_credentials(check: Check) -> Iterator[Finding]:
    """Step 9: names of keys are all that is asked for."""
    scope = check.variables["SCOPE"]
    yield check.ask(
        f"a key in the scope {scope}",
        "secrets",
        "list-secrets",
        scope,
        holds=lambda answer: bool(answer.value),
    )


def check_schedule(check: Check) -> Iterator[Finding]:
    """Step 10."""
    yield check.ask_database("a schedule", "SELECT EXISTS (SELECT FROM stackql_app.schedules)")
    yield check.ask_database(
        "a run that read all it should",
        "SELECT EXISTS (SELECT FROM stackql_app.runs WHERE status = 'SUCCESS')",
    )
