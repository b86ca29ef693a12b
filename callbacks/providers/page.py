"""What the Providers page does: list, add, delete, test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash
from dash import ALL, MATCH, Input, Output, State, ctx, no_update

from inventory_runner.errors import InvalidInput
from inventory_runner.platform.presets import PRESETS
from layouts.components.confirm import ConfirmIds, loss
from layouts.components.feedback import error_alert
from layouts.providers import page
from services import Services
from services.models.core import InventoryError, ProviderConfig
from services.secret_service.service import ProviderOverview
from services.settings import DEFAULT_SCOPE
from services.starter import EXAMPLE_VALUES

CONFIRM = ConfirmIds(page.DELETE)


def register(app: dash.Dash, services: Services) -> None:
    """Register the page's callbacks."""
    _register_list(app, services)
    _register_form(app, services)
    _register_delete(app, services)
    _register_tests(app, services)


def _register_list(app: dash.Dash, services: Services) -> None:
    @app.callback(Output(page.ABOUT, "children"), Output(page.LIST, "children"), Input(page.REFRESH, "data"))
    def _list(_refresh: int) -> tuple[Any, Any]:
        return about(services), provider_list(services)


def _register_form(app: dash.Dash, services: Services) -> None:
    @app.callback(
        Output(page.FORM, "is_open"),
        Output(page.FORM_PROVIDER, "value"),
        Output(page.FORM_SCOPE, "value"),
        Output(page.FORM_ERROR, "children"),
        Output(page.FORM_ROWS, "children"),
        Input(page.ADD, "n_clicks"),
        Input({"type": page.MISSING_BUTTON, "provider": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _open(_add: int | None, missing: list[int | None]) -> tuple[Any, ...]:
        # a list that was drawn anew: nobody clicked
        if ctx.triggered_id != page.ADD and not any(missing):
            return (no_update,) * 5
        provider = "" if ctx.triggered_id == page.ADD else ctx.triggered_id["provider"]
        return True, provider, services.secrets.allowed_scopes[0], None, rows_of(services, provider)

    @app.callback(
        Output(page.FORM_ROWS, "children", allow_duplicate=True),
        Output(page.FORM_HINT, "children"),
        Input(page.FORM_PROVIDER, "value"),
        State({"type": page.ROW_VARIABLE, "row": ALL}, "value"),
        prevent_initial_call=True,
    )
    def _rows(provider: str | None, names: list[str | None]) -> tuple[Any, Any]:
        hint = provider_hint(provider or "", bool(open_variables(services, provider or "")))
        return (
            rows_of(services, provider or "") if rows_change(services, provider or "", names) else no_update
        ), hint

    # a callback of its own: the provider's, still under way, would supersede it
    @app.callback(
        Output(page.FORM_ROWS, "children", allow_duplicate=True),
        Input(page.FORM_MORE, "n_clicks"),
        State({"type": page.ROW_VARIABLE, "row": ALL}, "value"),
        prevent_initial_call=True,
    )
    def _more(_clicks: int | None, names: list[str | None]) -> Any:
        more = dash.Patch()
        more.append(page.form_rows([], len(names) + 1)[-1])
        return more

    @app.callback(
        Output(page.FORM_PROVIDERS, "children"),
        Output(page.FORM_SCOPES, "children"),
        Output(page.FORM_SCOPES_NOTE, "children"),
        Input(page.FORM, "is_open"),
        prevent_initial_call=True,
    )
    def _choices(is_open: bool) -> tuple[Any, Any, Any]:
        if not is_open:
            return no_update, no_update, no_update
        try:
            scopes = services.secrets.list_scopes()
        except InventoryError as error:
            return page.options(list(PRESETS)), [], f"{error.message} Type the names instead."
        words = (
            ""
            if scopes
            else "None of the allowed scopes exists yet: databricks secrets create-scope makes one."
        )
        return page.options(list(PRESETS)), page.options(scopes), words

    @app.callback(
        Output(page.FORM_KEYS, "children"),
        Output(page.FORM_SCOPES_NOTE, "children", allow_duplicate=True),
        Input(page.FORM, "is_open"),
        Input(page.FORM_SCOPE, "value"),
        prevent_initial_call=True,
    )
    def _keys(is_open: bool, scope: str | None) -> tuple[Any, Any]:
        if not is_open or not scope:
            return [], no_update
        try:
            keys = services.secrets.list_keys(scope.strip())
        except InventoryError as error:
            return [], f"{error.message} {error.hint}"
        return page.options(keys), f"{len(keys)} {'secret' if len(keys) == 1 else 'secrets'} in this scope."

    @app.callback(
        Output(page.FORM, "is_open", allow_duplicate=True),
        Output(page.FORM_ERROR, "children", allow_duplicate=True),
        Output(page.REFRESH, "data"),
        Input(page.FORM_SAVE, "n_clicks"),
        State(page.FORM_PROVIDER, "value"),
        State(page.FORM_SCOPE, "value"),
        State({"type": page.ROW_VARIABLE, "row": ALL}, "value"),
        State({"type": page.ROW_KEY, "row": ALL}, "value"),
        State(page.REFRESH, "data"),
        running=[
            (Output(page.FORM_SAVE, "disabled"), True, False),
            (Output(page.FORM_SAVE, "children"), "Saving …", "Save"),
        ],
        prevent_initial_call=True,
    )
    def _save(
        _clicks: int | None, provider: str | None, scope: str | None, names: list[str | None], keys: list[str | None],
        refresh: int,
    ) -> tuple[Any, Any, Any]:  # fmt: skip
        try:
            save(services, provider, scope, names, keys)
        except InventoryError as error:
            return no_update, error_alert(error), no_update
        return False, None, refresh + 1


def _register_delete(app: dash.Dash, services: Services) -> None:
    @app.callback(
        Output(page.DELETE, "is_open"),
        Output(CONFIRM.body, "children"),
        Output(page.DELETE_ID, "data"),
        Input({"type": page.DELETE_BUTTON, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _ask(clicks: list[int | None]) -> tuple[Any, Any, Any]:
        if not any(clicks):
            return no_update, no_update, no_update
        id = ctx.triggered_id["id"]
        return True, what_is_lost(services, id), id

    @app.callback(
        Output(page.DELETE, "is_open", allow_duplicate=True),
        Output(page.REFRESH, "data", allow_duplicate=True),
        Input(CONFIRM.confirm, "n_clicks"),
        State(page.DELETE_ID, "data"),
        State(page.REFRESH, "data"),
        running=[(Output(CONFIRM.confirm, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _delete(_clicks: int | None, id: int | None, refresh: int) -> tuple[bool, int]:
        if id is not None:
            services.secrets.remove(id)
        return False, refresh + 1


def _register_tests(app: dash.Dash, services: Services) -> None:
    @app.callback(
        Output(page.TEST, "is_open"),
        Output(page.TEST_PROVIDER, "children"),
        Output(page.TEST_FIELDS, "children"),
        Output(page.RUNNING, "data"),
        Output(page.TEST_ERROR, "children"),
        Input({"type": page.TEST_BUTTON, "provider": ALL}, "n_clicks"),
        State(page.RUNNING, "data"),
        prevent_initial_call=True,
    )
    def _ask(clicks: list[int | None], running: dict[str, str]) -> tuple[Any, ...]:
        if not any(clicks):
            return (no_update,) * 5
        provider = ctx.triggered_id["provider"]
        fields = services.provider_tests.parameters(provider)
        if not fields:
            running[provider] = services.provider_tests.start(provider)
            return False, no_update, no_update, running, None
        return True, f"Test {provider}", page.test_fields(first_values(services, provider)), no_update, None

    @app.callback(
        Output(page.TEST, "is_open", allow_duplicate=True),
        Output(page.RUNNING, "data", allow_duplicate=True),
        Output(page.TEST_ERROR, "children", allow_duplicate=True),
        Input(page.TEST_START, "n_clicks"),
        State(page.TEST_PROVIDER, "children"),
        State({"type": page.TEST_VALUE, "name": ALL}, "value"),
        State({"type": page.TEST_VALUE, "name": ALL}, "id"),
        State(page.RUNNING, "data"),
        running=[(Output(page.TEST_START, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _start(
        _clicks: int | None,
        title: str,
        values: list[str | None],
        ids: list[dict[str, str]],
        running: dict[str, str],
    ) -> tuple[Any, Any, Any]:
        provider = title.removeprefix("Test ")
        given = {id["name"]: (value or "").strip() for id, value in zip(ids, values, strict=True)}
        try:
            running[provider] = services.provider_tests.start(provider, given)
        except InventoryError as error:
            return no_update, no_update, error_alert(error)
        return False, running, None

    @app.callback(Output(page.TICK, "disabled"), Input(page.RUNNING, "data"))
    def _tick(running: dict[str, str] | None) -> bool:
        return not running

    @app.callback(
        Output({"type": page.RESULT, "provider": ALL}, "children"),
        Output(page.RUNNING, "data", allow_duplicate=True),
        Input(page.TICK, "n_intervals"),
        Input(page.RUNNING, "data"),
        State({"type": page.RESULT, "provider": ALL}, "id"),
        prevent_initial_call=True,
    )
    def _show(
        _ticks: int | None, running: dict[str, str], ids: list[dict[str, str]]
    ) -> tuple[list[Any], Any]:
        return test_results(services, running, [id["provider"] for id in ids])

    @app.callback(
        Output({"type": page.STOP_BUTTON, "provider": MATCH}, "disabled"),
        Input({"type": page.STOP_BUTTON, "provider": MATCH}, "n_clicks"),
        State(page.RUNNING, "data"),
        prevent_initial_call=True,
    )
    def _stop(clicks: int | None, running: dict[str, str]) -> bool:
        provider = ctx.triggered_id["provider"] if ctx.triggered_id else ""
        if clicks and provider in running:
            services.provider_tests.cancel(running[provider])
        return bool(clicks)


def about(services: Services) -> Any:
    secrets = services.secrets
    return page.about(
        sample=secrets.sample, local_dev=secrets.local_dev, workspace=secrets.workspace_configured
    )


def provider_list(services: Services) -> Any:
    """A panel a provider; the empty state where there is none."""
    found = services.secrets.overview()
    if not found:
        return page.nothing_yet()
    return [
        page.provider_panel(
            one.provider, one.configs, one.missing, one.in_environment, why_no_test(services, one)
        )
        for one in found
    ]


def why_no_test(services: Services, one: ProviderOverview) -> str:
    """Nothing where the provider can be tested."""
    if not services.provider_tests.has_test(one.provider):
        return f"No cheap query is known for {one.provider}: run one of it in the IDE"
    # the sample cloud needs none
    return "Some of its credentials are missing" if one.missing and not services.secrets.sample else ""


def open_variables(services: Services, provider: str) -> list[tuple[str, bool]]:
    """The variables of a known provider that have no secret yet, each with whether it is required."""
    preset = PRESETS.get(provider.strip().lower())
    if preset is None:
        return []
    taken = {
        one.env_var_name
        for one in services.db.get_provider_config()
        if one.provider == provider.strip().lower()
    }
    return [(name, name in preset.required) for name in preset.variables if name not in taken]


def rows_of(services: Services, provider: str) -> Any:
    """The form's lines for a provider: its variables, or one to type."""
    known = open_variables(services, provider)
    return page.form_rows(known, 0 if known else 1)


def rows_change(services: Services, provider: str, names: Sequence[str | None]) -> bool:
    """Whether the form's lines are another provider's; lines that are typed stay while the provider is typed."""
    known = [name for name, _ in open_variables(services, provider)]
    if known:
        return list(names[: len(known)]) != known
    presets = {name for preset in PRESETS.values() for name in preset.variables}
    return bool(names) and names[0] in presets


def provider_hint(provider: str, known: bool) -> str:
    name = provider.strip().lower()
    preset = PRESETS.get(name)
    if preset is not None and known:
        return preset.hint or "Its variables are filled in below."
    if preset is not None:
        return f"Everything that {name} reads has a secret already; another variable may be added."
    if name == "databricks":
        return "StackQL names them databricks_workspace and databricks_account."
    return (
        "Choose one, or type the name of any other provider of the StackQL registry."
        if not name
        else (f"{name} is not one of those listed: type the variables that it reads.")
    )


def save(
    services: Services,
    provider: str | None,
    scope: str | None,
    names: Sequence[str | None],
    keys: Sequence[str | None],
) -> None:
    """Save the lines of the form that have a key; raises InvalidInput where none has."""
    filled = [
        ProviderConfig(provider or "", name or "", scope or DEFAULT_SCOPE, key or "")
        for name, key in zip(names, keys, strict=True)
        if (key or "").strip()
    ]
    if not (provider or "").strip():
        raise InvalidInput("Choose a provider.", field="provider")
    if not filled:
        raise InvalidInput("Give the key of at least one secret.", field="secret_key")
    services.secrets.add(filled)


def what_is_lost(services: Services, id: int) -> Any:
    """What deleting a mapping breaks, by name."""
    config = next((one for one in services.db.get_provider_config() if one.id == id), None)
    if config is None:
        return "It was deleted already."
    schedules = services.secrets.dependents(config.provider)
    sentence = f"{config.provider} will no longer have {config.env_var_name}"
    if services.secrets.sample:
        sentence += ". The sample cloud needs no credentials, so nothing stops; with real ones, this would:"
    else:
        sentence += ", and what signs in with it stops working:"
    return loss(
        sentence,
        [
            f"Queries of {config.provider} in the IDE",
            *(f"The schedule of {one.target_table} ({one.query_name})" for one in schedules),
        ],
        ["The secret itself, in its scope", "The tables that were filled with it"],
    )


def first_values(services: Services, provider: str) -> dict[str, tuple[str, str]]:
    """A test's parameters: a value to begin with, where one is known to exist (a schedule's), and an example."""
    used: dict[str, str] = {}
    if services.secrets.sample:
        used = dict(EXAMPLE_VALUES.get(provider, {}))
    for schedule in services.secrets.dependents(provider):
        for name, values in schedule.parameter_values.items():
            if values:
                used.setdefault(name, values[0])
    fields = services.provider_tests.parameters(provider)
    return {
        name: (used.get(name) or (example if name == "region" else ""), example)
        for name, example in fields.items()
    }


def test_results(services: Services, running: dict[str, str], shown: Sequence[str]) -> tuple[list[Any], Any]:
    """The words under each provider, and the tests that are still under way."""
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
    return [words.get(provider, no_update) for provider in shown], left if left != running else no_update
