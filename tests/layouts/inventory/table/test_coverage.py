"""The Coverage tab."""

from __future__ import annotations

from dash import html
from fakes.components import walk, words
from fakes.overviews import AT, scope_states
from hypothesis import given

from layouts.inventory.table.coverage import coverage_tab
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
        assert message == (scope.message or "–")
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
