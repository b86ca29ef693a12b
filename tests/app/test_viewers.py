"""A viewer gets at nothing of the engineers', by any route: every service, every address, every callback is tried.

What is tried is read from the app itself, so that whatever is added later is tried too.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.workspace import FakeWorkspace, fake_workspace
from flask.testing import FlaskClient

from app.main import create_app
from app.settings import read_settings
from app.start import build_services
from inventory_runner.errors import NotAllowed
from inventory_runner.models import ProviderConfig, Query, Schedule
from services import Services
from services.db.base import Records
from services.models import routes
from services.models.core import Draft
from services.users import NOBODY, Role, User, act_as

ANNA, BOB = "anna@example.com", "bob@example.com"
CANARY = "canary7"

# what the Inventory page shows, which viewers may see; no method of another service belongs here
OPEN = {
    "db": {"get_inventory_preview", "get_inventory_tables", "ping"},
    "db.inventory": {
        "count_elsewhere", "find_table_as_of", "get_inventory_preview",
        "get_inventory_tables", "list_failures",
        "list_history_steps", "list_region_steps", "list_shares", "list_signals", "list_table_columns",
        "list_table_scopes", "list_table_summaries", "list_table_views", "list_trends", "list_uncovered",
        "read_inventory_version", "read_table_source", "read_table_summary", "read_view_choice",
    },
    "db.rows": {
        "count_groups", "find_row_by_key", "group_rows", "count_rows", "iterate_row_texts", "open_for_reading",
        "read_row_block",
    },
    "db.profiles": {"find_profile", "make_profile", "profile_relation"},
    # whoever is signed in pins charts; whose they are is theirs to check
    "db.pinned_charts": {"list_pinned", "pin", "unpin"},
    "db.changes": {"count_changes", "list_flapping", "get_changes", "list_changes_by_table", "read_resource_timeline"},
    "db.coverage": {
        "count_scopes_of_day", "find_stale_scopes", "list_outcomes", "list_read_times", "list_region_tables",
        "list_scopes_at", "list_table_runs", "read_region",
        "read_rows_at", "read_selection",
    },
    # of what only engineers may open it names nothing to others
    "db.places": {"find_places"},
    "db.assets": {
        "count_owners", "find_asset", "read_account_names", "read_asset_block", "read_tags", "relate_assets",
        "relate_assets_by_place", "search_assets",
    },
    "db.related": {"find_assets", "find_named_assets", "find_naming_rows", "list_searched_tables"},
    "db.facets": {"count_facets", "count_kept", "count_tag_keys"},
    # whoever is signed in keeps views; whose they are is theirs to check
    "db.saved_views": {"delete_view", "list_views", "read_default", "save_view", "set_default"},
    # how far the sample is made is no secret, and pages tell the time by it
    # a viewer's own, by their name
    "db.watches": {
        "add", "add_event", "advance", "claim_person", "count_events", "find", "list_behind", "list_due", "list_events",
        "list_gone_tables", "list_targets", "list_unread", "list_watches", "lock", "note_problem", "note_query",
        "read_versions", "remove",
    },
    "watches": {"count_entries", "find", "list_entries", "list_targets", "list_watches", "remove", "toggle", "watch"},
    "sample_history": {"clock", "end", "exists", "fail", "read", "read_last_whole_day", "require_whole", "write"},
    "inventory": {
        "assets", "causes", "changes", "chart", "clock", "count_asset_values", "count_changes", "count_facets",
        "count_owners",
        "count_values",
        "export", "export_assets", "find_related", "prepare_asset_export", "prepare_export",
        "list_flapping", "list_providers", "list_asset_rules", "promised_by", "list_changes_by_table",
        "overview", "pin_chart", "pinned_charts", "profiles", "read_changes_reading",
        "read_resources_reading", "reading", "relation", "remember", "resource", "rows", "runs",
        "scopes", "search", "suggest_charts", "table", "tables", "unpin_chart", "version", "view_choice", "views",
    },
    # who owns what; a look may bring tables to the rules that an engineer has saved
    "owners": {"apply", "apply_in_background", "counts", "ownership", "rules"},
    "db.owners": {"apply_rules", "count_by_rule", "list_behind", "read_ownership", "read_rules"},
    # what needs somebody is everybody's to read, and a person's own visits are theirs
    "inbox": {"count_open", "find_places", "list_inbox"},
    "since": {"dismiss", "find_since_last", "note_visit"},
    "db.inbox": {"list_states"},
    "db.visits": {"count_failed_runs", "dismiss", "note_visit"},
    # whether a preset has a test: the same for everyone
    "provider_tests": {"has_test"},
    # whether the engine's program runs, which /readyz tells whoever asks
    "program": {"require", "start"},
    # addresses
    "jobs": {"link"},
    # parts that were handed in, and how the app itself ends
    "engine": {"close"}, "metadata": {"engine"}, "schedules": {"engine"},
}  # fmt: skip
OPEN_PATHS = (
    "/assets/",
    "/_dash-component-suites/",
    "/libraries/",
    "/bootstrap/",
    "/api/inventory/",
    routes.DOCUMENT,
    "/healthz",
    "/readyz",
)
# Dash's own, and the page's shell, which shows the pages that the role may open
SHELL_PATHS = {
    "/",
    "/<path:path>",
    "/_dash-layout",
    "/_dash-dependencies",
    "/_dash-update-component",
    "/_reload-hash",
    "/_favicon.ico",
    "/_alive_<hash>",
    "/static/<path:filename>",
}

VALUES: tuple[Any, ...] = (1, "1", "words", None, True, {}, [])
NAMED = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
)
# what the workspace is asked for a viewer: who they are, and the app's own way into its database
SIGN_IN = {"/api/2.0/preview/scim/v2/Users", "/api/2.0/postgres/credentials"}
# enough for every address to get as far as the rights
BODY = {
    "start": 0, "end": 1, "sql": "SELECT 1", "tab_id": "t1", "bases": [1], "content": CANARY, "title": "",
    "provider": "", "position": 1, "version": 1, "format": "csv", "token": "t", "messages": [], "mode": "query",
}  # fmt: skip


@pytest.fixture
def workspace(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorkspace]:
    """Databricks, where Anna is an engineer and Bob is not."""
    with fake_workspace() as made:
        made.put_secret("stackql-inventory", f"{CANARY}-key", f"{CANARY}-value")
        made.groups["engineers"], made.groups["everyone"] = {ANNA}, {BOB}
        made.jobs[7] = {"job_id": 7, "settings": {"name": "template", "tasks": [{"task_key": "t"}]}}
        environ = made.app_environment(database_url, STACKQL_BINARY="/none", STACKQL_PULL="never")
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("DATABASE_URL")
        yield made


@pytest.fixture
def services(workspace: FakeWorkspace) -> Iterator[Services]:
    """Services over a database in which each of the engineers' records has the canary in it."""
    built = build_services(read_settings())
    with act_as(User(ANNA, Role.ENGINEER)):
        query = Query(f"{CANARY} query", f"SELECT vpc_id AS {CANARY} FROM aws.ec2.vpcs", provider="aws")
        query_id = built.db.save_query(query)
        built.db.save_schedule(Schedule(query_id, "0 6 * * *", "networks"))
        built.db.save_provider_config(
            ProviderConfig("aws", f"{CANARY.upper()}_KEY", "stackql-inventory", f"{CANARY}-key")
        )
        built.db.drafts.save_draft(Draft(tab_id="t1", content=f"SELECT '{CANARY}'", title=CANARY), [])
    yield built
    built.close()
    built.db.engine.dispose()


