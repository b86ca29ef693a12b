"""The ids of the inventory's pages. A constant is called as its value without `inventory_`."""

from __future__ import annotations

from typing import Any

BODY = "inventory_body"
# what comes first of the overview, and the charts below
FIRST = "inventory_first"
CHARTS = "inventory_charts"
VIEWS = "inventory_views"
OVERVIEW_KEPT = "inventory_overview_kept"
SUBTITLE = "inventory_subtitle"
PROVIDER = "inventory_provider"
REGION = "inventory_region"
DAYS = "inventory_days"
ATTENTION = "inventory_attention"
WEEK = "inventory_week"
NEXT_STEPS = "inventory_next_steps"
NEXT_STEPS_DISMISS = "inventory_next_steps_dismiss"
# of the records that are shown, and of those that were seen last
VERSION = "inventory_version"
KNOWN_VERSION = "inventory_known_version"
TICK = "inventory_tick"

TABLES = "inventory_tables"
TABLES_LIST = "inventory_tables_list"
TABLES_COUNT = "inventory_tables_count"
TABLES_FIND = "inventory_tables_find"
TABLES_VIEW = "inventory_tables_view"

CHANGES_STORE = "inventory_changes_store"
CHANGES_LIST = "inventory_changes_list"
CHANGES_MORE = "inventory_changes_more"
CHANGES_CURSOR = "inventory_changes_cursor"
CHANGES_KIND = "inventory_changes_kind"
CHANGES_COUNT = "inventory_changes_count"
CHANGES_FIND = "inventory_changes_find"
CHANGES_DAY = "inventory_changes_day"
CHANGES_PERIOD = "inventory_changes_period"
CHANGES_FLAPPING = "inventory_changes_flapping"
CHANGES_IGNORED = "inventory_changes_ignored"
FLAPPING_IGNORE = "inventory_flapping_ignore"
CHANGES_READING = "inventory_changes_reading"
CHANGES_SUMMARY = "inventory_changes_summary"

ASSETS_GRID = "inventory_assets_grid"
ASSETS_PLAIN = "inventory_assets_plain"
FACETS = "inventory_facets"
SINCE = "inventory_since"
SINCE_DISMISS = "inventory_since_dismiss"
SAVED_VIEWS = "inventory_saved_views"
SAVED_VIEWS_DIALOG = "inventory_saved_views_dialog"
SAVED_VIEWS_TITLE = "inventory_saved_views_title"
SAVED_VIEWS_NAME = "inventory_saved_views_name"
SAVED_VIEWS_SAVE = "inventory_saved_views_save"
SAVED_VIEWS_LIST = "inventory_saved_views_list"
SAVED_VIEWS_DEFAULT = "inventory_saved_views_default"
SAVED_VIEWS_DELETE = "inventory_saved_views_delete"
SAVED_VIEWS_ERROR = "inventory_saved_views_error"
ASSETS_FIND = "inventory_assets_find"
ASSETS_BODY = "inventory_assets_body"
ASSETS_STORE = "inventory_assets_store"
ASSETS_VIEW = "inventory_assets_view"
ASSETS_CHIPS = "inventory_assets_chips"
ASSETS_NOTE = "inventory_assets_note"

OWNERS_STORE = "inventory_owners_store"
OWNERS_SUMMARY = "inventory_owners_summary"
OWNERS_RULES = "inventory_owners_rules"
OWNERS_SAVED = "inventory_owners_saved"
OWNERS_LISTS = "inventory_owners_lists"
OWNERS_RESULT = "inventory_owners_result"
OWNERS_VERSION = "inventory_owners_version"
OWNERS_ADD = "inventory_owners_add"
OWNERS_PREVIEW = "inventory_owners_preview"
OWNERS_SAVE = "inventory_owners_save"
OWNER_FIELD = "inventory_owner_field"
OWNER_ACT = "inventory_owner_act"
OWNER_ACCOUNT = "inventory_owner_account"

