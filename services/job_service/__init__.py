"""Jobs that keep schedules' tables up to date: one contract, and a backend for each place the product runs in."""

from __future__ import annotations

import os
from collections.abc import Mapping

import sqlalchemy as sa

from inventory_runner.platform import database as databases
from services.job_service.base import JobRunStatus, JobService, JobState
from services.job_service.databricks import DatabricksJobs
from services.job_service.local import LocalJobs

__all__ = ["DatabricksJobs", "JobRunStatus", "JobService", "JobState", "LocalJobs", "create"]


def create(database: sa.Engine, environ: Mapping[str, str] = os.environ) -> JobService:
    """Databricks Jobs inside Databricks Apps, and wherever a template job is named; else local processes."""
    if environ.get("DATABRICKS_APP_NAME") or environ.get("JOB_TEMPLATE_ID"):
        return DatabricksJobs(database, lambda: databases.target(environ), environ)
    return LocalJobs(database, environ)
