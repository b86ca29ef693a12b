"""A Databricks workspace over HTTP on loopback, for the real SDK: sign-in, jobs, secrets, groups, database tokens.

It answers as the platform documents, down to error codes, and refuses what the platform refuses. A test reads what it
was sent (`requests`), makes it fail (`fail`) or silent (`hang`, and `held` is what it was asked then), and says who
may do what.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import sqlalchemy as sa

APP = "11111111-1111-1111-1111-111111111111"
APP_SECRET = "the-apps-oauth-secret"
ENDPOINT = "projects/inventory/branches/production/endpoints/primary"  # of Lakebase
# what an operator's bundle makes, and schedules' jobs are made from
TEMPLATE_JOB = {
    "name": "template",
    "tasks": [
        {
            "task_key": "inventory",
            "environment_key": "runner",
            "python_wheel_task": {"package_name": "inventory_runner", "entry_point": "inventory-runner"},
        }
    ],
    "environments": [{"environment_key": "runner", "spec": {"environment_version": "4", "dependencies": []}}],
}
PAGE = 2  # small, so that every list has several pages

ERROR_STATUS = {
    "RESOURCE_DOES_NOT_EXIST": 404,
    "PERMISSION_DENIED": 403,
    "UNAUTHENTICATED": 401,
    "INVALID_PARAMETER_VALUE": 400,
    "QUOTA_EXCEEDED": 400,
    "BAD_REQUEST": 400,
    "REQUEST_LIMIT_EXCEEDED": 429,
    "INTERNAL_ERROR": 500,
    "TEMPORARILY_UNAVAILABLE": 503,
}


class ApiError(Exception):
    def __init__(self, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code, self.retry_after = code, retry_after


@dataclass
class Request:
    """One call: as the workspace saw it."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    principal: str

    @property
    def operation(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class FakeWorkspace:
    """execute_runs: run_now starts the wheel's entry point with the task's parameters and this environment."""

    scopes: dict[str, dict[str, bytes]] = field(default_factory=dict)
    readers: dict[str, set[str]] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=lambda: {"a-token": "developer@example.com"})
    # a volume's files by their path
    files: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[int, dict[str, Any]] = field(default_factory=dict)
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    # of notifications: a destination's id → its name and type
    destinations: dict[str, tuple[str, str]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    job_environment: Mapping[str, str] = field(default_factory=dict)
    execute_runs: bool = False
    token_seconds: float = 3600.0
    issued_tokens: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.hang = threading.Event()
        self._stopping = threading.Event()
        self._failures: list[tuple[str, ApiError, int]] = []
        self._next_id = 100
        self._idempotency: dict[str, int] = {}
        self._processes: dict[int, subprocess.Popen[str]] = {}
        self._threads: list[threading.Thread] = []

    # what a test arranges

    def put_secret(self, scope: str, key: str, value: str | bytes, readers: tuple[str, ...] = (APP,)) -> None:
        self.scopes.setdefault(scope, {})[key] = value.encode() if isinstance(value, str) else value
        self.readers.setdefault(scope, set()).update(readers)

    def fail(
        self, operation: str, code: str, message: str, *, times: int = 1, retry_after: int | None = None
    ) -> None:
        """The next `times` calls of `POST /api/2.2/jobs/create` and the like answer with an error."""
        self._failures.append((operation, ApiError(code, message, retry_after), times))

    def fail_no_more(self) -> None:
        """Forget the failures that are still to come."""
        self._failures.clear()

    def sent(self, operation: str) -> list[Request]:
        return [request for request in self.requests if request.operation == operation]

    def environment(self, **more: str) -> dict[str, str]:
        """What Databricks Apps would set, for a client of this workspace."""
        return {
            "DATABRICKS_HOST": self.url,
            "DATABRICKS_CLIENT_ID": APP,
            "DATABRICKS_CLIENT_SECRET": APP_SECRET,
            **more,
        }

    def app_environment(self, database_url: str, **more: str) -> dict[str, str]:
        """What Databricks Apps would set for the app, whose Lakebase is this database."""
        url = sa.engine.make_url(database_url)
        database = {
            "LAKEBASE_ENDPOINT": ENDPOINT,
            "PGHOST": str(url.query["host"]),
            "PGDATABASE": url.database or "",
            "PGUSER": url.username or "",
        }
        app = {"DATABRICKS_APP_NAME": "inventory", "JOB_TEMPLATE_ID": "7", "ENGINEER_GROUP": "engineers"}
        return self.environment(**app, **database, **more)

    def wait_for_runs(self, seconds: float = 60) -> None:
        for thread in list(self._threads):
            thread.join(seconds)
            assert not thread.is_alive(), "a run did not end"

    # the server

    def start(self) -> None:
        workspace = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_arguments: object) -> None:
                pass

            def _handle(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                if "json" in (self.headers.get("Content-Type") or ""):
                    body = json.loads(raw or b"{}")
                else:
                    body = dict(urllib.parse.parse_qsl(raw.decode()))
                if workspace.hang.is_set():
                    # as a workspace that never answers; whoever asked must give up by itself
                    workspace.held.append(f"{self.command} {url.path}")
                    workspace._stopping.wait()
                    self.close_connection = True
                    return
                headers: dict[str, str] = {}
                try:
                    answer = workspace.answer(self.command, url.path, query, body, dict(self.headers))
                    status = 200
                except ApiError as error:
                    status = ERROR_STATUS[error.code]
                    answer = {"error_code": error.code, "message": str(error)}
                    if error.retry_after is not None:
                        headers["Retry-After"] = str(error.retry_after)
                payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(payload)),
                    **headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        for process in self._processes.values():
            if process.poll() is None:
                process.kill()
        self._server.shutdown()
        self._server.server_close()

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Mapping[str, str]
    ) -> Any:
        if path == "/.well-known/databricks-config":
            return {"oidc_endpoint": f"{self.url}/oidc", "workspace_id": "4242"}
        if path.endswith("/.well-known/oauth-authorization-server"):
            return {
                "authorization_endpoint": f"{self.url}/oidc/v1/authorize",
                "token_endpoint": f"{self.url}/oidc/v1/token",
            }
        if path == "/oidc/v1/token":
            return self._sign_in(headers)
        principal = self._principal(headers)
        request = Request(method, path, query, body, principal)
        with self.lock:
            self.requests.append(request)
            self._fail_if_asked(request.operation)
            if request.operation.startswith("GET /api/2.0/fs/files/"):
                return self._file(path.removeprefix("/api/2.0/fs/files"))
            route = ROUTES.get(request.operation)
            if route is None:
                raise ApiError("BAD_REQUEST", f"No API found for '{request.operation}'")
            return route(self, request)

    def _fail_if_asked(self, operation: str) -> None:
        for index, (wanted, error, times) in enumerate(self._failures):
            if re.fullmatch(wanted, operation):
                if times <= 1:
                    del self._failures[index]
                else:
                    self._failures[index] = (wanted, error, times - 1)
                raise error

    def _sign_in(self, headers: Mapping[str, str]) -> dict[str, Any]:
        given = base64.b64decode(headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if given != f"{APP}:{APP_SECRET}":
            raise ApiError("UNAUTHENTICATED", "invalid_client")
        self.tokens["oauth-of-the-app"] = APP
        return {"access_token": "oauth-of-the-app", "token_type": "Bearer", "expires_in": 3600}

    def _principal(self, headers: Mapping[str, str]) -> str:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise ApiError("UNAUTHENTICATED", "Credential was not sent or was of an unsupported type")
        return self.tokens[token]

    def new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def _file(self, path: str) -> bytes:
        if path not in self.files:
            raise ApiError("RESOURCE_DOES_NOT_EXIST", f"The file being accessed is not found: {path}")
        return self.files[path]

    # secrets

    def list_scopes(self, _request: Request) -> Any:
        return {"scopes": [{"name": name, "backend_type": "DATABRICKS"} for name in self.scopes]}

    def list_secrets(self, request: Request) -> Any:
        secrets = self._scope(request)
        return {"secrets": [{"key": key, "last_updated_timestamp": 1} for key in secrets]}

    def get_secret(self, request: Request) -> Any:
        secrets, key = self._scope(request), request.query["key"]
        if key not in secrets:
            scope = request.query["scope"]
            raise ApiError(
                "RESOURCE_DOES_NOT_EXIST", f"Secret does not exist with scope: {scope} and key: {key}"
            )
        return {"key": key, "value": base64.b64encode(secrets[key]).decode()}

    def _scope(self, request: Request) -> dict[str, bytes]:
        scope = request.query["scope"]
        if scope not in self.scopes:
            raise ApiError("RESOURCE_DOES_NOT_EXIST", f"Scope {scope} does not exist!")
        if request.principal not in self.readers[scope]:
            raise ApiError(
                "PERMISSION_DENIED", f"User {request.principal} does not have READ permission on {scope}"
            )
        return self.scopes[scope]

    # who is who

    def me(self, request: Request) -> Any:
        mine = sorted(name for name, members in self.groups.items() if request.principal in members)
        return {
            "id": "1",
            "userName": request.principal,
            "groups": [{"display": name, "value": "9"} for name in mine],
        }

    def users(self, request: Request) -> Any:
        wanted = re.fullmatch(r'userName eq "([^"]*)"', request.query.get("filter", ""))
        if wanted is None:
            raise ApiError("INVALID_PARAMETER_VALUE", "Given filter operator is not supported.")
        name = wanted[1]
        mine = sorted(group for group, members in self.groups.items() if name in members)
        known = name in set().union(*self.groups.values()) or name in self.tokens.values()
        found = [
            {"id": "7", "userName": name, "groups": [{"display": group, "value": "9"} for group in mine]}
        ]
        # the SDK asks for pages until one is empty
        found = found if known and int(request.query.get("startIndex") or 1) == 1 else []
        return {"Resources": found, "totalResults": len(found), "startIndex": 1, "itemsPerPage": len(found)}

    # tokens for the database

    def postgres_credential(self, request: Request) -> Any:
        if not re.fullmatch(
            r"projects/[^/]+/branches/[^/]+/endpoints/[^/]+", request.body.get("endpoint", "")
        ):
            raise ApiError("INVALID_PARAMETER_VALUE", "endpoint must be projects/…/branches/…/endpoints/…")
        return {"token": self._database_token(), "expire_time": self._ends()}

    def database_credential(self, request: Request) -> Any:
        if not request.body.get("instance_names") or not request.body.get("request_id"):
            raise ApiError("INVALID_PARAMETER_VALUE", "instance_names and request_id are required")
        return {"token": self._database_token(), "expiration_time": self._ends()}

    def _database_token(self) -> str:
        self.issued_tokens.append(f"database-token-{len(self.issued_tokens) + 1}")
        return self.issued_tokens[-1]

    def _ends(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.token_seconds))

    # notification destinations

    def list_destinations(self, request: Request) -> Any:
        found = [
            {"id": id, "display_name": name, "destination_type": kind}
            for id, (name, kind) in self.destinations.items()
        ]
        start = int(request.query.get("page_token") or 0)
        answer: dict[str, Any] = {"results": found[start : start + PAGE]}
        if start + PAGE < len(found):
            answer["next_page_token"] = str(start + PAGE)
        return answer

    # jobs

    def _checked(self, settings: dict[str, Any]) -> dict[str, Any]:
        _check_notifications(settings, self.destinations)
        return _checked(settings)

    def create_job(self, request: Request) -> Any:
        access = request.body.pop("access_control_list", [])
        settings = self._checked(request.body)
        job_id = self.new_id()
        self.jobs[job_id] = {
            "job_id": job_id,
            "settings": settings,
            "created_time": int(time.time() * 1000),
            "creator_user_name": request.principal,
            "access": access,
        }
        return {"job_id": job_id}

    def get_job(self, request: Request) -> Any:
        return {name: value for name, value in self._job(request.query["job_id"]).items() if name != "access"}

    def list_jobs(self, request: Request) -> Any:
        wanted = request.query.get("name")
        found = [
            job
            for job in self.jobs.values()
            if not wanted or job["settings"]["name"].lower() == wanted.lower()
        ]
        if request.query.get("expand_tasks") != "true":
            thin = ("tasks", "environments", "job_clusters")
            for job in found:
                slim = {name: value for name, value in job["settings"].items() if name not in thin}
                found = [{**job, "settings": slim} if one is job else one for one in found]
        return _page(found, request, "jobs")

    def update_job(self, request: Request) -> Any:
        job = self._job(request.body["job_id"])
        settings = dict(job["settings"])
        for name in request.body.get("fields_to_remove", []):
            settings.pop(name, None)
        # top-level fields are replaced whole; lists are merged by the key of their members
        keys = {"tasks": "task_key", "environments": "environment_key", "job_clusters": "job_cluster_key"}
        for name, value in request.body.get("new_settings", {}).items():
            if name in keys and name in settings:
                merged = {member[keys[name]]: member for member in [*settings[name], *value]}
                settings[name] = list(merged.values())
            else:
                settings[name] = value
        job["settings"] = self._checked(settings)
        return {}

    def reset_job(self, request: Request) -> Any:
        self._job(request.body["job_id"])["settings"] = self._checked(request.body["new_settings"])
        return {}

    def delete_job(self, request: Request) -> Any:
        if int(request.body["job_id"]) not in self.jobs:
            raise ApiError("INVALID_PARAMETER_VALUE", f"Job {request.body['job_id']} does not exist.")
        del self.jobs[int(request.body["job_id"])]
        return {}

    def _job(self, job_id: str | int) -> dict[str, Any]:
        if int(job_id) not in self.jobs:
            raise ApiError("RESOURCE_DOES_NOT_EXIST", f"Job {job_id} does not exist.")
        return self.jobs[int(job_id)]

    # runs

    def run_now(self, request: Request) -> Any:
        job = self._job(request.body["job_id"])
        token = request.body.get("idempotency_token")
        if token and len(token) > 64:
            raise ApiError("INVALID_PARAMETER_VALUE", "idempotency_token has at most 64 characters")
        if token in self._idempotency:
            return {"run_id": self._idempotency[token], "number_in_job": 1}
        run_id = self.new_id()
        if token:
            self._idempotency[token] = run_id
        task = job["settings"]["tasks"][0]
        self.runs[run_id] = {
            "run_id": run_id,
            "job_id": job["job_id"],
            "run_page_url": f"{self.url}/?o=4242#job/{job['job_id']}/run/{run_id}",
            "start_time": int(time.time() * 1000),
            "run_name": job["settings"]["name"],
            "state": {"life_cycle_state": "PENDING", "state_message": ""},
            "tasks": [{"run_id": self.new_id(), "task_key": task["task_key"]}],
        }
        if self.execute_runs:
            given = {one["name"]: one["default"] for one in job["settings"].get("parameters", [])}
            given.update(request.body.get("job_parameters", {}))
            thread = threading.Thread(target=self._execute, args=(run_id, task, given), daemon=True)
            self._threads.append(thread)
            thread.start()
        return {"run_id": run_id, "number_in_job": 1}

    def _execute(self, run_id: int, task: dict[str, Any], given: dict[str, str]) -> None:
        # the platform's dynamic references
        known = {f"job.parameters.{name}": value for name, value in given.items()} | {
            "job.run_id": str(run_id),
            "job.id": str(self.runs[run_id]["job_id"]),
            "job.trigger.type": "onetime",
            "workspace.url": self.url,
        }
        parameters = [
            re.sub(r"\{\{([\w.]+)\}\}", lambda match: known[match[1]], word)
            for word in task["python_wheel_task"]["parameters"]
        ]
        environ = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp"), **self.job_environment}
        process = subprocess.Popen(
            [sys.executable, "-m", "inventory_runner", *parameters],
            env=environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._processes[run_id] = process
        self.set_state(run_id, "RUNNING")
        out, err = process.communicate()
        with self.lock:
            self.runs[run_id]["logs"] = out + err
            if self.runs[run_id]["state"].get("result_state") != "CANCELED":
                code = process.returncode
                message = "" if code == 0 else f"SystemExit: {code}"
                self.set_state(run_id, "TERMINATED", "SUCCESS" if code == 0 else "FAILED", message)

    def set_state(self, run_id: int, life_cycle: str, result: str | None = None, message: str = "") -> None:
        """What a test, or the runner, makes of a run."""
        with self.lock:
            state: dict[str, Any] = {"life_cycle_state": life_cycle, "state_message": message}
            if result:
                state["result_state"] = result
                self.runs[run_id]["end_time"] = int(time.time() * 1000)
            self.runs[run_id]["state"] = state

    def list_runs(self, request: Request) -> Any:
        found = [run for run in self.runs.values() if run["job_id"] == int(request.query["job_id"])]
        found.sort(key=lambda run: -run["run_id"])
        return _page([_run(run) for run in found], request, "runs")

    def get_run(self, request: Request) -> Any:
        run_id = int(request.query["run_id"])
        if run_id not in self.runs:
            raise ApiError("INVALID_PARAMETER_VALUE", f"Run {run_id} does not exist.")
        return _run(self.runs[run_id])

    def run_output(self, request: Request) -> Any:
        for run in self.runs.values():
            if run["tasks"][0]["run_id"] == int(request.query["run_id"]):
                return {"logs": run.get("logs", ""), "error": run["state"].get("state_message", "")}
        raise ApiError(
            "INVALID_PARAMETER_VALUE", "Retrieving the output of runs with multiple tasks is not supported"
        )

    def cancel_run(self, request: Request) -> Any:
        run_id = int(request.body["run_id"])
        if run_id not in self.runs:
            raise ApiError("INVALID_PARAMETER_VALUE", f"Run {run_id} does not exist.")
        self.set_state(run_id, "TERMINATED", "CANCELED", "Run cancelled.")
        if process := self._processes.get(run_id):
            process.terminate()
        return {}


def _run(run: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in run.items() if name != "logs"}


def _page(found: list[dict[str, Any]], request: Request, name: str) -> dict[str, Any]:
    start = int(request.query.get("page_token") or 0)
    size = min(PAGE, int(request.query.get("limit") or PAGE))
    answer: dict[str, Any] = {name: found[start : start + size], "has_more": start + size < len(found)}
    if answer["has_more"]:
        answer["next_page_token"] = str(start + size)
    return answer


def _check_notifications(settings: dict[str, Any], destinations: Mapping[str, object]) -> None:
    """What the platform refuses of whom a job tells."""
    for event, addresses in settings.get("email_notifications", {}).items():
        for address in addresses if isinstance(addresses, list) else []:
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
                raise ApiError("INVALID_PARAMETER_VALUE", f"Invalid email address in {event}: {address}")
    for event, hooks in settings.get("webhook_notifications", {}).items():
        if len(hooks) > 3:
            raise ApiError("INVALID_PARAMETER_VALUE", f"At most 3 destinations are allowed in {event}.")
        for hook in hooks:
            if hook["id"] not in destinations:
                raise ApiError(
                    "INVALID_PARAMETER_VALUE", f"Notification destination {hook['id']} does not exist."
                )
    for rule in settings.get("health", {}).get("rules", []):
        if rule.get("op") != "GREATER_THAN" or not isinstance(rule.get("value"), int) or rule["value"] < 1:
            raise ApiError("INVALID_PARAMETER_VALUE", f"Invalid health rule: {rule}")


def _checked(settings: dict[str, Any]) -> dict[str, Any]:
    """A job's settings as the platform accepts them."""

    def refuse(message: str) -> ApiError:
        return ApiError("INVALID_PARAMETER_VALUE", message)

    if len(settings.get("name", "")) > 4096:
        raise refuse("The job name is too long.")
    for key, value in settings.get("tags", {}).items():
        if not re.fullmatch(r"[\w .:/=+@-]{1,127}", key) or len(str(value)) > 255:
            raise refuse(f"The tag {key} is not allowed.")
    schedule = settings.get("schedule")
    if schedule is not None:
        fields = schedule.get("quartz_cron_expression", "").split()
        if len(fields) not in (6, 7) or [fields[3], fields[5]].count("?") != 1:
            raise refuse(f"Invalid quartz cron expression: {schedule.get('quartz_cron_expression')}")
        if not schedule.get("timezone_id"):
            raise refuse("timezone_id is required.")
        if schedule.get("pause_status", "UNPAUSED") not in ("PAUSED", "UNPAUSED"):
            raise refuse("Invalid pause_status.")
    environments = {member["environment_key"] for member in settings.get("environments", [])}
    clusters = {member["job_cluster_key"] for member in settings.get("job_clusters", [])}
    tasks = settings.get("tasks") or []
    if not tasks:
        raise refuse("A job needs a task.")
    for task in tasks:
        wheel = task.get("python_wheel_task")
        if wheel and not all(isinstance(word, str) for word in wheel.get("parameters", [])):
            raise refuse("parameters must be strings.")
        if "environment_key" in task and task["environment_key"] not in environments:
            raise refuse(f"Environment {task['environment_key']} is not defined.")
        if "job_cluster_key" in task and task["job_cluster_key"] not in clusters:
            raise refuse(f"Job cluster {task['job_cluster_key']} is not defined.")
    return json.loads(json.dumps(settings))  # type: ignore[no-any-return]


ROUTES = {
    "GET /api/2.0/secrets/scopes/list": FakeWorkspace.list_scopes,
    "GET /api/2.0/secrets/list": FakeWorkspace.list_secrets,
    "GET /api/2.0/secrets/get": FakeWorkspace.get_secret,
    "GET /api/2.0/preview/scim/v2/Me": FakeWorkspace.me,
    "GET /api/2.0/preview/scim/v2/Users": FakeWorkspace.users,
    "POST /api/2.0/postgres/credentials": FakeWorkspace.postgres_credential,
    "POST /api/2.0/database/credentials": FakeWorkspace.database_credential,
    "GET /api/2.0/notification-destinations": FakeWorkspace.list_destinations,
    "POST /api/2.2/jobs/create": FakeWorkspace.create_job,
    "GET /api/2.2/jobs/get": FakeWorkspace.get_job,
    "GET /api/2.2/jobs/list": FakeWorkspace.list_jobs,
    "POST /api/2.2/jobs/update": FakeWorkspace.update_job,
    "POST /api/2.2/jobs/reset": FakeWorkspace.reset_job,
    "POST /api/2.2/jobs/delete": FakeWorkspace.delete_job,
    "POST /api/2.2/jobs/run-now": FakeWorkspace.run_now,
    "GET /api/2.2/jobs/runs/list": FakeWorkspace.list_runs,
    "GET /api/2.2/jobs/runs/get": FakeWorkspace.get_run,
    "GET /api/2.2/jobs/runs/get-output": FakeWorkspace.run_output,
    "POST /api/2.2/jobs/runs/cancel": FakeWorkspace.cancel_run,
}


@contextlib.contextmanager
def fake_workspace() -> Iterator[FakeWorkspace]:
    """A running workspace."""
    workspace = FakeWorkspace()
    workspace.start()
    try:
        yield workspace
    finally:
        workspace.stop()
