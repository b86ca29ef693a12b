"""Jobs that keep schedules' tables up to date: one contract, and a backend for each place the product runs in."""

from __future__ import annotations

from services.job_service.base import JobRunStatus, JobService, JobState
from services.job_service.local import LocalJobs

__all__ = ["JobRunStatus", "JobService", "JobState", "LocalJobs"]
