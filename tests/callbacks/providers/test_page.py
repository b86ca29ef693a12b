"""What the Providers page shows and does, without a browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from dash import no_update
from fakes.components import text, words
from fakes.waiting import PATIENCE_SECONDS, wait_until

from app.settings import read_settings
from callbacks.providers import checks, deletion, form, listing
from inventory_runner.errors import InvalidInput, VersionConflict
from inventory_runner.models import ProviderConfig, Query, Schedule
from layouts.components.conflict import conflict
from services import Services, build
from services.secret_service.checks import TestOutcome

SCOPE = "stackql-inventory"


@pytest.fixture
def services(engine: sa.Engine, as_engineer: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("INVENTORY_ENGINE", "sample")
    built = build(engine, read_settings(inventory_engine="sample"))
    yield built
    built.close()


def test_an_empty_list_says_what_to_do(services: Services) -> None:
    assert "No credentials yet" in text(listing.list_providers(services))
    assert "needs no credentials" in text(listing.describe_environment(services))


def test_the_key_of_a_secret_is_not_shown(services: Services) -> None:
    form.save(services, "okta", SCOPE, ["OKTA_API_TOKEN"], ["okta-api-token"])
    shown = text(listing.list_providers(services))
    assert "OKTA_API_TOKEN" in shown
    assert "***" in shown
    assert "okta-api-token" not in shown


def test_a_variable_that_somebody_gave_a_secret_meanwhile_is_told(services: Services) -> None:
    names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    form.save(services, "aws", SCOPE, names[:1], ["aws-access-key-id"])
    keys = ["aws-secret-access-key", "aws-secret-access-key"]
    with pytest.raises(VersionConflict) as caught:
        form.save(services, "aws", SCOPE, names, keys)
    shown = text(conflict(form.CONFLICT, caught.value))
    assert "another secret, in stackql-inventory" in shown and "aws-access-key-id" not in shown
    # theirs stays, and what was typed beside it is saved
    left = form.leave_out(services, " AWS ", names, keys, caught.value.versions)
    assert left == (names[1:], keys[1:])
    form.save(services, "aws", SCOPE, *left)
    form.save(services, "aws", SCOPE, names, keys, caught.value.versions)
    assert {one.secret_key for one in services.db.get_provider_config()} == {"aws-secret-access-key"}


def test_the_form_asks_for_what_is_missing(services: Services) -> None:
    assert form.open_variables(services, " AWS ")[0] == ("AWS_ACCESS_KEY_ID", True)
    form.save(services, "aws", SCOPE, ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"], ["aws-access-key-id", " "])
    assert form.open_variables(services, "aws") == [
        ("AWS_SECRET_ACCESS_KEY", True),
        ("AWS_SESSION_TOKEN", False),
    ]
    assert form.open_variables(services, "acme") == []
    assert "databricks_workspace" in form.describe_provider("databricks", False)
    for provider, field in (("", "provider"), ("aws", "secret_key")):
        with pytest.raises(InvalidInput) as caught:
            form.save(services, provider, SCOPE, ["A"], ["key"] if field == "provider" else [None])
        assert caught.value.field == field


def test_deleting_names_the_schedules_that_would_stop(services: Services) -> None:
    query_id = services.db.save_query(Query("Zones", "SELECT id FROM cloudflare.zones.zones"))
    services.db.save_schedule(Schedule(query_id, "0 6 * * *", "cf_zones"))
    form.save(services, "cloudflare", SCOPE, ["CLOUDFLARE_API_TOKEN"], ["cloudflare-api-token"])
    (config,) = services.db.get_provider_config()
    words = text(deletion.describe_losses(services, config.id or 0))
    assert "cf_zones (Zones)" in words
    assert "secret itself" in words
    assert "already" in text(deletion.describe_losses(services, 999))


def test_a_test_runs_the_providers_query_and_reports_in_words(services: Services) -> None:
    running = {"cloudflare": services.provider_tests.start("cloudflare")}
    first = checks.show_results(services, running, ["cloudflare", "aws"])
    assert "Stop testing cloudflare" in text(first["words"][0])
    assert first["words"][1] is no_update

    def over() -> TestOutcome | None:
        found = services.provider_tests.outcome(running["cloudflare"])
        return None if found.ok is None else found

    outcome = wait_until(over)
    assert outcome.ok, outcome
    shown = checks.show_results(services, running, ["cloudflare"])
    assert "cloudflare works" in text(shown["words"])
    assert shown["running"] == {}


def test_every_test_of_the_estate_works_with_the_values_that_schedules_use(services: Services) -> None:
    from inventory_runner.contract import CancelToken
    from inventory_runner.platform.presets import PRESETS
    from inventory_runner.sql import guard, parameters
    from inventory_runner.sql.statement import Source, read
    from services.starter import load_library

    ids = {query.name: services.db.save_query(query) for query in load_library().queries}
    for starter in load_library().schedules:
        services.db.save_schedule(starter.schedule(ids[starter.query_name]))
    for provider in sorted(set(services.engine().providers()) & set(PRESETS)):
        values = {name: value for name, (value, _) in checks.suggest_values(services, provider).items()}
        bound = parameters.bind(guard.check(read(PRESETS[provider].test), Source.LIVE), values)
        services.engine().execute(
            bound, credentials={}, timeout=PATIENCE_SECONDS, cancel=CancelToken(), row_limit=1
        )


def test_an_unknown_test_and_a_missing_value_say_so(services: Services) -> None:
    assert checks.suggest_values(services, "aws") == {"region": ("us-east-1", "us-east-1")}
    with pytest.raises(InvalidInput, match="no test for it"):
        services.provider_tests.start("vercel")
    with pytest.raises(InvalidInput, match="needs subdomain, which has no value") as caught:
        services.provider_tests.start("okta", {"subdomain": " "})
    assert "run the test again" in str(caught.value)


def test_a_failed_test_has_the_errors_words(services: Services) -> None:
    from services.query_service import QueryState, QueryStatus
    from services.secret_service.checks import describe_outcome

    state = QueryState(
        "x",
        "system",
        QueryStatus.FAILED,
        "",
        time.time(),
        provider="aws",
        error={
            "title": "The provider denied access",
            "message": "403",
            "hint": "Check it.",
            "details": "raw",
        },
    )
    outcome = describe_outcome(state)
    assert (outcome.ok, outcome.details) == (False, "raw")
    assert "denied access" in outcome.title
    page = QueryState(
        "x",
        "system",
        QueryStatus.SUCCEEDED,
        "",
        time.time(),
        provider="aws",
        complete=False,
        warnings=["A row without any value was left out."],
    )
    assert describe_outcome(page).ok is False
    assert describe_outcome(replace(page, complete=True)).ok is True


@pytest.mark.parametrize("engine_name", ["sample", "stackql"])
@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize(
    "set_here", [(), ("AWS_ACCESS_KEY_ID",), ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
)
def test_a_card_says_one_thing_and_it_is_what_a_query_would_find(
    engine: sa.Engine,
    as_engineer: None,
    monkeypatch: pytest.MonkeyPatch,
    engine_name: str,
    local: bool,
    set_here: tuple[str, ...],
) -> None:
    needed = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    for name in needed:
        monkeypatch.setenv(name, "x" if name in set_here else "")
    built = build(engine, read_settings(inventory_engine=engine_name, stackql_local_dev=local))
    mapped = ProviderConfig("aws", "AWS_ACCESS_KEY_ID", SCOPE, "aws-access-key-id")
    built.db.save_provider_config(mapped)
    shown = zip(built.secrets.overview(), listing.list_providers(built), strict=True)
    ((one, card),) = [(one, card) for one, card in shown if one.provider == "aws"]
    from_environment = local and engine_name == "stackql"
    found = set(set_here) if from_environment else {"AWS_ACCESS_KEY_ID"}
    assert set(one.missing) == needed - found
    assert set(one.in_environment) == (set(set_here) if from_environment else set())
    if from_environment:
        assert set(built.secrets.resolve_for(["aws"])) == found
    assert ("not used here" in text(card)) is from_environment
    assert ("all set" in text(card)) is (not one.missing)
    # no name is said to be missing and to be there
    for name in one.missing:
        assert name not in one.in_environment and (from_environment or name != mapped.env_var_name)
    assert ("Add what aws is missing" in text(card)) is bool(one.missing and not from_environment)
    built.close()


def test_a_provider_that_nothing_is_known_of_is_not_called_ready(services: Services) -> None:
    form.save(services, "acme", SCOPE, ["ACME_TOKEN"], ["okta-api-token"])
    shown = words(listing.list_providers(services))
    assert "not checked" in shown and "all set" not in shown
    assert "No cheap query is known for acme" in shown


def test_a_test_in_the_sample_cloud_proves_nothing_of_the_credentials() -> None:
    from services.query_service import QueryState, QueryStatus
    from services.secret_service.checks import describe_outcome

    ended = QueryState(
        "i", "ada", QueryStatus.SUCCEEDED, "SELECT 1", 0.0, provider="aws", rows=1, finished_at=1.0
    )
    assert "accepted the credentials" in describe_outcome(ended).message
    assert "no credentials were used" in describe_outcome(ended, sample=True).message