@pytest.fixture
def client(services: Services) -> FlaskClient:
    made: FlaskClient = create_app(read_settings(), services).server.test_client()
    return made


def parts(services: Services) -> dict[str, Any]:
    """Every service by its name, and what it holds for others to use, such as `db.drafts`."""
    found = {field.name: getattr(services, field.name) for field in dataclasses.fields(services)}
    for part, service in list(found.items()):
        for name, held in vars(service).items():
            ours = type(held).__module__.startswith("services.") and not dataclasses.is_dataclass(held)
            if ours and not name.startswith("_") and held not in found.values():
                found[f"{part}.{name}"] = held
    return found


def test_every_method_of_the_services_refuses_a_viewer(services: Services) -> None:
    tried = 0
    found = parts(services)
    assert set(OPEN) <= set(found)
    for part, service in found.items():
        open_here = OPEN.get(part, set()) | ({"transaction"} if isinstance(service, Records) else set())
        names = {name for name, _ in inspect.getmembers(service, callable) if not name.startswith("_")}
        assert open_here <= names, f"{part} no longer has {open_here - names}"
        for name in sorted(names - open_here):
            method = getattr(service, name)
            required = [
                parameter
                for parameter in inspect.signature(method).parameters.values()
                if parameter.default is parameter.empty and parameter.kind in NAMED
            ]
            positional = [object() for parameter in required if parameter.kind is not parameter.KEYWORD_ONLY]
            named = {
                parameter.name: object() for parameter in required if parameter.kind is parameter.KEYWORD_ONLY
            }
            with act_as(NOBODY), pytest.raises(NotAllowed):
                answer = method(*positional, **named)
                if inspect.isgenerator(answer):
                    next(answer)
                pytest.fail(f"{part}.{name} let a viewer in")
            tried += 1
    assert tried > 90


