"""The ids of the Providers page. A constant is called as its value without `providers_`."""

from __future__ import annotations

from typing import Any

LIST = "providers_list"
ABOUT = "providers_about"
REFRESH = "providers_refresh"
ADD = "providers_add"
MISSING_BUTTON = "providers_missing_button"
DELETE_BUTTON = "providers_delete_button"

FORM = "providers_form"
FORM_TITLE = "providers_form_title"
FORM_PROVIDER = "providers_form_provider"
FORM_PROVIDERS = "providers_form_providers"
FORM_HINT = "providers_form_hint"
FORM_SCOPE = "providers_form_scope"
FORM_SCOPES = "providers_form_scopes"
FORM_SCOPES_NOTE = "providers_form_scopes_note"
FORM_KEYS = "providers_form_keys"
FORM_ROWS = "providers_form_rows"
FORM_MORE = "providers_form_more"
FORM_ERROR = "providers_form_error"
FORM_SAVE = "providers_form_save"
ROW_VARIABLE = "providers_row_variable"
ROW_KEY = "providers_row_key"

DELETE = "providers_delete"
DELETE_ID = "providers_delete_id"

TEST = "providers_test"
TEST_BUTTON = "providers_test_button"
TEST_PROVIDER = "providers_test_provider"
TEST_FIELDS = "providers_test_fields"
TEST_VALUE = "providers_test_value"
TEST_START = "providers_test_start"
TEST_ERROR = "providers_test_error"
STOP_BUTTON = "providers_stop_button"
RESULT = "providers_result"
RUNNING = "providers_running"
TICK = "providers_tick"


def missing_button(provider: Any) -> dict[str, Any]:
    """The button that adds what a provider is missing."""
    return {"type": MISSING_BUTTON, "provider": provider}


def delete_button(config: Any) -> dict[str, Any]:
    """The button that deletes a credential."""
    return {"type": DELETE_BUTTON, "id": config}


def row_variable(row: Any) -> dict[str, Any]:
    """The variable's name in a line of the form."""
    return {"type": ROW_VARIABLE, "row": row}


def row_key(row: Any) -> dict[str, Any]:
    """The secret's key in a line of the form."""
    return {"type": ROW_KEY, "row": row}


def test_button(provider: Any) -> dict[str, Any]:
    """The button that tests a provider."""
    return {"type": TEST_BUTTON, "provider": provider}


def test_value(name: Any) -> dict[str, Any]:
    """The value of a test's parameter."""
    return {"type": TEST_VALUE, "name": name}


def stop_button(provider: Any) -> dict[str, Any]:
    """The button that stops a provider's test."""
    return {"type": STOP_BUTTON, "provider": provider}


def result(provider: Any) -> dict[str, Any]:
    """The place of a test's outcome."""
    return {"type": RESULT, "provider": provider}
