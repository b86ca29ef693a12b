"""The ids of the inbox. A constant is called as its value without `inbox_`."""

from __future__ import annotations

PAGE = "inbox_page"
# what is shown, as the address says it
VIEW = "inbox_view"
# what a button asks for, and which entries a dialog asks about
ACTION = "inbox_action"
ASKED = "inbox_asked"
CHANGED = "inbox_changed"
SUMMARY = "inbox_summary"
STATES = "inbox_states"
KINDS = "inbox_kinds"
SEARCH = "inbox_search"
MESSAGE = "inbox_message"
LIST = "inbox_list"
BULK_BAR = "inbox_bulk_bar"
BULK_COUNT = "inbox_bulk_count"

MUTE = "inbox_mute"
MUTE_TITLE = "inbox_mute_title"
MUTE_DAY = "inbox_mute_day"
MUTE_ERROR = "inbox_mute_error"
MUTE_SAVE = "inbox_mute_save"
OWNER = "inbox_owner"
OWNER_TITLE = "inbox_owner_title"
OWNER_NAME = "inbox_owner_name"
OWNER_ERROR = "inbox_owner_error"
OWNER_SAVE = "inbox_owner_save"
