"""One way to the Databricks workspace: calls that end within seconds, and failures told apart in words.

The SDK's own limits are not enough: a sign-in has no timeout, and a throttled call sleeps for as long as the
platform asks. So each call runs on a thread of its own that is given up after `CALL_SECONDS`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from inventory_runner.errors import ConfigurationError, InventoryError
from inventory_runner.settings import Settings

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

log = logging.getLogger(__name__)
T = TypeVar("T")

HTTP_SECONDS = 4.0
RETRY_SECONDS = 5
CALL_SECONDS = 8.0
# calls that never came back; more than this many means that the workspace hangs, and no further thread is spent
MAX_HANGING = 12
# after a call without an answer the next ones fail at once for this long, so that a page with many asks waits once
PAUSE_SECONDS = 10.0
PRODUCT = "stackql-cloud-inventory"


def complete_address(host: str) -> str:
    """A workspace's address, which may be configured without its `https://`: without a slash at the end, or nothing."""
    host = host.rstrip("/")
    return host if not host or "://" in host else f"https://{host}"


class WorkspaceError(InventoryError):
    """The workspace refused a call, or it failed there; `details` has the platform's own words."""

    code = "workspace_error"
    title = "Databricks refused the request"


class WorkspaceUnreachable(WorkspaceError):
    """No answer from the workspace within seconds."""

    code = "workspace_unreachable"
    title = "The Databricks workspace does not answer"
    default_hint = "Check DATABRICKS_HOST and the network, and try again."


class WorkspaceDenied(WorkspaceError):
    """The identity that the app or the job runs as may not do it, or could not sign in."""

    code = "workspace_denied"
    title = "Databricks denied access"


class Workspace:
    """A client that is made with the first call and kept. token: act as the user it belongs to."""

    def __init__(self, settings: Settings, *, token: str = "") -> None:
        self._settings = settings
        self._token = token
        self._client: WorkspaceClient | None = None
        self._lock = threading.Lock()
        self._count = threading.Lock()
        self._hanging = 0
        self._silent_until = 0.0

    @property
    def configured(self) -> bool:
        """False where no workspace is named: local development without one."""
        known = self._settings
        return bool(
            known.databricks_host or known.databricks_config_profile or known.databricks_runtime_version
        )

    @property
    def host(self) -> str:
        """`https://…` without a slash at the end, or nothing."""
        return complete_address(self._settings.databricks_host)

    def call(self, work: Callable[[WorkspaceClient], T], doing: str, *, seconds: float = CALL_SECONDS) -> T:
        """What `work` returns, given a client, within `seconds`.

        doing: what is done, as it ends "… while": "listing the secret scopes". Raises ConfigurationError,
        WorkspaceUnreachable, WorkspaceDenied where it could not sign in; the SDK's DatabricksError as it is.
        """
        if not self.configured:
            raise ConfigurationError(
                "No Databricks workspace is configured.",
                hint="Set DATABRICKS_HOST and a way to sign in, DATABRICKS_TOKEN for one.",
            )
        if self._hanging >= MAX_HANGING:
            raise WorkspaceUnreachable(f"Earlier calls are still waiting, so {doing} was not tried.")
        if time.monotonic() < self._silent_until:
            raise WorkspaceUnreachable(f"It did not answer a moment ago, so {doing} was not tried.")
        # before the seconds count: from a cold disk, or on a busy machine, loading it takes as long as a slow answer
        import databricks.sdk  # noqa: F401

        outcome: list[Any] = []
        done = threading.Event()

        def run() -> None:
            try:
                outcome.append((True, work(self._make_client())))
            except BaseException as error:  # noqa: BLE001 - carried to the caller
                outcome.append((False, error))
            finally:
                done.set()

        with self._count:
            self._hanging += 1
        thread = threading.Thread(target=self._count_when_done(run), name="workspace-call", daemon=True)
        thread.start()
        if not done.wait(seconds):
            self._silent_until = time.monotonic() + PAUSE_SECONDS
            log.warning("the workspace did not answer within %.0f s while %s", seconds, doing)
            raise WorkspaceUnreachable(f"It did not answer within {seconds:.0f} seconds while {doing}.")
        succeeded, value = outcome[0]
        if succeeded:
            return value  # type: ignore[no-any-return]
        failure = _translate_connection_error(value, doing)
        if isinstance(failure, WorkspaceUnreachable):
            self._silent_until = time.monotonic() + PAUSE_SECONDS
        raise failure from value

    def _count_when_done(self, run: Callable[[], None]) -> Callable[[], None]:
        def run_and_count() -> None:
            try:
                run()
            finally:
                with self._count:
                    self._hanging -= 1

        return run_and_count

    def _make_client(self) -> WorkspaceClient:
        with self._lock:
            if self._client is None:
                from databricks.sdk import WorkspaceClient
                from databricks.sdk.core import Config

                # a user's token beside the app's own credentials is ambiguous to the SDK unless told which to use
                mine: dict[str, Any] = (
                    {"token": self._token, "auth_type": "pat", "host": self.host} if self._token else {}
                )
                config = Config(
                    http_timeout_seconds=HTTP_SECONDS,
                    retry_timeout_seconds=RETRY_SECONDS,
                    clock=_make_impatient_clock(),
                    product=PRODUCT,
                    **mine,
                )
                self._client = WorkspaceClient(config=config)
            return self._client


