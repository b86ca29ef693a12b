"""Jobs that keep schedules' tables up to date: one contract, and a backend for each place the product runs in."""

from __future__ import annotations

import sqlalchemy as sa

from services.job_service.base import JobRunStatus, JobService, JobState
from services.job_service.databricks import DatabricksJobs
from services.job_service.local import LocalJobs
from services.sample_history import SampleHistory
from services.settings import Settings

__all__ = ["DatabricksJobs", "JobRunStatus", "JobService", "JobState", "LocalJobs", "create"]


def create(database: sa.Engine, settings: Settings, history: SampleHistory | None = None) -> JobService:
    """Databricks Jobs inside Databricks Apps, and wherever a template job is named; else local processes."""
    if settings.databricks_app_name or settings.job_template_id:
        return DatabricksJobs(database, settings)
    return LocalJobs(database, history=history)
