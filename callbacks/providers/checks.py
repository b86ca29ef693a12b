"""Testing a provider's credentials: asking for what the test needs, running it, telling how it went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash
from dash import ALL, MATCH, Input, Output, State, no_update

from callbacks.outputs import update
from callbacks.presses import find_pressed
from layouts.components.feedback import error_alert
from layouts.providers import ids, page
from services import Services
from services.models.core import InventoryError
from services.starter import list_example_values

ASKED = {
    "is_open": Output(ids.TEST, "is_open"),
    "title": Output(ids.TEST_PROVIDER, "children"),
    "fields": Output(ids.TEST_FIELDS, "children"),
    "running": Output(ids.RUNNING, "data"),
    "error": Output(ids.TEST_ERROR, "children"),
}
STARTED = {
    "is_open": Output(ids.TEST, "is_open", allow_duplicate=True),
    "running": Output(ids.RUNNING, "data", allow_duplicate=True),
    "error": Output(ids.TEST_ERROR, "children", allow_duplicate=True),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the tests' callbacks."""
    _register_starting(app, services)
    _register_following(app, services)


def _register_starting(app: dash.Dash, services: Services) -> None:
    @app.callback(
        Input(ids.test_button(ALL), "n_clicks"),
        State(ids.RUNNING, "data"),
        output=ASKED,
        prevent_initial_call=True,
    )
    def _ask(_clicks: list[int | None], running: dict[str, str]) -> Any:
        pressed = find_pressed()
        if not isinstance(pressed, dict):
            return no_update
        provider = pressed["provider"]
        if not services.provider_tests.parameters(provider):
            running[provider] = services.provider_tests.start(provider)
            return update(ASKED, is_open=False, running=running, error=None)
        fields = page.test_fields(suggest_values(services, provider))
        return update(ASKED, is_open=True, title=f"Test {provider}", fields=fields, error=None)

    @app.callback(
        Input(ids.TEST_START, "n_clicks"),
        State(ids.TEST_PROVIDER, "children"),
        State(ids.test_value(ALL), "value"),
        State(ids.test_value(ALL), "id"),
        State(ids.RUNNING, "data"),
        output=STARTED,
        running=[(Output(ids.TEST_START, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _start(
        _clicks: int | None,
        title: str,
        values: list[str | None],
        fields: list[dict[str, str]],
        running: dict[str, str],
    ) -> dict[str, Any]:
        provider = title.removeprefix("Test ")
        given = {field["name"]: (value or "").strip() for field, value in zip(fields, values, strict=True)}
        try:
            running[provider] = services.provider_tests.start(provider, given)
        except InventoryError as error:
            return update(STARTED, error=error_alert(error))
        return {"is_open": False, "running": running, "error": None}


def _register_following(app: dash.Dash, services: Services) -> None:
    @app.callback(Output(ids.TICK, "disabled"), Input(ids.RUNNING, "data"))
    def _tick(running: dict[str, str] | None) -> bool:
        return not running

    @app.callback(
        Input(ids.TICK, "n_intervals"),
        Input(ids.RUNNING, "data"),
        State(ids.result(ALL), "id"),
        output={
            "words": Output(ids.result(ALL), "children"),
            "running": Output(ids.RUNNING, "data", allow_duplicate=True),
        },
        prevent_initial_call=True,
    )
    def _show(_ticks: int | None, running: dict[str, str], places: list[dict[str, str]]) -> dict[str, Any]:
        return show_results(services, running, [place["provider"] for place in places])

    @app.callback(
        Output(ids.stop_button(MATCH), "disabled"),
        Input(ids.stop_button(MATCH), "n_clicks"),
        State(ids.RUNNING, "data"),
        prevent_initial_call=True,
    )
    def _stop(_clicks: int | None, running: dict[str, str]) -> bool:
        pressed = find_pressed()
        if not isinstance(pressed, dict):
            return False
        if pressed["provider"] in running:
            services.provider_tests.cancel(running[pressed["provider"]])
        return True


def suggest_values(services: Services, provider: str) -> dict[str, tuple[str, str]]:
    """A test's parameters: a value to begin with, where one is known to exist (a schedule's), and an example."""
    used: dict[str, str] = {}
    if services.secrets.sample:
        used = list_example_values(provider)
    for schedule in services.secrets.list_dependents(provider):
        for name, values in schedule.parameter_values.items():
            if values:
                used.setdefault(name, values[0])
    fields = services.provider_tests.parameters(provider)
    return {
        name: (used.get(name) or (example if name == "region" else ""), example)
        for name, example in fields.items()
    }


def show_results(services: Services, running: dict[str, str], shown: Sequence[str]) -> dict[str, Any]:
    """The words under each provider, and the tests that are still under way. shown: the providers on the page."""
    left, words = {}, {}
    for provider, id in (running or {}).items():
        try:
            outcome = services.provider_tests.outcome(id)
        except InventoryError as error:
            words[provider] = error_alert(error)
            continue
        words[provider] = page.test_result(
            outcome.ok, outcome.title, outcome.message, outcome.details, provider
        )
        if outcome.ok is None:
            left[provider] = id
    return {
        "words": [words.get(provider, no_update) for provider in shown],
        "running": left if left != running else no_update,
    }
