"""The Providers page: which secrets hold the providers' credentials. Names only; no value ever gets here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.charts import find_provider_colour
from layouts.components.confirm import confirmation
from layouts.components.feedback import empty_state, note, relative_time
from layouts.components.figures import number
from layouts.components.page import Children, header, icon, panel
from layouts.providers import ids
from services.models.core import ProviderConfig
from services.models.coverage import COUNTED


def layout(**_arguments: Any) -> html.Div:
    return html.Div(
        [
            header(
                "Providers",
                "Which secrets hold the credentials that queries sign in with. Their values never appear here.",
                actions=dbc.Button(
                    [icon("bi-plus-lg"), html.Span("Add credentials")], id=ids.ADD, color="primary"
                ),
            ),
            html.Div(id=ids.ABOUT),
            html.Div(_waiting_line("Reading the providers …"), id=ids.LIST, **{"aria-live": "polite"}),
            dcc.Store(id=ids.REFRESH, data=0),
            dcc.Store(id=ids.DELETE_ID),
            # the tests under way: provider → the query's id
            dcc.Store(id=ids.RUNNING, data={}),
            dcc.Interval(id=ids.TICK, interval=400, disabled=True),
            _form(),
            _test_form(),
            confirmation(ids.DELETE, "Delete this credential?", "Delete"),
        ],
        className="providers",
    )


def _waiting_line(words: str) -> html.Div:
    return html.Div([dbc.Spinner(size="sm"), html.Span(words)], className="providers-waiting")


def _form() -> dbc.Modal:
    return dbc.Modal(
        [
            dbc.ModalHeader(
                dbc.ModalTitle("Add credentials", id=ids.FORM_TITLE, tag="h2"), close_button=True
            ),
            dbc.ModalBody(
                [
                    html.Div(id=ids.FORM_ERROR, role="alert"),
                    dbc.Label("Provider", html_for=ids.FORM_PROVIDER),
                    dbc.Input(
                        id=ids.FORM_PROVIDER,
                        list=ids.FORM_PROVIDERS,
                        placeholder="aws",
                        autocomplete="off",
                        maxlength=63,
                        debounce=300,
                    ),
                    html.Datalist(id=ids.FORM_PROVIDERS),
                    html.Div(id=ids.FORM_HINT, className="form-text mb-3"),
                    dbc.Label("Secret scope", html_for=ids.FORM_SCOPE),
                    dbc.Input(id=ids.FORM_SCOPE, list=ids.FORM_SCOPES, autocomplete="off", maxlength=128),
                    html.Datalist(id=ids.FORM_SCOPES),
                    html.Div(id=ids.FORM_SCOPES_NOTE, className="form-text mb-3"),
                    html.Datalist(id=ids.FORM_KEYS),
                    html.Div(id=ids.FORM_ROWS),
                    dbc.Button(
                        [icon("bi-plus-lg"), html.Span("Add another variable")],
                        id=ids.FORM_MORE,
                        color="link",
                        size="sm",
                        class_name="px-0",
                    ),
                ]
            ),
            dbc.ModalFooter(
                [
                    html.Span("Saving checks that the secrets exist.", className="form-text me-auto"),
                    dbc.Button("Cancel", color="secondary", outline=True, className="confirm-cancel"),
                    dbc.Button("Save", id=ids.FORM_SAVE, color="primary"),
                ]
            ),
        ],
        id=ids.FORM,
        class_name="providers-dialog",
        labelledby=ids.FORM_TITLE,
        size="lg",
        centered=True,
        autofocus=False,
    )


def _test_form() -> dbc.Modal:
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("Test", id=ids.TEST_PROVIDER, tag="h2"), close_button=True),
            dbc.ModalBody([html.Div(id=ids.TEST_ERROR, role="alert"), html.Div(id=ids.TEST_FIELDS)]),
            dbc.ModalFooter(
                [
                    dbc.Button("Cancel", color="secondary", outline=True, className="confirm-cancel"),
                    dbc.Button("Run the test", id=ids.TEST_START, color="primary"),
                ]
            ),
        ],
        id=ids.TEST,
        class_name="providers-dialog",
        labelledby=ids.TEST_PROVIDER,
        centered=True,
        autofocus=False,
    )


def form_rows(variables: Sequence[tuple[str, bool]], typed: int = 0) -> list[html.Div]:
    """A line a variable: its name and the key of its secret. variables: (name, required); typed: lines to fill in."""
    lines: list[tuple[str, bool | None]] = [(name, required) for name, required in variables]
    lines += [("", None)] * typed
    head = html.Div(
        [html.Span("Variable"), html.Span("Key of the secret")],
        className="credential-row head",
        **{"aria-hidden": "true"},
    )
    return [head, *(_form_row(number, name, required) for number, (name, required) in enumerate(lines))]


def _form_row(number: int, name: str, required: bool | None) -> html.Div:
    known = required is not None
    label = name or f"variable {number + 1}"
    variable, key = ids.row_variable(number), ids.row_key(number)
    return html.Div(
        [
            dbc.Label(f"Name of {label}", html_for=_dom_id(variable), class_name="visually-hidden"),
            dbc.Input(
                id=variable,
                value=name,
                readonly=known,
                placeholder="ACME_API_TOKEN",
                className="mono",
                maxlength=100,
                autocomplete="off",
            ),
            dbc.Label(f"Key of the secret for {label}", html_for=_dom_id(key), class_name="visually-hidden"),
            dbc.Input(
                id=key,
                list=ids.FORM_KEYS,
                className="mono",
                maxlength=128,
                autocomplete="off",
                placeholder="optional" if required is False else "key",
            ),
        ],
        className="credential-row",
    )


def _dom_id(id: Mapping[str, Any]) -> str:
    """An id of several parts as Dash writes it into the page."""
    return json.dumps(id, sort_keys=True, separators=(",", ":"))


def test_fields(values: Mapping[str, tuple[str, str]]) -> list[html.Div]:
    """The inputs of a test's parameters: name → (value to begin with, example)."""
    return [
        html.Div(
            [
                dbc.Label(name, html_for=_dom_id(ids.test_value(name)), class_name="mono"),
                dbc.Input(
                    id=ids.test_value(name),
                    value=value,
                    placeholder=example,
                    autocomplete="off",
                ),
            ],
            className="mb-3",
        )
        for name, (value, example) in values.items()
    ]


