"""The ids of the IDE. A constant is called as its value without `ide_`."""

from __future__ import annotations

from typing import Any

PAGE = "ide_page"

# what the scripts tell Dash, and Dash the scripts; see assets/ide/page.js
URL_REQUEST = "ide_url_request"
EDITOR_CONTENT = "ide_editor_content"
PARAMETERS_SHOWN = "ide_parameters_shown"
SHOWN = "ide_shown"
OPEN = "ide_open"
SAVE_REQUEST = "ide_save_request"
SAVED = "ide_saved"
DELETE_REQUEST = "ide_delete_request"
HISTORY_TICK = "ide_history_tick"
INTERPRET_REQUEST = "ide_interpret_request"
CHART_REQUEST = "ide_chart_request"
SINK = "ide_sink"
PENDING_CHAT_PROMPT = "ide_pending_chat_prompt"

DRAWER_TOGGLE = "ide_drawer_toggle"
TABS = "ide_tabs"
TAB_ADD = "ide_tab_add"
DRAFT_STATUS = "ide_draft_status"
EDITOR = "ide_editor"
EDITOR_ACE = "ide_editor_ace"
SOURCE = "ide_source"
PROVIDER = "ide_provider"
RUN = "ide_run"
CANCEL = "ide_cancel"
ROW_LIMIT = "ide_row_limit"
SAVE = "ide_save"
SAVE_AS = "ide_save_as"
FORMAT = "ide_format"
CLEAR = "ide_clear"
SUGGEST = "ide_suggest"
EXPLAIN = "ide_explain"
# how Postgres would run a statement over the inventory
PLAN = "ide_plan"
WATCH = "ide_watch"
WATCH_REQUEST = "ide_watch_request"
PLAN_REQUEST = "ide_plan_request"
PLAN_DIALOG = "ide_plan_dialog"
PLAN_TITLE = "ide_plan_title"
PLAN_BODY = "ide_plan_body"
SCHEDULE = "ide_schedule"
HELP = "ide_help"
CHECK = "ide_check"
PARAMETERS = "ide_parameters"
PARAMETER = "ide_parameter"
RUNNING_WORDS = "ide_running_words"
RUNNING_TIME = "ide_running_time"
RESULT_STATEMENT = "ide_result_statement"
RESULTS = "ide_results"
CHART_FIGURE = "ide_chart_figure"
QUICK_CHART = "ide_quick_chart"
# a field of the builder → the id of its select
CHART_FIELDS = {name: f"ide_chart_{name}" for name in ("by", "measure", "of", "split", "filter", "kind")}

DRAWER_TABS = "ide_drawer_tabs"
RESOURCES = "ide_resources"
RESOURCE_SEARCH = "ide_resource_search"
SAVED_LIST = "ide_saved_list"
SAVED_SEARCH = "ide_saved_search"
SAVED_LOAD = "ide_saved_load"
SAVED_RENAME = "ide_saved_rename"
SAVED_DUPLICATE = "ide_saved_duplicate"
SAVED_DELETE = "ide_saved_delete"
SAVED_VERSIONS = "ide_saved_versions"
SAVED_STAR = "ide_saved_star"
# the list is drawn anew after a star was set or taken away
STARRED = "ide_starred"
HISTORY_LIST = "ide_history_list"
HISTORY_SEARCH = "ide_history_search"
HISTORY_OPEN = "ide_history_open"
HISTORY_RUN = "ide_history_run"

SAVE_DIALOG = "ide_save_dialog"
SAVE_DIALOG_TITLE = "ide_save_dialog_title"
SAVE_NOTE = "ide_save_note"
SAVE_NAME = "ide_save_name"
SAVE_DESCRIPTION = "ide_save_description"
SAVE_FOLDER = "ide_save_folder"
SAVE_FOLDERS = "ide_save_folders"
SAVE_ERROR = "ide_save_error"
SAVE_CONFIRM = "ide_save_confirm"
# the version that the dialog's save begins from
SAVE_VERSION = "ide_save_version"
DELETE_DIALOG = "ide_delete_dialog"
DELETE_TITLE = "ide_delete_title"
DELETE_BODY = "ide_delete_body"
DELETE_CONFIRM = "ide_delete_confirm"
# the versions of a saved query: {"query", "version"} that are shown, and the newest that was seen
VERSIONS = "ide_versions"
VERSIONS_TITLE = "ide_versions_title"
VERSIONS_BODY = "ide_versions_body"
VERSIONS_SHOWN = "ide_versions_shown"
VERSIONS_ERROR = "ide_versions_error"
VERSION_SHOW = "ide_version_show"
VERSION_RESTORE = "ide_version_restore"
VERSION_OPEN = "ide_version_open"
KEYS = "ide_keys"

CHAT_PANEL = "ide_chat_panel"
CHAT_TOGGLE = "ide_chat_toggle"
CHAT_MODE = "ide_chat_mode"
# list of dicts of strings: role, content, and for answers lookups, verdicts, usage, failure, mode, result
CHAT_MESSAGES = "ide_chat_messages"
CHAT_LIST = "ide_chat_list"
CHAT_STREAM = "ide_chat_stream"
CHAT_STREAM_BOX = "ide_chat_stream_box"
CHAT_STREAM_LOOKUPS = "ide_chat_stream_lookups"
CHAT_STREAM_FAILURE = "ide_chat_stream_failure"
CHAT_QUESTION = "ide_chat_question"
CHAT_INPUT = "ide_chat_input"
CHAT_SEND = "ide_chat_send"
CHAT_STOP = "ide_chat_stop"
CHAT_CLEAR = "ide_chat_clear"
CHAT_NOTE = "ide_chat_note"
CHAT_INSERT = "ide_chat_insert"
CHAT_SQL = "ide_chat_sql"
CHAT_RETRY = "ide_chat_retry"


def drawer_tab(name: str) -> str:
    """The tab that shows a pane of the drawer."""
    return f"ide_drawer_tab_{name}"


def drawer_pane(name: str) -> str:
    """A pane of the drawer."""
    return f"ide_drawer_pane_{name}"


def known_values(parameter: str) -> str:
    """The list of the values that a parameter is known to have taken."""
    return f"ide_known_{parameter}"


def parameter(name: Any) -> dict[str, Any]:
    """A parameter's field."""
    return {"type": PARAMETER, "name": name}


def of_query(action: str, query: Any) -> dict[str, Any]:
    """A button beside a saved query. action: SAVED_LOAD, _STAR, _RENAME, _DUPLICATE, _VERSIONS or _DELETE."""
    return {"type": action, "id": query}


def of_entry(action: str, entry: Any) -> dict[str, Any]:
    """A button of an entry of the history. action: HISTORY_OPEN or HISTORY_RUN."""
    return {"type": action, "id": entry}


def version_show(version: Any) -> dict[str, Any]:
    """The button that shows a former version of a saved query."""
    return {"type": VERSION_SHOW, "version": version}


def chat_insert(block: Any) -> dict[str, Any]:
    """The button that puts a block of the assistant's SQL into the editor."""
    return {"type": CHAT_INSERT, "index": block}


def chat_retry(turn: Any) -> dict[str, Any]:
    """The button that asks again for an answer that failed."""
    return {"type": CHAT_RETRY, "index": turn}


def chat_sql(block: Any) -> dict[str, Any]:
    """A block of the assistant's SQL."""
    return {"type": CHAT_SQL, "index": block}
