"""The list of providers: their credentials, what is missing, and what the environment means for them."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output

from layouts.providers import ids, page
from services import Services
from services.secret_service.service import ProviderOverview


def register(app: dash.Dash, services: Services) -> None:
    """Register the list's callback."""

    @app.callback(
        Input(ids.REFRESH, "data"),
        output={"about": Output(ids.ABOUT, "children"), "list": Output(ids.LIST, "children")},
    )
    def _list(_refresh: int) -> dict[str, Any]:
        return {"about": describe_environment(services), "list": list_providers(services)}


def describe_environment(services: Services) -> Any:
    """What the environment means for credentials."""
    secrets = services.secrets
    return page.environment_note(
        sample=secrets.sample, local_dev=secrets.from_environment, workspace=secrets.workspace_configured
    )


def list_providers(services: Services) -> Any:
    """A panel a provider; the empty state where there is none."""
    found = services.secrets.overview()
    if not found:
        return page.nothing_yet()
    return [
        page.provider_panel(
            one.provider,
            one.configs,
            one.missing,
            one.in_environment,
            explain_no_test(services, one),
            known=one.known,
            from_environment=services.secrets.from_environment,
        )
        for one in found
    ]


def explain_no_test(services: Services, one: ProviderOverview) -> str:
    """Nothing where the provider can be tested."""
    if not services.provider_tests.has_test(one.provider):
        return f"No cheap query is known for {one.provider}: run one of it in the IDE."
    # the sample cloud needs none
    return "Some of its credentials are missing." if one.missing and not services.secrets.sample else ""