def _make_impatient_clock() -> Any:
    """The SDK's clock, which gives up instead of sleeping longer than a call may last."""
    from databricks.sdk.clock import Clock

    class Impatient(Clock):
        def time(self) -> float:
            return time.time()

        def sleep(self, seconds: float) -> None:
            if seconds > RETRY_SECONDS:
                raise TimeoutError(f"The platform asks to wait {seconds:.0f} s.")
            time.sleep(seconds)

    return Impatient()


def _translate_connection_error(error: BaseException, doing: str) -> BaseException:
    """Connection and sign-in failures as our errors; everything else as it is."""
    import requests
    from databricks.sdk.errors import Unauthenticated
    from databricks.sdk.errors.base import DatabricksError

    if isinstance(error, Unauthenticated):
        return WorkspaceDenied(
            f"It did not accept the credentials while {doing}.",
            hint="Check DATABRICKS_TOKEN, or the app's service principal.",
            details=strip_remarks(error),
        )
    if isinstance(error, TimeoutError) and isinstance(error.__cause__, DatabricksError):
        return WorkspaceUnreachable(
            f"It is throttling or unavailable, so {doing} was given up.",
            details=strip_remarks(error.__cause__),
        )
    if isinstance(error, DatabricksError | InventoryError):
        return error
    if isinstance(error, TimeoutError | requests.RequestException | ConnectionError):
        return WorkspaceUnreachable(
            f"No connection could be made while {doing}.", details=type(error).__name__
        )
    if isinstance(error, ValueError):
        reason = _find_network_error(error)
        if isinstance(reason, requests.exceptions.MissingSchema):
            # the SDK goes on with no address where the workspace did not tell its own
            return WorkspaceUnreachable(
                f"It did not say where to sign in while {doing}.",
                hint="It may be away for a moment: try again. If it stays so, check DATABRICKS_HOST and the network.",
            )
        if reason is not None:
            return WorkspaceUnreachable(
                f"No connection could be made while {doing}.", details=type(reason).__name__
            )
        # the SDK's configuration: nothing to sign in with, or a sign-in that failed
        return WorkspaceDenied(
            f"Signing in failed while {doing}.",
            hint="Check DATABRICKS_HOST and the credentials for it.",
            details=strip_remarks(error),
        )
    return error


def _find_network_error(error: BaseException) -> BaseException | None:
    """The network's own error among what led to this one, if any."""
    import requests

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, requests.RequestException | TimeoutError | ConnectionError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def strip_remarks(error: BaseException) -> str:
    """The platform's message without the SDK's remarks on its own configuration."""
    words, remarks, _ = str(error).partition(". Config:")
    return f"{words}." if remarks else words.strip()


def translate_error(error: Exception, doing: str) -> InventoryError:
    """Any failure of a call as an error for people; what is ours already stays."""
    from databricks.sdk.errors import PermissionDenied
    from databricks.sdk.errors.base import DatabricksError

    if isinstance(error, InventoryError):
        return error
    if isinstance(error, PermissionDenied):
        return WorkspaceDenied(
            f"The app's service principal may not do this: {doing}.",
            hint="Grant it the permission, then try again.",
            details=strip_remarks(error),
        )
    if isinstance(error, DatabricksError):
        code = f" ({error.error_code})" if error.error_code else ""
        return WorkspaceError(f"{doing[:1].upper()}{doing[1:]} failed{code}.", details=strip_remarks(error))
    raise error
