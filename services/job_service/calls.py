"""Calls to Databricks Jobs: what every one of them shares, and their refusals in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from inventory_runner.errors import NotFound
from inventory_runner.platform.workspace import Workspace, WorkspaceError, strip_remarks, translate_error

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

T = TypeVar("T")


class JobRefused(WorkspaceError):
    """Databricks refused or failed to change a job; the message has its own words: a permission, a quota."""

    code = "job_refused"
    title = "Databricks refused the job"


class JobMissing(NotFound):
    """The schedule's job is no longer in the workspace."""

    code = "job_missing"
    title = "The schedule's job is gone"

    def __init__(self, job_id: str) -> None:
        super().__init__(
            f"Databricks has no job {job_id} any more.",
            hint="Save the schedule again, which makes a new job.",
        )


class JobCalls:
    """Asks the workspace, and says its refusals in words."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def call(
        self,
        work: Callable[[WorkspaceClient], T],
        doing: str,
        *,
        job_id: str = "",
        seconds: float | None = None,
    ) -> T:
        """What the work returns. doing: for words, such as "reading a run"; job_id: the job that may be missing.

        Raises JobMissing, JobRefused, WorkspaceError. A refusal does not tell a job that is gone from one that may not
        be touched, so such a job is looked for before the refusal is believed.
        """
        from databricks.sdk.errors import NotFound as Missing
        from databricks.sdk.errors.base import DatabricksError

        try:
            if seconds is None:
                return self.workspace.call(work, doing)
            return self.workspace.call(work, doing, seconds=seconds)
        except DatabricksError as error:
            if job_id and (isinstance(error, Missing) or self._is_gone(job_id)):
                raise JobMissing(job_id) from None
            raise make_refusal(error, doing) from error
        except Exception as error:
            raise translate_error(error, doing) from error

    def _is_gone(self, job_id: str) -> bool:
        from databricks.sdk.errors import NotFound as Missing

        try:
            self.workspace.call(lambda client: client.jobs.get(parse_job_id(job_id)), "looking for the job")
        except Missing:
            return True
        except Exception:  # noqa: BLE001 - it cannot be told: the refusal stands
            return False
        return False


def make_refusal(error: Exception, doing: str) -> JobRefused:
    """The platform's refusal with its own words, and what to do about the common ones."""
    from databricks.sdk.errors import PermissionDenied

    words, code = strip_remarks(error), getattr(error, "error_code", "") or ""
    hint = ""
    if isinstance(error, PermissionDenied):
        hint = "Grant the app's service principal the permission that Databricks names."
    elif "QUOTA" in code or "LIMIT" in code:
        hint = "Remove jobs that are no longer needed, or ask for a higher quota."
    elif code == "INVALID_PARAMETER_VALUE":
        hint = "Check the template job's settings."
    return JobRefused(
        f"{_finish_sentence(doing)} failed: {words}", hint=hint, details=f"{code}: {words}" if code else ""
    )


def _finish_sentence(doing: str) -> str:
    return f"{doing[:1].upper()}{doing[1:]}"


def parse_job_id(job_id: str) -> int:
    if not (job_id.isascii() and job_id.isdigit()):
        raise NotFound(
            f"{job_id[:60]!r} is not a Databricks job.",
            hint="It was made by another backend: edit and save the schedule, so that it gets a job here.",
        )
    return int(job_id)


def convert_time(milliseconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