def test_every_address_refuses_a_viewer_or_shows_the_inventory_alone(
    client: FlaskClient, workspace: FakeWorkspace, services: Services
) -> None:
    before = records(services)
    tried = 0
    for rule in client.application.url_map.iter_rules():
        if str(rule) in SHELL_PATHS or str(rule).startswith(OPEN_PATHS):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            arguments = dict.fromkeys(rule.arguments, "1")
            path = client.application.url_map.bind("localhost").build(rule.endpoint, arguments, method)
            answer = send(client, BOB, method, path)
            assert answer.status_code == 403, f"{method} {path}: {answer.status_code} {answer.text[:200]}"
            tried += 1
    assert tried >= 15
    # the tables' own addresses read tables of the inventory, and no others
    for table in ("stackql_app/queries", "stackql_inventory/networks", "pg_catalog/pg_authid"):
        for method, path, body in (
            ("POST", "rows", {"start": 0, "end": 5}),
            ("POST", "exports", {"format": "csv"}),
            ("GET", "export?format=csv", {}),
            ("GET", "chart.csv?by=name", {}),
        ):
            answer = send(client, BOB, method, f"/api/inventory/tables/{table}/{path}", body)
            assert answer.status_code == 404, f"{method} {table}/{path}: {answer.status_code}"
    assert records(services) == before
    assert {request.path for request in workspace.requests} <= SIGN_IN


def test_no_callback_does_anything_for_a_viewer(
    client: FlaskClient, workspace: FakeWorkspace, services: Services
) -> None:
    before = records(services)
    shown = walk(client, BOB)
    assert len(shown) > 50, "every page's callbacks are tried"
    for output, text in shown.items():
        assert CANARY not in text, f"{output}: …{text[max(0, text.index(CANARY) - 200) :][:400]}"
    assert records(services) == before
    assert {request.path for request in workspace.requests} <= SIGN_IN
    # the same calls do reach the engineers' records when an engineer makes them
    mine = walk(client, ANNA)
    reached = {output.strip(".").partition("_")[0] for output, text in mine.items() if CANARY in text}
    assert {"ide", "schedules", "providers"} <= reached
    assert records(services) != before


def walk(client: FlaskClient, user: str) -> dict[str, str]:
    """Call every callback of the server's, as if each of its inputs had changed, with values of several kinds.

    Returns a callback's output → all that it answered, in lower case.
    """
    shown: dict[str, str] = {}
    for callback in client.get("/_dash-dependencies").get_json():
        if callback["clientside_function"]:
            continue
        for changed in callback["inputs"] or [None]:
            for value in VALUES:
                body = {
                    "output": callback["output"],
                    "outputs": outputs(callback["output"]),
                    "changedPropIds": [f"{concrete(changed['id'])}.{changed['property']}"] if changed else [],
                    "inputs": [given(one, value) for one in callback["inputs"]],
                    "state": [given(one, value) for one in callback["state"]],
                }
                answer = send(client, user, "POST", "/_dash-update-component", body)
                shown[callback["output"]] = shown.get(callback["output"], "") + answer.text.lower()
    return shown


def given(one: dict[str, Any], value: Any) -> Any:
    """An input as the browser sends it; those of several components as a list."""
    property = one["property"]
    if property in ("n_clicks", "n_intervals", "n_submit", "n_blur"):
        value = 1
    elif property in ("pathname", "href"):
        value = "/ide"
    elif property == "search":
        value = ""
    sent = {"id": one["id"], "property": property, "value": value}
    if one["id"].startswith("{"):
        sent["id"] = json.loads(concrete(one["id"]))
        if '["ALL"]' in one["id"]:
            return [sent]
    return sent


def outputs(output: str) -> Any:
    """What a callback sets, as the browser names it: `id.property`, or `..id.property...id.property..`."""
    if output.startswith(".."):
        return [outputs(one) for one in output[2:-2].split("...")]
    id, _, property = output.partition("@")[0].rpartition(".")
    named = {"id": json.loads(concrete(id)) if id.startswith("{") else id, "property": property}
    return [named] if '["ALL"]' in id else named


def concrete(id: str) -> str:
    """An id, or an output, in which a component stands for any component."""
    for any_of in ('["ALL"]', '["MATCH"]', '["ALLSMALLER"]'):
        id = id.replace(any_of, "1")
    return id


def send(client: FlaskClient, user: str, method: str, path: str, body: Any = None) -> Any:
    request: Callable[..., Any] = functools.partial(
        client.open, path, method=method, headers={"X-Forwarded-Email": user}
    )
    if method == "GET":
        return request()
    return request(json=BODY if body is None else body)


def records(services: Services) -> dict[str, list[Any]]:
    """All that the app has written down, but for what anyone may keep."""
    with services.db.engine.connect() as connection:
        names = set(sa.inspect(connection).get_table_names("stackql_app")) - {
            "saved_views",
            "default_views",
            "pinned_charts",
            "table_profiles",
            "visits",
        }
        return {
            name: sorted(map(repr, connection.execute(sa.text(f'SELECT * FROM stackql_app."{name}"'))))
            for name in names
        }
