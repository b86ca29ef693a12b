"""The ids of the Schedules page. A constant is called as its value without `schedules_`."""

from __future__ import annotations

from typing import Any

PAGE = "schedules_page"
VIEW = "schedules_view"
ACTION = "schedules_action"
DONE = "schedules_done"
CHANGED = "schedules_changed"
LIST_VERSION = "schedules_list_version"
PANEL_VERSION = "schedules_panel_version"
SHOWN = "schedules_shown"
TICK = "schedules_tick"
SUMMARY = "schedules_summary"
SEARCH = "schedules_search"
FILTERS = "schedules_filters"
LIST = "schedules_list"
PANEL = "schedules_panel"
PANEL_TITLE = "schedules_panel_title"
PANEL_BODY = "schedules_panel_body"
SQL = "schedules_sql"
RUN_VIEW = "schedules_run_view"

DELETE = "schedules_delete"
DELETE_ID = "schedules_delete_id"
DELETE_TABLE = "schedules_delete_table"
DELETE_CHOICE = "schedules_delete_choice"
DELETE_WHAT = "schedules_delete_what"

BULK = "schedules_bulk"
BULK_DONE = "schedules_bulk_done"
BULK_ASKED = "schedules_bulk_asked"
BULK_BAR = "schedules_bulk_bar"
BULK_COUNT = "schedules_bulk_count"
BULK_PROGRESS = "schedules_bulk_progress"
BULK_CONFIRM = "schedules_bulk_confirm"
BULK_NOTIFY = "schedules_bulk_notify"
BULK_NOTIFY_TITLE = "schedules_bulk_notify_title"
BULK_NOTIFY_ASKED = "schedules_bulk_notify_asked"
BULK_NOTIFY_CHECKED = "schedules_bulk_notify_checked"
BULK_NOTIFY_SAVE = "schedules_bulk_notify_save"

FORM = "schedules_form"
FORM_TITLE = "schedules_form_title"
FORM_STATE = "schedules_form_state"
FORM_SETTLED = "schedules_form_settled"
FORM_QUERY = "schedules_form_query"
FORM_QUERY_NOTE = "schedules_form_query_note"
FORM_PARAMETERS = "schedules_form_parameters"
FORM_PARAMETER = "schedules_form_parameter"
FORM_PARAMETER_ERROR = "schedules_form_parameter_error"
FORM_COUNT = "schedules_form_count"
FORM_CRON = "schedules_form_cron"
FORM_TIMEZONE = "schedules_form_timezone"
FORM_ZONES = "schedules_form_zones"
FORM_NEXT = "schedules_form_next"
FORM_SCHEMA = "schedules_form_schema"
FORM_TABLE = "schedules_form_table"
FORM_TABLE_NOTE = "schedules_form_table_note"
FORM_ADOPT = "schedules_form_adopt"
FORM_ADOPT_BOX = "schedules_form_adopt_box"
FORM_MODE = "schedules_form_mode"
FORM_MODE_LABEL = "schedules_form_mode_label"
FORM_KEYS = "schedules_form_keys"
FORM_IGNORED = "schedules_form_ignored"
FORM_UNORDERED = "schedules_form_unordered"
FORM_ORDERED = "schedules_form_ordered"
FORM_PREVIEW = "schedules_form_preview"
FORM_PREVIEW_CANCEL = "schedules_form_preview_cancel"
FORM_PREVIEW_ID = "schedules_form_preview_id"
FORM_PREVIEW_TICK = "schedules_form_preview_tick"
FORM_PREVIEW_RESULT = "schedules_form_preview_result"
# what a preview has come to, with the id of the preview that it is said of
FORM_PREVIEW_SHOWN = "schedules_form_preview_shown"
FORM_COLUMNS = "schedules_form_columns"
FORM_EMPTY = "schedules_form_empty"
FORM_ADDS_ONLY = "schedules_form_adds_only"
FORM_RETENTION = "schedules_form_retention"
FORM_KIND = "schedules_form_kind"
FORM_OWNER = "schedules_form_owner"
FORM_DESCRIPTION = "schedules_form_description"
# the form for which the workspace's notification destinations were listed last
FORM_NOTIFY_FOR = "schedules_form_notify_for"
FORM_MESSAGE = "schedules_form_message"
FORM_PROBLEMS = "schedules_form_problems"
FORM_SAVE = "schedules_form_save"
FORM_SAVING = "schedules_form_saving"
FORM_RESET = "schedules_form_reset"

JOBS = "schedules_jobs"
JOBS_CHECK = "schedules_jobs_check"
JOBS_FOUND = "schedules_jobs_found"
JOBS_UPDATE = "schedules_jobs_update"
JOBS_VISIBLE = "schedules_jobs_visible"
JOBS_CONFIRM = "schedules_jobs_confirm"
JOBS_CHOSEN = "schedules_jobs_chosen"
JOBS_REMOVE = "schedules_jobs_remove"

NOTIFY_AGAIN = "schedules_notify_again"


def form_error(field: str) -> str:
    """The line under a control of the form that says what is wrong with it."""
    return f"schedules_form_error_{field}"


def form_parameter(name: Any) -> dict[str, Any]:
    """The field of a parameter's values."""
    return {"type": FORM_PARAMETER, "name": name}


def form_parameter_error(name: Any) -> dict[str, Any]:
    """The line under a parameter's field."""
    return {"type": FORM_PARAMETER_ERROR, "name": name}


def notify(place: str, part: str) -> str:
    """A control of the notifications, of the form or of bulk work (`form`, `bulk`)."""
    return f"schedules_{place}_notify_{part}"


def notify_error(place: str, part: str) -> str:
    """The line under it; in the form it is the one of the field `notify_<part>`."""
    return f"schedules_{place}_error_notify_{part}"


def notify_again(place: Any) -> dict[str, Any]:
    """The button that looks for the destinations again; it is there only where they could not be listed."""
    return {"type": NOTIFY_AGAIN, "place": place}


def jobs_update(number: Any) -> dict[str, Any]:
    """The button that brings the jobs up to date; there is none before the jobs were looked at."""
    return {"type": JOBS_UPDATE, "n": number}


def jobs_remove(job: Any) -> dict[str, Any]:
    """The button that removes a job."""
    return {"type": JOBS_REMOVE, "job": job}
