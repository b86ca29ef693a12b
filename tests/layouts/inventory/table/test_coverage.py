"""The Coverage tab."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from dash import dcc, html
from fakes.components import walk, words
from fakes.overviews import AT, scope_states
from hypothesis import given

from layouts.inventory.table.coverage import coverage_tab
from services.models.core import Scope
from services.models.inventory import ScopeState
from services.models.wording import describe_scope_status


@given(scope_states())
def test_the_scopes_are_listed_and_counted(scopes: list[ScopeState]) -> None:
    drawn = coverage_tab(scopes, AT)
    assert ("is recorded with its scopes" in words(coverage_tab(scopes, AT, at=AT))) == (not scopes)
    said = words(drawn)
    if not scopes:
        # not "every scope was read"
        assert "Nothing was read yet" in said and "every" not in said.lower()
        return
    (body,) = [one for one in walk(drawn) if isinstance(one, html.Tbody)]
    rows = body.children
    assert len(rows) == len(scopes)
    for row, scope in zip(rows, scopes, strict=True):
        label, status, count, _, ok_at, message = map(words, row.children)
        assert (label, status, count) == (
            scope.scope.label,
            describe_scope_status(scope.status),
            f"{scope.rows:,}",
        )
        assert message.startswith(scope.message or "–")
        # what was never read whole has no time
        assert (ok_at == "never") == (scope.ok_at is None)
    ok = sum(1 for scope in scopes if scope.status == "ok")
    assert f"{ok} of {len(scopes)} scopes" in said
    assert ("Every scope was read whole" in said) == (ok == len(scopes))
    additive = sum(1 for scope in scopes if scope.status == "additive")
    bad = len(scopes) - ok - additive
    assert (f"{bad} of {len(scopes)} scopes could not be read whole" in said) == (bad > 0)
    assert (f"Adds and changes only in {additive} of {len(scopes)} scopes" in said) == (additive > 0)
    # green is only what is known to be whole
    doubted = [scope for scope in scopes if scope.status == "ok" and not scope.rows and scope.message]
    green = [one for one in walk(drawn) if getattr(one, "color", None) == "success"]
    assert bool(green) == (ok == len(scopes) and not doubted)


def test_what_the_next_run_meets_again_can_be_taken_out() -> None:
    def links(*, schedule_id: int | None, scopes: list[ScopeState]) -> list[str]:
        drawn = coverage_tab(scopes, AT, schedule_id=schedule_id)
        return [
            one.href
            for one in walk(drawn)
            if isinstance(one, dcc.Link) and "out of the schedule" in words(one)
        ]

    refused = ScopeState(
        Scope({"region": "sa-east-1"}), "denied", 0, "AWS refuses it.", AT, None, "<Code>403</Code>"
    )
    read = ScopeState(Scope({"region": "us-east-1"}), "ok", 3, "", AT, AT)
    slow = ScopeState(Scope({"region": "eu-west-1"}), "throttled", 0, "AWS asked for fewer.", AT)
    (href,) = links(schedule_id=7, scopes=[refused, read, slow])
    query = dict(parse_qsl(urlsplit(href).query))
    assert (query["edit"], Scope.from_key(query["without"])) == ("7", refused.scope)
    # who may not edit it is offered nothing, and the last scope cannot go
    assert links(schedule_id=None, scopes=[refused, read]) == links(schedule_id=7, scopes=[refused]) == []
    # the provider's words are there, folded
    drawn = coverage_tab([refused, read], AT)
    (folded,) = [one for one in walk(drawn) if isinstance(one, html.Details)]
    assert "<Code>403</Code>" in words(folded)
