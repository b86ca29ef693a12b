"""The deployment that infra/deployment.env describes, for the steps of infra/README.md.

    eval "$(python3 infra/deployment.py)"           set the file's variables, and what the workspace says, in a shell
    python3 infra/deployment.py set NAME VALUE      write one variable into the file

The first prints `export NAME=value` for every variable of the file and for what follows from it: the pinned StackQL
release, and of what the bundle made FILES, ROOT, APP_ID, PGHOST. What is not there yet is named on stderr. Nothing that
it prints is a secret: a password for the database is asked for where it is used. The standard library is all it needs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
BUNDLE = HERE / "bundles"
EXAMPLE = HERE / "deployment.env.example"
RELEASE = HERE.parent / "runner" / "src" / "inventory_runner" / "engines" / "release.json"
# the apps and the jobs of Databricks run on these
SYSTEM, MACHINE = "Linux", "x86_64"
DATABASE = "cloud_inventory"
SECONDS = 90
NAME = re.compile(r"^([A-Za-z_]\w*)=(.*)$")
# what the platform's command says of a thing that is not there
ABSENT = re.compile(
    r"does not exist|doesn't exist|not found|RESOURCE_DOES_NOT_EXIST|no such (?:file|directory)", re.I
)
# and of what it could not find out; some say "does not exist, or you lack a permission"
UNSURE = re.compile(
    r"permission|denied|authori[sz]|authenticat|credential|token|profile|databrickscfg|\bhosts?\b"
    r"|timeout|unknown command|connect",
    re.I,
)
SECRETS = re.compile(
    r"dapi[0-9a-f]{8,}\S*|\bey[\w-]{10,}\.[\w.-]+|(?<=://)[^\s/@]+(?=@)|(?<=password=)\S+", re.I
)


class State(Enum):
    """Of a thing that was asked for. UNKNOWN: it could not be found out whether it is there."""

    THERE = "there"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Answer(NamedTuple):
    """What a command printed, and as JSON where it is that; why is a line for a person, without secrets."""

    state: State
    text: str = ""
    why: str = ""

    @property
    def value(self) -> Any:
        """The JSON that was printed; an empty dictionary where it is none."""
        try:
            return json.loads(self.text) or {}
        except ValueError:
            return {}


class BadFile(Exception):
    """deployment.env cannot be used; the text says why and what to do."""


def find_file() -> Path:
    """The file of this deployment: INVENTORY_DEPLOYMENT, else infra/deployment.env."""
    return Path(os.environ.get("INVENTORY_DEPLOYMENT") or HERE / "deployment.env")


def parse(text: str, name: str) -> dict[str, str]:
    """NAME=value lines as a shell would set them, without expanding anything. Raises BadFile, with the line."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        matched = NAME.match(line.strip())
        try:
            words = shlex.split(matched[2], comments=True) if matched else []
        except ValueError:
            words = ["", ""]
        if matched is None or len(words) > 1:
            raise BadFile(f"{name}, line {number}: write NAME=value, in quotes where the value has spaces.")
        found[matched[1]] = words[0] if words else ""
    return found


def read_file() -> dict[str, str]:
    """The variables of the deployment's file. Raises BadFile."""
    path = find_file()
    try:
        found = parse(path.read_text(encoding="utf-8"), path.name)
    except FileNotFoundError:
        raise BadFile(f"{path} is not there: cp infra/{EXAMPLE.name} {path}, and fill it in.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read: {error}") from None
    known = parse(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name)
    extra = {name for name in found if name not in known and not name.startswith("BUNDLE_VAR_")}
    if extra or (lacking := sorted(set(known) - set(found))):
        words = (
            f"has {', '.join(sorted(extra))}, which nothing reads" if extra else f"lacks {', '.join(lacking)}"
        )
        raise BadFile(f"{path.name} {words}: compare it with infra/{EXAMPLE.name}.")
    return found


def find_followers(variables: Mapping[str, str]) -> dict[str, str]:
    """What follows from the file without asking anybody: the pinned release and its hash, the database's names."""
    release = json.loads(RELEASE.read_text(encoding="utf-8"))
    bundle = next(one for one in release["bundles"] if one["system"] == SYSTEM and MACHINE in one["machines"])
    return {
        "STACKQL_URL": f"{release['address']}/{bundle['file']}",
        "STACKQL_ZIP_SHA256": bundle["sha256"],
        "ENDPOINT": f"projects/{variables['PROJECT']}/branches/production/endpoints/primary",
        "PGDATABASE": DATABASE,
        # verify-full, where it is set already, stays
        "PGSSLMODE": os.environ.get("PGSSLMODE") or "require",
    }


