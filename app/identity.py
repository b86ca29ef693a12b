"""The user and role behind a request.

`X-Forwarded-Email` is believed only inside Databricks Apps, whose proxy sets it; elsewhere the user is `local`.
Engineers are the members of the workspace group that ENGINEER_GROUP names; without it, everyone is one.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import flask

from app.settings import Settings
from inventory_runner.errors import InventoryError
from inventory_runner.platform.workspace import Workspace, WorkspaceUnreachable, translate_error
from services.models import routes
from services.users import NOBODY, Role, User, set_current_user

log = logging.getLogger(__name__)

EMAIL = re.compile(r"[^\s\"'\\@]{1,200}@[^\s\"'\\@]{1,200}")
KEEP_SECONDS = 300.0
# after a failed look-up nobody waits for another one at once
RETRY_SECONDS = 10.0
# while the workspace does not say, what it said last holds for so long: whoever left the group keeps their role as well
LAST_KNOWN_SECONDS = 1800.0
# a page waits for it
LOOK_UP_SECONDS = 4.0
MAX_REMEMBERED = 5_000
# what shows nothing of anyone: no look-up is spent on it
OPEN_PATHS = (
    "/assets/",
    "/_dash-component-suites/",
    "/bootstrap/",
    routes.HEALTH,
    routes.READY,
    "/_favicon.ico",
)


@dataclass(frozen=True)
class _Answer:
    """member: None where it could not be found out. ask_after, learned_at: seconds of the monotonic clock."""

    member: bool | None
    ask_after: float
    learned_at: float


class GroupMembers:
    """Who is in one workspace group: asked of the workspace, remembered for minutes."""

    def __init__(self, group: str, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        self.group = group
        self._settings = settings
        self._workspace = Workspace(settings)
        self._now = now
        self._known: dict[str, _Answer] = {}
        self._asking: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def contains(self, email: str, token: str = "") -> bool | None:
        """Whether the user is a member; None where that cannot be found out and nothing recent is known.

        token: the user's own, or nothing.
        """
        with self._lock:
            asking = self._asking.setdefault(email, threading.Lock())
        # a page's many first requests wait for one look-up
        with asking:
            known = self._known.get(email)
            if known is not None and self._now() < known.ask_after:
                return known.member
            try:
                member = self._look_up(email, token)
                learned_at = self._now()
                answer = _Answer(member, learned_at + KEEP_SECONDS, learned_at)
            except InventoryError as error:
                answer = self._fall_back(known)
                log.warning(
                    "membership of %s in %s could not be found out; taken for now: %s (%s)",
                    email,
                    self.group,
                    "unknown" if answer.member is None else answer.member,
                    error,
                )
            with self._lock:
                if len(self._known) >= MAX_REMEMBERED:
                    self._known.clear()
                    self._asking.clear()
                self._known[email] = answer
            return answer.member

    def _fall_back(self, known: _Answer | None) -> _Answer:
        """What was learned last, where that is not too long ago; asked again soon."""
        now = self._now()
        if known is None or now - known.learned_at > LAST_KNOWN_SECONDS:
            return _Answer(None, now + RETRY_SECONDS, now)
        return _Answer(known.member, now + RETRY_SECONDS, known.learned_at)

    def _look_up(self, email: str, token: str) -> bool:
        doing = f"looking up the groups of {email}"
        if token:
            try:
                me = Workspace(self._settings, token=token).call(
                    lambda client: client.current_user.me(), doing, seconds=LOOK_UP_SECONDS
                )
                if (me.user_name or "").lower() == email:
                    return self._is_named_in(me.groups)
            except WorkspaceUnreachable:
                raise
            except Exception as error:  # noqa: BLE001 - the app may still ask by itself
                log.info("the user's own token gave no groups (%s)", type(error).__name__)
        try:
            found = self._workspace.call(
                lambda client: list(
                    client.users.list(filter=f'userName eq "{email}"', attributes="userName,groups")
                ),
                doing,
                seconds=LOOK_UP_SECONDS,
            )
        except Exception as error:
            raise translate_error(error, doing) from error
        return any(
            self._is_named_in(user.groups) for user in found if (user.user_name or "").lower() == email
        )

    def _is_named_in(self, groups: object) -> bool:
        return any(group.display == self.group for group in groups or ())  # type: ignore[attr-defined]


def find_request_user(settings: Settings, members: GroupMembers | None) -> User:
    """The user who sent the current Flask request."""
    if not settings.in_databricks_app:
        return User("local", Role.ENGINEER)
    headers = flask.request.headers
    email = headers.get("X-Forwarded-Email", "").strip().lower()
    if not EMAIL.fullmatch(email):
        return NOBODY
    member = members is None or members.contains(email, headers.get("X-Forwarded-Access-Token", ""))
    return User(email, Role.UNKNOWN if member is None else Role.ENGINEER if member else Role.VIEWER)


def install(server: flask.Flask, settings: Settings, members: GroupMembers | None = None) -> None:
    """Set the current user before every request. members: of ENGINEER_GROUP, unless a test brings its own."""
    if members is None and settings.engineer_group and settings.in_databricks_app:
        members = GroupMembers(settings.engineer_group, settings)

    @server.before_request
    def _identify() -> None:
        # always set: a thread's context still has the user of its last request
        set_current_user(NOBODY)
        if not flask.request.path.startswith(OPEN_PATHS):
            set_current_user(find_request_user(settings, members))
