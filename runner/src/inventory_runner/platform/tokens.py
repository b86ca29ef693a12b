"""Passwords for Lakebase: short-lived tokens, asked for when a connection is made.

The one cache of a secret in the product: a token per endpoint and process, for less than its hour, behind a lock so
that a pool filling up asks once. It is never written anywhere.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from inventory_runner.errors import DatabaseUnavailable, InventoryError
from inventory_runner.platform.workspace import Workspace, translate_error

log = logging.getLogger(__name__)

# a token is good for at most an hour; a connection attempt must not meet its end
KEEP_SECONDS = 50 * 60
MARGIN_SECONDS = 5 * 60


class TokenSource:
    """Called for a password; keeps a token for about 50 minutes.

    endpoint: `projects/…/branches/…/endpoints/…` of an autoscaling project, else the name of a database instance.
    """

    def __init__(self, endpoint: str, workspace: Workspace, now: Callable[[], float] = time.time) -> None:
        self.endpoint = endpoint
        self._workspace = workspace
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._ends_at = 0.0

    def __call__(self) -> str:
        """A token that is good for minutes at least; raises DatabaseUnavailable."""
        with self._lock:
            if self._now() >= self._renew_at:
                self._renew()
            return self._token

    def forget(self, token: str) -> None:
        """Drop a token that the server refused, unless a newer one is kept by now."""
        with self._lock:
            if token == self._token:
                self._renew_at = self._ends_at = 0.0

    def _renew(self) -> None:
        try:
            self._token, ends_at = self._ask()
        except InventoryError as error:
            if self._now() < self._ends_at - MARGIN_SECONDS / 5:
                log.warning("no new database token (%s); the current one is used for now", error.message)
                self._renew_at = self._now() + 30
                return
            raise DatabaseUnavailable(
                f"No token for {self.endpoint} could be had. {error.message}",
                hint=error.hint or "Check that the app's service principal may use the database.",
                details=error.details,
            ) from error
        self._ends_at = ends_at
        self._renew_at = min(self._now() + KEEP_SECONDS, ends_at - MARGIN_SECONDS)

    def _ask(self) -> tuple[str, float]:
        doing = f"asking for a database token for {self.endpoint}"
        project = "/" in self.endpoint
        try:
            if project:
                made = self._workspace.call(
                    lambda client: client.postgres.generate_database_credential(endpoint=self.endpoint), doing
                )
                token, ends = made.token, made.expire_time.ToDatetime(UTC) if made.expire_time else None
            else:
                older = self._workspace.call(
                    lambda client: client.database.generate_database_credential(
                        instance_names=[self.endpoint], request_id=str(uuid.uuid4())
                    ),
                    doing,
                )
                token = older.token
                ends = datetime.fromisoformat(older.expiration_time) if older.expiration_time else None
        except Exception as error:
            raise translate_error(error, doing) from error
        if not token:
            raise DatabaseUnavailable(f"Databricks answered without a token for {self.endpoint}.")
        return token, ends.timestamp() if ends else self._now() + 3600
