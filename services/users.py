"""The current user and role, and the checks that every service makes.

`app.identity` sets the user for each request and stream; a process outside the app calls `act_as`. Unset
means a viewer without a name, so that a forgotten call site is refused rather than trusted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import ParamSpec, TypeVar

from inventory_runner.errors import InventoryError, NotAllowed

P = ParamSpec("P")
T = TypeVar("T")


class Role(StrEnum):
    """A viewer sees the Inventory; an engineer does everything; who is UNKNOWN sees the Inventory until it is known."""

    VIEWER = "viewer"
    ENGINEER = "engineer"
    UNKNOWN = "unknown"


class RoleUnknown(InventoryError):
    """The user's role could not be found out just now, so that nothing can be said about their rights."""

    code = "role_unknown"
    title = "Your role could not be found out"
    default_hint = "Try again in a moment."


@dataclass(frozen=True)
class User:
    """name: the e-mail address, `local` in local development, `system` for our own processes."""

    name: str
    role: Role


NOBODY = User("", Role.VIEWER)
SYSTEM = User("system", Role.ENGINEER)

_current: ContextVar[User] = ContextVar("inventory_user", default=NOBODY)


def current_user() -> User:
    return _current.get()


def set_current_user(user: User) -> None:
    """For the request's boundary; elsewhere use `act_as`."""
    _current.set(user)


@contextmanager
def act_as(user: User) -> Iterator[None]:
    """Run a block as a user: background work, streams, processes outside the app, tests."""
    token = _current.set(user)
    try:
        yield
    finally:
        _current.reset(token)


def require_known_role() -> User:
    """The current user; raises RoleUnknown where their role could not be found out."""
    user = current_user()
    if user.role is Role.UNKNOWN:
        raise RoleUnknown("Databricks did not say whether you belong to the engineers.")
    return user


def require_person(why: str) -> User:
    """The current user, who must be somebody; raises NotAllowed, or RoleUnknown.

    why: what would come of it otherwise, after "so that": `a view would be nobody's`.
    """
    user = require_known_role()
    if not user.name:
        raise NotAllowed(f"You are not signed in, so that {why}.")
    return user


def require_engineer(action: str = "do this") -> User:
    """The current user, who must be an engineer; raises NotAllowed, or RoleUnknown where that is not known."""
    user = require_known_role()
    if user.role is not Role.ENGINEER:
        raise NotAllowed(f"Your role is viewer, and only engineers may {action}.")
    return user


def limit_to_engineers(function: Callable[P, T]) -> Callable[P, T]:
    """Refuse everyone but engineers."""

    @functools.wraps(function)
    def call_checked(*args: P.args, **kwargs: P.kwargs) -> T:
        require_engineer(function.__name__.replace("_", " "))
        return function(*args, **kwargs)

    return call_checked
