"""The ids of the frame around every page, and of its search."""

from __future__ import annotations

from typing import Any

LOCATION = "shell_location"
# the address that was opened a moment ago: what nobody waits for follows it
SETTLED = "shell_settled"
THEME = "shell_theme"
THEME_TOGGLE = "shell_theme_toggle"
NAVIGATION = "shell_navigation"
NAVIGATION_FOLD = "shell_navigation_fold"
# whether the navigation was drawn for an engineer
ENGINEER = "shell_engineer"
OWN = "shell_own"
BANNER = "shell_banner"
# how many entries of the inbox are open; changed: by an action, or a page's own
INBOX_COUNT = "shell_inbox_count"
INBOX_CHANGED = "shell_inbox_changed"
BANNER_TICK = "shell_banner_tick"
NOTICES = "shell_notices"
SEARCH = "shell_search"
CONTENT = "content"
KEYS = "shell_keys"

SEARCH_BOX = "search_box"
PRINT_FOOTER = "print_footer"
SEARCH_INPUT = "search_input"
SEARCH_RESULTS = "search_results"


def search_option(number: Any) -> str:
    """One of what the search found; assets/shared/search.js numbers them anew with each answer."""
    return f"shell_search_option_{number}"


def group(name: str) -> str:
    """The heading of a group of pages in the navigation."""
    return f"shell_group_{name.lower()}"