def options(names: Sequence[str]) -> list[html.Option]:
    """The choices of an input that may be typed into as well."""
    return [html.Option(value=name) for name in names]


def provider_panel(
    provider: str,
    configs: Sequence[ProviderConfig],
    missing: Sequence[str],
    in_environment: Sequence[str],
    why_no_test: str,
    *,
    known: bool,
    from_environment: bool,
) -> html.Section:
    """One provider: its credentials, what is missing, and its test. why_no_test: empty where it can be tested.

    known: it is known which variables it needs. from_environment: queries take them from there, and from no secret.
    """
    if missing:
        state = number(f"{len(missing)} missing", COUNTED, "badge-status tone-warning")
    elif not known:
        # nobody can tell whether these are all that it needs
        state = html.Span("not checked", className="badge-status tone-neutral")
    else:
        state = html.Span("all set", className="badge-status tone-success")
    controls = [
        state,
        html.Button(
            [icon("bi-activity"), html.Span("Test")],
            id=ids.test_button(provider),
            type="button",
            className="btn btn-sm btn-outline-secondary",
            disabled=bool(why_no_test),
            title=why_no_test or "Ask the provider one small thing with these credentials",
            **{"aria-label": f"Test {provider}"},
        ),
    ]
    return panel(
        [
            html.Span(className="provider-dot", style={"background": find_provider_colour(provider)}),
            html.Span(provider, className="mono"),
        ],
        [
            _environment(in_environment) if in_environment else None,
            _missing_line(provider, missing, from_environment) if missing else None,
            _table(provider, configs, from_environment) if configs else None,
            html.P(why_no_test, className="provider-line text-muted-2")
            if why_no_test and not missing
            else None,
            html.Div(id=ids.result(provider), className="provider-result", role="status"),
        ],
        controls,
        className="provider",
    )


