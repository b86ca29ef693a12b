"""Who owns what: the rules and what each gives, the owners, and the accounts whose resources have none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.charts import find_provider_colour
from layouts.components.feedback import empty_state, note, relative_time
from layouts.components.figures import Figure, cover, covered_panel, figures, number
from layouts.components.lists import cell, head_cell, rows_under
from layouts.components.page import hidden_label, icon, panel
from layouts.inventory import addresses, ids
from services.models.coverage import Moments, Reading
from services.models.owners import OwnerCounts, OwnerRule, OwnerRules, Ownership, RuleSource
from services.models.wording import describe_owner_rule, format_count, format_percent

# Bootstrap's select cannot hold ""
EVERY_PROVIDER = "*"
LONGEST_FIELD = 200
OWNERS_SHOWN = 24
FIELDS = ("provider", "source", "tag", "value", "owner")
HEADS = ("", "Provider", "Looks at", "Tag", "Is", "Owner", "Resources", "")
EXPLAINED = (
    "A resource's owner is what the first rule that fits it gives: a person or a team. Runs write it with the resource;"
    " a change of the rules is applied to what is there."
)


def owners_panels() -> list[Any]:
    """The places that callbacks fill."""
    return [
        html.Div(id=ids.OWNERS_SUMMARY),
        panel(
            "Rules",
            [
                html.P(EXPLAINED, className="text-muted-2"),
                html.Div(id=ids.OWNERS_RULES),
                html.Div(id=ids.OWNERS_RESULT, role="status"),
            ],
            html.Span(id=ids.OWNERS_SAVED),
            "owners-panel",
        ),
        html.Div(id=ids.OWNERS_LISTS, className="owners-lists"),
        dcc.Store(id=ids.OWNERS_STORE, data={}),
        # the rules' version that the fields began from
        dcc.Store(id=ids.OWNERS_VERSION),
    ]


def summary(found: Ownership, reading: Reading) -> list[Any]:
    """How many resources have an owner, and how many have none that is known."""
    known = found.total - found.unknown
    sure = isinstance(reading.as_of, Moments)
    return [
        note(
            f"{format_count(found.behind, 'table')} still follow older rules"
            if found.behind > 1
            else "One table still follows older rules",
            "Their owners are being worked out; open the page again to see them.",
        )
        if found.behind
        else None,
        figures(
            [
                Figure("Resources", found.total if sure else None, reading=reading),
                Figure(
                    "With an owner",
                    known if sure else None,
                    reading=reading,
                    trend=f"{format_percent(known, found.total)} of all" if found.total else None,
                ),
                Figure(
                    "Owner not known",
                    found.unknown if sure else None,
                    reading=reading,
                    trend="listed by account below" if found.unknown else None,
                    link=addresses.resources(owner="") if found.unknown else None,
                    tone="warning" if found.unknown else "",
                ),
                Figure("Owners", found.owner_count if sure else None, reading=reading),
            ]
        ),
    ]


def lists(found: Ownership, reading: Reading, editable: bool) -> list[Any]:
    """The owners, and the work list: the accounts by how many of their resources have no owner."""
    return [_owners(found, reading), _work_list(found, reading, editable)]


def _owners(found: Ownership, reading: Reading) -> Any:
    shown = found.owners[:OWNERS_SHOWN]
    more = found.owner_count - len(shown)
    body = [
        dcc.Link(
            [
                icon("bi-person" if "@" in one.owner else "bi-people"),
                html.Span(one.owner, className="given"),
                html.Span(f"{one.rows:,}", className="value-name"),
            ],
            href=addresses.resources(owner=one.owner),
            className="pill",
        )
        for one in shown
    ]
    if not body:
        return panel("Owners", empty_state("bi-people", "No owner is known", "Add a rule, or tag resources."))
    rest = f"and {more:,} more, with fewer resources" if more > 0 else None
    return covered_panel("Owners", html.Div(body, className="pills"), reading, note=rest)


def _work_list(found: Ownership, reading: Reading, editable: bool) -> Any:
    rows = [
        html.Tr(
            [
                html.Th(
                    html.Span(one.account, className="given mono")
                    if one.account
                    else html.Span("not known", className="null-value"),
                    scope="row",
                ),
                cell(
                    "Provider",
                    [
                        html.Span(
                            className="provider-dot", style={"background": find_provider_colour(one.provider)}
                        ),
                        one.provider or "–",
                    ],
                ),
                cell(
                    "Not known",
                    dcc.Link(
                        number(one.unknown, reading),
                        href=addresses.resources(provider=one.provider, account=one.account, owner=""),
                    ),
                    "number",
                ),
                cell("Resources", number(one.rows, reading), "number"),
                cell("Share", number(format_percent(one.unknown, one.rows), reading), "number"),
                cell(
                    "",
                    dbc.Button(
                        "Add a rule",
                        id=ids.owner_account(one.provider, one.account),
                        size="sm",
                        color="outline-secondary",
                        className="in-row",
                        n_clicks=0,
                    )
                    if editable and one.account
                    else None,
                ),
            ]
        )
        for one in found.accounts
        if one.unknown
    ]
    if not rows:
        words = "Every resource has an owner." if found.total else "There are no resources yet."
        return panel("Owner not known", empty_state("bi-check2-circle", "Nothing to do", words))
    heads = [
        head_cell("Account"),
        head_cell("Provider"),
        head_cell("Not known", "number"),
        head_cell("Resources", "number"),
        head_cell("Share", "number"),
        head_cell(html.Span("Rule", className="visually-hidden")),
    ]
    return covered_panel(
        "Owner not known, by account",
        rows_under("Accounts", heads, rows, "owners-table"),
        reading,
        note=f"the first {len(rows):,} accounts" if found.account_count > len(found.accounts) else None,
    )


def saved_words(rules: OwnerRules) -> Any:
    """Who saved them, and when."""
    if rules.saved_at is None:
        return "as they come with the product"
    return [f"saved by {rules.saved_by or 'an unknown person'} ", relative_time(rules.saved_at)]


def rule_list(rules: Sequence[OwnerRule], counts: OwnerCounts | None, reading: Reading) -> Any:
    """The rules as viewers see them."""
    return html.Ol(
        [
            html.Li([describe_owner_rule(rule), " ", _count(counts, place, reading)])
            for place, rule in enumerate(rules, 1)
        ],
        className="owners-rules",
    )


def rule_editor(
    rules: Sequence[OwnerRule], counts: OwnerCounts | None, reading: Reading, providers: Sequence[str]
) -> Any:
    """The rules as engineers change them. counts: what each gives, where that was counted for these rules."""
    return [
        rows_under(
            "Owner rules",
            [head_cell(words, "number" if words == "Resources" else "") for words in HEADS],
            [_rule_row(place, rule, counts, reading, providers) for place, rule in enumerate(rules, 1)],
            "owner-rules",
        )
        if rules
        else empty_state("bi-people", "No rules", "Without a rule no resource has an owner."),
        html.Div(
            [
                dbc.Button(
                    [icon("bi-plus-lg"), html.Span("Add a rule")],
                    id=ids.OWNERS_ADD,
                    color="outline-secondary",
                    size="sm",
                    n_clicks=0,
                ),
                dbc.Button(
                    "Preview", id=ids.OWNERS_PREVIEW, color="outline-secondary", size="sm", n_clicks=0
                ),
                dbc.Button("Save", id=ids.OWNERS_SAVE, color="primary", size="sm", n_clicks=0),
                cover(
                    f"No rule fits {format_count(counts.unknown, 'resource')}." if counts else "",
                    reading,
                    "text-muted-2",
                ),
            ],
            className="owners-actions",
        ),
    ]


def _rule_row(
    place: int, rule: OwnerRule, counts: OwnerCounts | None, reading: Reading, providers: Sequence[str]
) -> html.Tr:
    of_tag = rule.source is RuleSource.TAG
    named = sorted({*providers, *([rule.provider] if rule.provider else [])})
    return html.Tr(
        [
            html.Th(f"{place}", scope="row", className="given"),
            cell(
                "Provider",
                _select(
                    place,
                    "provider",
                    {EVERY_PROVIDER: "Every provider", **{name: name for name in named}},
                    rule.provider or EVERY_PROVIDER,
                ),
            ),
            cell(
                "Looks at",
                _select(place, "source", {"tag": "a tag", "account": "the account"}, rule.source.value),
            ),
            cell("Tag", _field(place, "tag", rule.tag, "team"), "owner-tag"),
            cell("Is", _field(place, "value", rule.value, "any value" if of_tag else "1234* (* for any)")),
            cell("Owner", _field(place, "owner", rule.owner, "the tag's value" if of_tag else "a team")),
            cell("Resources", _count(counts, place, reading), "number"),
            cell(
                "",
                html.Span(
                    [
                        _act(place, "up", "bi-arrow-up", f"Move rule {place} up"),
                        _act(place, "down", "bi-arrow-down", f"Move rule {place} down"),
                        _act(place, "remove", "bi-x-lg", f"Remove rule {place}"),
                    ],
                    className="owners-acts",
                ),
            ),
        ]
    )


def _count(counts: OwnerCounts | None, place: int, reading: Reading) -> Any:
    if counts is None or place >= len(counts.rows):
        return html.Span("–", className="text-muted-2", title="Not counted for these rules: press Preview")
    return number(counts.rows[place], reading, hint="resources that this rule gives an owner")


def _select(place: int, field: str, options: Mapping[str, str], value: str) -> Any:
    return hidden_label(
        f"{field.capitalize()} of rule {place}",
        dbc.Select(
            id=ids.owner_field(field, place),
            options=[{"label": words, "value": key} for key, words in options.items()],
            value=value,
            size="sm",
        ),
    )


def _field(place: int, field: str, value: str, placeholder: str) -> Any:
    return hidden_label(
        f"{field.capitalize()} of rule {place}",
        dbc.Input(
            id=ids.owner_field(field, place),
            value=value,
            placeholder=placeholder,
            maxlength=LONGEST_FIELD,
            autocomplete="off",
            size="sm",
        ),
    )


def _act(place: int, act: str, symbol: str, words: str) -> html.Button:
    return html.Button(
        icon(symbol, words), id=ids.owner_act(act, place), type="button", className="icon-button", n_clicks=0
    )
