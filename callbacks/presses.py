"""What called a callback: a button that was pressed, a value that changed, or buttons that were only put on the page.

Dash calls a callback for the buttons that a new list brings as well as for one that is pressed, and makes one call of
those that come together: `ctx.triggered_id` is then any of them. Callbacks ask here instead.
"""

from __future__ import annotations

from typing import Any

from dash import ctx

# the properties of components that count presses; nothing, or 0, until the first
PRESSES = (".n_clicks", ".n_submit")


def find_pressed() -> str | dict[str, Any] | None:
    """The id of the button that was pressed, or of the field in which Enter was; None where nobody pressed any."""
    return next(
        (
            ctx.triggered_prop_ids[one["prop_id"]]
            for one in ctx.triggered
            if one["prop_id"].endswith(PRESSES) and one["value"]
        ),
        None,
    )


def has_changed(*ids: str) -> bool:
    """Whether a property of one of these components, such as a store's data, is among what called the callback."""
    changed = ctx.triggered_prop_ids.values()
    return any(id in changed for id in ids)


def is_called_by_new_buttons() -> bool:
    """Whether nothing called the callback but buttons that were put on the page. False for a page's first call."""
    return bool(ctx.triggered) and all(
        one["prop_id"].endswith(PRESSES) and not one["value"] for one in ctx.triggered
    )