TABLE_ARGUMENTS = "inventory_table_arguments"
TABLE_HEADER = "inventory_table_header"
TABLE_FILTERS = "inventory_table_filters"
TABLE_TABS = "inventory_table_tabs"
TABLE_CONTENT = "inventory_table_content"

ROWS_GRID = "inventory_rows_grid"
ROWS_BODY = "inventory_rows_body"
ROWS_FIND = "inventory_rows_find"
ROWS_AS_OF = "inventory_rows_as_of"
ROWS_UNREAD = "inventory_rows_unread"
ROWS_OWNERS = "inventory_rows_owners"
ROWS_NOTE = "inventory_rows_note"
ROWS_EXPORTS = "inventory_rows_exports"
ROWS_VIEW = "inventory_rows_view"
ROWS_CHIPS = "inventory_rows_chips"

CHART_BODY = "inventory_chart_body"
# a field of the builder → the id of its select
CHART_FIELDS = {
    name: f"inventory_chart_{name}" for name in ("by", "measure", "of", "split", "filter", "kind")
}
CHART_GALLERY = "inventory_chart_gallery"
# the button of a chart that was pressed: {"pin": a choice as `charts.format_choice` writes it} or {"unpin": an id}
CHART_PRESSED = "inventory_chart_pressed"
CHART_PIN_BUILT = "inventory_chart_pin_built"
CHART_PIN_RESULT = "inventory_chart_pin_result"

RULE = "inventory_rule"
RULES_SAVE = "inventory_rules_save"
RULES_RESULT = "inventory_rules_result"
RULES_VERSION = "inventory_rules_version"

SOURCE_PATH = "inventory_source_path"
SOURCE_SQL = "inventory_source_sql"

VIEW_MAKE = "inventory_view_make"
VIEW_COLUMNS = "inventory_view_columns"
VIEW_RESULT = "inventory_view_result"
VIEW_VERSION = "inventory_view_version"
VIEW_LIST = "inventory_view_list"
VIEW_REFRESH = "inventory_view_refresh"
VIEW_PREVIEW = "inventory_view_preview"

RESOURCE_JSON = "inventory_resource_json"
RESOURCE_PLACE = "inventory_resource_place"
RESOURCE_RELATED = "inventory_resource_related"


def rule_select(field: Any) -> dict[str, Any]:
    """The select that says which column is a resource's id, name …"""
    return {"type": RULE, "field": field}


def view_refresh(view: Any) -> dict[str, Any]:
    """The button that refreshes a materialised view."""
    return {"type": VIEW_REFRESH, "view": view}


def default_view(id: Any) -> dict[str, Any]:
    """A saved view's button that lets one begin with it."""
    return {"type": SAVED_VIEWS_DEFAULT, "one": id}


def delete_view(id: Any) -> dict[str, Any]:
    """A saved view's button that deletes it."""
    return {"type": SAVED_VIEWS_DELETE, "one": id}


def owner_field(field: Any, place: Any) -> dict[str, Any]:
    """A field of an owner rule, by the rule's place."""
    return {"type": OWNER_FIELD, "field": field, "place": place}


def owner_act(act: Any, place: Any) -> dict[str, Any]:
    """A button that moves or removes an owner rule: up, down, remove."""
    return {"type": OWNER_ACT, "act": act, "place": place}


def owner_account(provider: Any, account: Any) -> dict[str, Any]:
    """The button that adds a rule for an account."""
    return {"type": OWNER_ACCOUNT, "provider": provider, "account": account}


def flapping_ignore(schedule: Any, column: Any) -> dict[str, Any]:
    """The button that adds a column to the ignored ones of a schedule."""
    return {"type": FLAPPING_IGNORE, "schedule": schedule, "column": column}


WATCHES_PAGE = "inventory_watches_page"
WATCHES_LIST = "inventory_watches_list"
WATCHES_REMOVE = "inventory_watches_remove"


def remove_watch(one: Any) -> dict[str, Any]:
    """The button that ends a watch, by its id."""
    return {"type": WATCHES_REMOVE, "one": one}