class Workspace:
    """The workspace, asked by the `databricks` command as whoever is signed in; each question is asked once.

    variables: of the file. Thread-safe it is not.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        # an empty one would hide a profile's host, or a bundle's default
        given = {name: value for name, value in variables.items() if value}
        self.environment = {**os.environ, **given}
        self.target = variables["TARGET"]
        self._answers: dict[tuple[str, ...], Answer] = {}

    def ask(self, *words: str, folder: Path | None = None) -> Answer:
        """What `databricks WORDS --output json` answers."""
        if words not in self._answers:
            self._answers[words] = run(
                ["databricks", *words, "--output", "json"], self.environment, folder=folder
            )
        return self._answers[words]

    def ask_bundle(self) -> Answer:
        """The bundle's summary: its resources, with ids where they were made."""
        return self.ask("bundle", "summary", "-t", self.target, folder=BUNDLE)

    def get(self, answer: Answer, *path: str) -> str:
        """A text inside an answer, or an empty one."""
        value = answer.value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return str(value) if isinstance(value, (str, int)) else ""

    def find_made(self, variables: Mapping[str, str]) -> dict[str, tuple[str, Answer]]:
        """What the bundle made, by the name of its variable: the value, empty where it is not known, and the answer."""
        bundle, app = self.ask_bundle(), self.ask("apps", "get", variables["APP"])
        endpoint = self.ask("postgres", "get-endpoint", find_followers(variables)["ENDPOINT"])
        me = self.ask("current-user", "me")
        volume = self.get(bundle, "resources", "volumes", "files", "volume_path")
        return {
            "FILES": (f"dbfs:{volume}" if volume else "", bundle),
            "ROOT": (self.get(bundle, "workspace", "root_path"), bundle),
            "APP_ID": (self.get(app, "service_principal_client_id"), app),
            "PGHOST": (self.get(endpoint, "status", "hosts", "host"), endpoint),
            "PGUSER": (self.get(me, "userName"), me),
        }


def run(
    command: Sequence[str], environment: Mapping[str, str], *, folder: Path | None = None, typed: str = ""
) -> Answer:
    """Run a command that asks something, with a text as what is typed into it; what it printed.

    Whatever is not plainly "it does not exist" is unknown: a command that is not installed, a sign-in that has ended.
    """
    name = command[0]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env=dict(environment),
            cwd=folder,
            input=typed,
            check=False,
        )
    except FileNotFoundError:
        return Answer(State.UNKNOWN, why=f"the command {name} is not installed")
    except subprocess.TimeoutExpired:
        return Answer(State.UNKNOWN, why=f"{name} did not answer in {SECONDS} seconds")
    except OSError as error:
        return Answer(State.UNKNOWN, why=f"{name} does not start: {error.strerror}")
    if done.returncode == 0:
        return Answer(State.THERE, done.stdout)
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    # warnings may come first
    said = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "")
    why = hide_secrets(said or f"{name} ended with {done.returncode}", environment)[:300]
    # psql ends with 2 where it could not connect
    absent = ABSENT.search(why) and not UNSURE.search(why) and not (name == "psql" and done.returncode == 2)
    return Answer(State.MISSING if absent else State.UNKNOWN, why=why)


def hide_secrets(text: str, environment: Mapping[str, str]) -> str:
    """The text without the values of variables that hold secrets, and without what looks like a token."""
    for name, value in environment.items():
        if len(value) >= 4 and re.search(r"TOKEN|SECRET|PASSWORD|API_?KEY", name):
            text = text.replace(value, "…")
    return SECRETS.sub("…", text)


def write_variable(name: str, value: str) -> None:
    """Set one variable of the deployment's file, and leave its other lines as they are. Raises BadFile."""
    if name not in read_file():
        raise BadFile(f"{name} is no variable of infra/{EXAMPLE.name}.")
    if "\n" in value:
        raise BadFile(f"{name} takes one line.")
    path = find_file()
    lines = [
        f"{name}={shlex.quote(value) if value else ''}"
        if (matched := NAME.match(line.strip())) and matched[1] == name
        else line
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def format_exports(variables: Mapping[str, str]) -> str:
    """`export NAME=value` lines for a shell; a variable without a value is unset, so that no older one stays."""
    return "\n".join(
        f"export {name}={shlex.quote(value)}" if value else f"unset {name}"
        for name, value in variables.items()
    )


def main(arguments: Sequence[str]) -> int:
    """0: printed or written. 2: the file cannot be used."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb")
    setting = verbs.add_parser("set", help="write one variable into the file")
    setting.add_argument("name", metavar="NAME")
    setting.add_argument("value", metavar="VALUE")
    options = parser.parse_args(arguments)
    try:
        if options.verb == "set":
            write_variable(options.name, options.value)
            return 0
        variables = read_file()
    except BadFile as error:
        sys.stderr.write(f"{error}\n")
        return 2
    made = Workspace(variables).find_made(variables)
    values = {**variables, **find_followers(variables), **{name: value for name, (value, _) in made.items()}}
    values["JOBS_ID"] = values["JOBS_ID"] or values["APP_ID"]
    sys.stdout.write(format_exports(values) + "\n")
    for name, (value, answer) in made.items():
        if not value:
            sys.stderr.write(f"{name}: {answer.why or 'not made yet (step 3)'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
