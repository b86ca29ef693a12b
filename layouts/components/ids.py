"""The ids of the parts in this folder, and of those that scripts make themselves. A query's result is the IDE's."""

from __future__ import annotations

from typing import Any

RESULT_GRID = "ide_grid"
RESULT_ROWS = "ide_rows"
RESULT_SEARCH = "ide_result_search"
RESULT_VIEW = "ide_result_view"
RESULT_CHART = "ide_chart"
INTERPRET = "ide_interpret"
EXPORT_PROGRESS = "ide_export_progress"

# the grid that pages show their rows in, and its place while no page does; assets/shared/grid.js moves it
KEPT_GRID = "kept_grid"
KEPT_GRID_PLACE = "kept_grid_place"

# a grid's cell, read in full; assets/shared/grid.js makes it
CELL_DIALOG = "cell_dialog"

# what one does about a version that somebody else saved
CONFLICT_KEEP = "conflict_keep"
CONFLICT_TAKE = "conflict_take"

# a button that watches something, and the store that says what
WATCH = "watch"
WATCH_TARGET = "watch_target"


def watch(of: Any) -> dict[str, Any]:
    """The button. of: a name of what it watches, none of which has a dot."""
    return {"type": WATCH, "of": of}


def watch_target(of: Any) -> dict[str, Any]:
    """What the button of the same name watches."""
    return {"type": WATCH_TARGET, "of": of}


def conflict_keep(of: Any, versions: Any) -> dict[str, Any]:
    """The button that saves over a newer version. of: what is saved; versions: the newer one's, `7` or `12,13`."""
    return {"type": CONFLICT_KEEP, "of": of, "versions": versions}


def conflict_take(of: Any, versions: Any) -> dict[str, Any]:
    """The button that takes the newer version, and leaves what one has typed."""
    return {"type": CONFLICT_TAKE, "of": of, "versions": versions}


def export(format: str) -> str:
    """The entry of the result's menu that exports it. format: csv, csv-exact, xlsx, json, or copy for the clipboard."""
    return f"ide_export_{format}"


def export_shown(format: str) -> str:
    """The entry of the result's menu that exports what the grid shows of it. format: csv, csv-exact, xlsx or json."""
    return f"ide_export_shown_{format}"
