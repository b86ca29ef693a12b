"""What is done to several schedules at once: the boxes that choose them, the bar that acts, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from layouts.components.confirm import loss
from layouts.components.figures import mark
from layouts.components.page import Children, icon
from layouts.schedules import ids
from services.models.core import ListedSchedule
from services.models.coverage import COUNTED

ACTIONS = {
    "run": "Run",
    "pause": "Pause",
    "resume": "Resume",
    "notify": "Notifications …",
    "delete": "Delete",
}
MOST_NAMED = 10


def box(schedule: ListedSchedule) -> html.Button:
    """Chooses a schedule; assets/schedules/bulk.js keeps which are chosen."""
    return html.Button(
        icon("bi-check"),
        type="button",
        role="checkbox",
        className="pick-box",
        **{
            "data-pick": str(schedule.id),
            "aria-checked": "false",
            "aria-label": f"Choose {schedule.target_table}",
        },
    )


def box_of_all(matching: Sequence[ListedSchedule]) -> html.Button:
    """Chooses all that the filters leave, those too that are not shown."""
    return html.Button(
        icon("bi-check"),
        type="button",
        role="checkbox",
        className="pick-box",
        title="Choose all that are filtered",
        **{
            "data-pick-all": ",".join(str(one.id) for one in matching),
            "aria-checked": "false",
            "aria-label": "Choose all that are filtered",
        },
    )


def bar() -> html.Div:
    """What can be done with those that are chosen; hidden while none is."""
    return html.Div(
        [
            html.Span(id=ids.BULK_COUNT, className="given", role="status"),
            *(
                html.Button(
                    words,
                    type="button",
                    className=f"btn btn-outline-secondary btn-sm{' tone-danger' * (action == 'delete')}",
                    **{"data-bulk": action},
                )
                for action, words in ACTIONS.items()
            ),
            html.Button("Choose none", type="button", className="btn btn-link btn-sm", **{"data-bulk": ""}),
        ],
        id=ids.BULK_BAR,
        className="bulk-bar",
        hidden=True,
        role="group",
        **{"aria-label": "With the chosen schedules"},
    )


def never_ran(schedules: Sequence[ListedSchedule]) -> Children:
    """The way to run all that never ran; nothing where there is none."""
    waiting = [str(one.id) for one in schedules if one.never_ran]
    count = len(waiting)
    if not count:
        return None
    return html.Button(
        f"Run all {count:,} that never ran" if count > 1 else "Run the one that never ran",
        type="button",
        className="btn btn-outline-secondary btn-sm",
        **{"data-bulk": "run", "data-ids": ",".join(waiting), **mark(COUNTED)},
    )


def losses(named: Sequence[str]) -> Children:
    """What deleting them takes, and what stays."""
    shown = [html.Span(name, className="mono") for name in named[:MOST_NAMED]]
    if len(named) > MOST_NAMED:
        shown.append(html.Span(f"and {len(named) - MOST_NAMED:,} more"))
    return loss(
        "They will not run any more, and nothing keeps their tables up to date. One that is running stays.",
        [html.Span(["the schedule and the job of ", one]) for one in shown],
        ["their tables, without a schedule", "recorded changes, and the record of their runs"],
    )