def _table(provider: str, configs: Sequence[ProviderConfig], from_environment: bool) -> html.Div:
    head = ["Variable", "Secret scope", "Key", "Added by", "Added", ""]
    return html.Div(
        dbc.Table(
            [
                html.Thead(html.Tr([html.Th(word, scope="col") for word in head])),
                html.Tbody([_row(provider, config, from_environment) for config in configs]),
            ]
        ),
        className="table-scroll",
    )


def _row(provider: str, config: ProviderConfig, unused: bool) -> html.Tr:
    mark = html.Span("not used here", className="small-chip") if unused else None
    return html.Tr(
        [
            html.Td([html.Span(config.env_var_name, className="mono"), mark]),
            html.Td(config.secret_scope, className="mono"),
            html.Td("***", className="mono", title="Keys stay hidden", **{"aria-label": "hidden key"}),
            html.Td(config.created_by or "–"),
            html.Td(relative_time(config.created_at)),
            html.Td(
                html.Button(
                    "Delete",
                    id=ids.delete_button(config.id),
                    className="btn btn-link btn-sm",
                    type="button",
                    **{"aria-label": f"Delete {config.env_var_name} of {provider}"},
                ),
                className="number",
            ),
        ]
    )


def _environment(names: Sequence[str]) -> html.P:
    return html.P(
        ["From the environment: ", *_separate_items([html.Code(name) for name in names])],
        className="provider-line",
    )


def _missing_line(provider: str, names: Sequence[str], from_environment: bool) -> html.Div:
    named = _separate_items([html.Code(name) for name in names])
    if from_environment:
        return html.Div(
            html.Span(
                ["Missing in the environment: ", *named, ". Set them in .env and start the app again."]
            ),
            className="provider-line tone-warning",
        )
    return html.Div(
        [
            html.Span(["Missing: ", *named]),
            html.Button(
                "Add",
                id=ids.missing_button(provider),
                type="button",
                className="btn btn-sm btn-link",
                **{"aria-label": f"Add what {provider} is missing"},
            ),
        ],
        className="provider-line tone-warning",
    )


def _separate_items(items: Sequence[Any]) -> list[Any]:
    return [part for item in items for part in (item, ", ")][:-1]


def environment_note(*, sample: bool, local_dev: bool, workspace: bool) -> Children:
    """What the environment means for credentials, where it is not a deployment's."""
    if sample:
        made_up = "" if workspace else " The secrets in the form are examples without a value."
        return note(
            "The sample cloud needs no credentials",
            f"Its queries run without any of these; what you add and test here only shows how it works.{made_up}",
        )
    if local_dev:
        return note(
            "Credentials come from this machine's environment",
            "STACKQL_LOCAL_DEV is set: a query gets its providers' variables from the environment. What is saved here"
            " names secrets, which count where the app is deployed, and is not used on this machine.",
        )
    if not workspace:
        return note(
            "No Databricks workspace is configured",
            "Set DATABRICKS_HOST and a way to sign in, so that the app can list and read secrets. "
            "For local development, STACKQL_LOCAL_DEV=true takes credentials from the environment instead.",
            "warning",
        )
    return None


def nothing_yet() -> html.Div:
    return empty_state(
        "bi-key",
        "No credentials yet",
        "Put a provider's keys into a Databricks secret scope, then choose here which secret fills which variable.",
        # the form as for a provider that is missing some, of a name that is still to be chosen
        dbc.Button("Add credentials", id=ids.missing_button(""), color="primary"),
    )


def test_result(ok: bool | None, title: str, message: str, details: str, provider: str) -> Children:
    """A test's words: running with Stop, or how it ended."""
    if ok is None:
        return html.Div(
            [
                dbc.Spinner(size="sm", color="primary"),
                html.Span([html.Strong(title), " ", message]),
                html.Button(
                    "Stop",
                    id=ids.stop_button(provider),
                    type="button",
                    className="btn btn-sm btn-outline-secondary",
                    **{"aria-label": f"Stop testing {provider}"},
                ),
            ],
            className="provider-running",
        )
    return note(title, message, "success" if ok else "danger", details=details)
