"""The form that says which secrets hold a provider's credentials."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import dash
from dash import ALL, Input, Output, State, no_update

from callbacks.conflicts import read_kept_versions, read_taken_versions
from callbacks.outputs import update
from callbacks.presses import find_pressed
from inventory_runner.errors import InvalidInput
from inventory_runner.platform.presets import PRESETS
from layouts.components import ids as component_ids
from layouts.components.conflict import conflict
from layouts.components.feedback import error_alert
from layouts.providers import ids, page
from services import Services
from services.models.core import InventoryError, ProviderConfig, VersionConflict
from services.models.wording import format_count
from services.settings import DEFAULT_SCOPE

# what a conflict is about
CONFLICT = "credentials"
OPENED = {
    "is_open": Output(ids.FORM, "is_open", allow_duplicate=True),
    "provider": Output(ids.FORM_PROVIDER, "value", allow_duplicate=True),
    "scope": Output(ids.FORM_SCOPE, "value", allow_duplicate=True),
    "error": Output(ids.FORM_ERROR, "children", allow_duplicate=True),
    "rows": Output(ids.FORM_ROWS, "children", allow_duplicate=True),
}
ROWS = {
    "rows": Output(ids.FORM_ROWS, "children", allow_duplicate=True),
    "hint": Output(ids.FORM_HINT, "children"),
}
KEYS = {
    "keys": Output(ids.FORM_KEYS, "children"),
    "note": Output(ids.FORM_SCOPES_NOTE, "children", allow_duplicate=True),
}
SAVED = {
    "is_open": Output(ids.FORM, "is_open", allow_duplicate=True),
    "error": Output(ids.FORM_ERROR, "children", allow_duplicate=True),
    "refresh": Output(ids.REFRESH, "data"),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the form's callbacks."""
    _register_lines(app, services)
    _register_choices(app, services)

    @app.callback(Input(ids.ADD, "n_clicks"), output=OPENED, prevent_initial_call=True)
    def _add(clicks: int | None) -> Any:
        return open_form(services, "") if clicks else no_update

    # a callback of its own: a list that comes calls it, and would supersede a press of Add that is not answered yet
    @app.callback(Input(ids.missing_button(ALL), "n_clicks"), output=OPENED, prevent_initial_call=True)
    def _add_missing(_clicks: list[int | None]) -> Any:
        pressed = find_pressed()
        return open_form(services, pressed["provider"]) if isinstance(pressed, dict) else no_update

    @app.callback(
        Input(ids.FORM_SAVE, "n_clicks"),
        Input(component_ids.conflict_keep(CONFLICT, ALL), "n_clicks"),
        Input(component_ids.conflict_take(CONFLICT, ALL), "n_clicks"),
        State(ids.FORM_PROVIDER, "value"),
        State(ids.FORM_SCOPE, "value"),
        State(ids.row_variable(ALL), "value"),
        State(ids.row_key(ALL), "value"),
        State(ids.REFRESH, "data"),
        output=SAVED,
        running=[
            (Output(ids.FORM_SAVE, "disabled"), True, False),
            (Output(ids.FORM_SAVE, "children"), "Saving …", "Save"),
        ],
        prevent_initial_call=True,
    )
    def _save(
        _clicks: int | None,
        _kept: list[int | None],
        _taken: list[int | None],
        provider: str | None,
        scope: str | None,
        names: list[str | None],
        keys: list[str | None],
        refresh: int,
    ) -> Any:
        kept, taken = read_kept_versions(), read_taken_versions()
        if kept is None and taken is None and find_pressed() != ids.FORM_SAVE:
            return no_update
        try:
            if taken is not None:
                names, keys = leave_out(services, provider, names, keys, taken)
            if taken is None or any((key or "").strip() for key in keys):
                save(services, provider, scope, names, keys, kept or ())
        except VersionConflict as error:
            return update(SAVED, error=conflict(CONFLICT, error))
        except InventoryError as error:
            return update(SAVED, error=error_alert(error))
        return {"is_open": False, "error": None, "refresh": refresh + 1}


def _register_lines(app: dash.Dash, services: Services) -> None:
    @app.callback(
        Input(ids.FORM_PROVIDER, "value"),
        State(ids.row_variable(ALL), "value"),
        output=ROWS,
        prevent_initial_call=True,
    )
    def _rows(provider: str | None, names: list[str | None]) -> dict[str, Any]:
        hint = describe_provider(provider or "", bool(open_variables(services, provider or "")))
        if not has_other_rows(services, provider or "", names):
            return update(ROWS, hint=hint)
        return {"rows": show_rows(services, provider or ""), "hint": hint}

    # a callback of its own: the provider's, still under way, would supersede it
    @app.callback(
        Output(ids.FORM_ROWS, "children", allow_duplicate=True),
        Input(ids.FORM_MORE, "n_clicks"),
        State(ids.row_variable(ALL), "value"),
        prevent_initial_call=True,
    )
    def _more(_clicks: int | None, names: list[str | None]) -> Any:
        more = dash.Patch()
        more.append(page.form_rows([], len(names) + 1)[-1])
        return more


