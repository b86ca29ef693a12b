"""The ids of the parts in this folder, and of those that scripts make themselves. A query's result is the IDE's."""

from __future__ import annotations

RESULT_GRID = "ide_grid"
RESULT_SEARCH = "ide_result_search"
RESULT_VIEW = "ide_result_view"
RESULT_CHART = "ide_chart"
INTERPRET = "ide_interpret"
EXPORT_PROGRESS = "ide_export_progress"

# a grid's cell, read in full; assets/shared/grid.js makes it
CELL_DIALOG = "cell_dialog"


def export(format: str) -> str:
    """The entry of the result's menu that exports it. format: csv, xlsx, json, or copy for the clipboard."""
    return f"ide_export_{format}"
