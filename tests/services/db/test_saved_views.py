"""Saved views: whose they are, who may delete them, what a person begins with."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, NotAllowed, NotFound
from services.db import DatabaseService, saved_views
from services.users import NOBODY, Role, RoleUnknown, User, act_as

ANNA, VERA, EVA = (
    User("anna@example.com", Role.ENGINEER),
    User("vera@example.com", Role.VIEWER),
    User("eva@example.com", Role.VIEWER),
)


def test_views_are_everybodys_and_a_default_is_ones_own(engine: sa.Engine) -> None:
    views = DatabaseService(engine).saved_views
    with act_as(VERA):
        own = views.save_view("  My   team ", "owner:payments")
        views.set_default(own)
        assert [(view.name, view.text, view.is_default, view.deletable) for view in views.list_views()] == [
            ("My team", "owner:payments", True, True)
        ]
    with act_as(EVA):
        (seen,) = views.list_views()
        assert (seen.is_default, seen.deletable) == (False, False) and views.read_default() is None
        with pytest.raises(InvalidInput, match="already"):
            views.save_view("MY TEAM", "owner:data")
        with pytest.raises(NotAllowed):
            views.delete_view(own)
    with act_as(ANNA):
        views.delete_view(own)
        with pytest.raises(NotFound):
            views.delete_view(own)
        with pytest.raises(NotFound):
            views.set_default(own)
    with act_as(VERA):
        # who began with it begins with all resources
        assert views.read_default() is None


def test_what_cannot_be_kept_is_refused(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    views = DatabaseService(engine).saved_views
    with act_as(NOBODY), pytest.raises(NotAllowed):
        views.save_view("x", "")
    with act_as(User("who@example.com", Role.UNKNOWN)), pytest.raises(RoleUnknown):
        views.save_view("x", "")
    monkeypatch.setattr(saved_views, "MOST_PER_PERSON", 1)
    with act_as(VERA):
        for name, text in (("", ""), ("n" * 81, ""), ("x", "y" * 1001), ("x\0", ""), ("x", "\0")):
            with pytest.raises(InvalidInput):
                views.save_view(name, text)
        views.save_view('" OR 1=1; --', 'tag:"\'"=1')
        with pytest.raises(InvalidInput, match="1 views at most"):
            views.save_view("another", "")