def _register_choices(app: dash.Dash, services: Services) -> None:
    @app.callback(
        Input(ids.FORM, "is_open"),
        output={
            "providers": Output(ids.FORM_PROVIDERS, "children"),
            "scopes": Output(ids.FORM_SCOPES, "children"),
            "note": Output(ids.FORM_SCOPES_NOTE, "children"),
        },
        prevent_initial_call=True,
    )
    def _choices(is_open: bool) -> Any:
        return offer_choices(services) if is_open else no_update

    @app.callback(
        Input(ids.FORM, "is_open"),
        Input(ids.FORM_SCOPE, "value"),
        output=KEYS,
        prevent_initial_call=True,
    )
    def _keys(is_open: bool, scope: str | None) -> dict[str, Any]:
        return offer_keys(services, scope.strip()) if is_open and scope else update(KEYS, keys=[])


def open_form(services: Services, provider: str) -> dict[str, Any]:
    """The form as it begins for a provider, or without one where that is still to be chosen."""
    return {
        "is_open": True,
        "provider": provider,
        "scope": services.secrets.allowed_scopes[0],
        "error": None,
        "rows": show_rows(services, provider),
    }


def offer_choices(services: Services) -> dict[str, Any]:
    """The providers and the scopes to choose from, and what to say where there are none."""
    providers = page.options(list(PRESETS))
    try:
        scopes = services.secrets.list_scopes()
    except InventoryError as error:
        return {"providers": providers, "scopes": [], "note": f"{error.message} Type the names instead."}
    words = (
        "" if scopes else "None of the allowed scopes exists yet: databricks secrets create-scope makes one."
    )
    return {"providers": providers, "scopes": page.options(scopes), "note": words}


def offer_keys(services: Services, scope: str) -> dict[str, Any]:
    """The keys of a scope's secrets to choose from, and how many there are."""
    try:
        keys = services.secrets.list_keys(scope)
    except InventoryError as error:
        return {"keys": [], "note": error.full_message}
    words = f"{format_count(len(keys), 'secret')} in this scope."
    return {"keys": page.options(keys), "note": words}


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


def show_rows(services: Services, provider: str) -> Any:
    """The form's lines for a provider: its variables, or one to type."""
    known = open_variables(services, provider)
    return page.form_rows(known, 0 if known else 1)


def has_other_rows(services: Services, provider: str, names: Sequence[str | None]) -> bool:
    """Whether the form's lines are another provider's; lines that are typed stay while the provider is typed."""
    known = [name for name, _ in open_variables(services, provider)]
    if known:
        return list(names[: len(known)]) != known
    presets = {name for preset in PRESETS.values() for name in preset.variables}
    return bool(names) and names[0] in presets


def describe_provider(provider: str, known: bool) -> str:
    """What to do for a provider. known: its variables are in the form already."""
    name = provider.strip().lower()
    preset = PRESETS.get(name)
    if preset is not None and known:
        return preset.hint or "Its variables are filled in below."
    if preset is not None:
        return f"Everything that {name} reads has a secret. You may add another variable."
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
    replaces: Collection[int] = (),
) -> None:
    """Save the lines of the form that have a key; raises InvalidInput where none has.

    replaces: the ids of mappings that they take the place of. Raises VersionConflict for others of the same variables.
    """
    filled = [
        ProviderConfig(provider or "", name or "", scope or DEFAULT_SCOPE, key or "")
        for name, key in zip(names, keys, strict=True)
        if (key or "").strip()
    ]
    if not (provider or "").strip():
        raise InvalidInput("Choose a provider.", field="provider")
    if not filled:
        raise InvalidInput("Give the key of at least one secret.", field="secret_key")
    services.secrets.add(filled, replaces)


def leave_out(
    services: Services,
    provider: str | None,
    names: Sequence[str | None],
    keys: Sequence[str | None],
    taken: Collection[int],
) -> tuple[list[str | None], list[str | None]]:
    """The form's lines without those whose variable keeps the secret that it has; taken: ids of mappings."""
    kept = {
        one.env_var_name
        for one in services.db.get_provider_config()
        if one.id in taken and one.provider == (provider or "").strip().lower()
    }
    left = [(name, key) for name, key in zip(names, keys, strict=True) if (name or "").strip() not in kept]
    return [name for name, _ in left], [key for _, key in left]
