"""Two versions of one thing: what somebody else saved meanwhile, what differs, and the choice between the two.

The page shows it where its errors stand, keeps what was typed, and acts on the two buttons (`ids.conflict_keep`,
`ids.conflict_take`): their ids carry the newer version, which a save names to replace it knowingly.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from dash import html

from layouts.components import ids
from layouts.components.feedback import note
from services.models.core import Change, Difference, VersionConflict
from services.models.wording import format_count

# longer values stand below each other, line by line
LONGEST_CELL = 120
# comparing grows with the square of the lines
MOST_LINES = 2_000
CONTEXT_LINES = 2
CLASS_OF_SIGN = {"+": f"change-{Change.ADDED}", "-": f"change-{Change.REMOVED}", "@": "text-muted-2"}


def conflict(of: str, error: VersionConflict) -> html.Div:
    """The box. of: what is saved, as in the buttons' ids."""
    short = [one for one in error.differences if not _is_long(one)]
    long = [one for one in error.differences if _is_long(one)]
    versions = ",".join(str(version) for version in error.versions)
    box = note(
        error.title,
        [
            error.full_message,
            _table(short) if short else None,
            *[_lines(one) for one in long],
            html.Div(
                [
                    html.Button(
                        "Keep mine",
                        id=ids.conflict_keep(of, versions),
                        type="button",
                        className="btn btn-sm btn-outline-secondary",
                        title="Save yours over the newer version",
                    ),
                    html.Button(
                        "Take theirs",
                        id=ids.conflict_take(of, versions),
                        type="button",
                        className="btn btn-sm btn-outline-secondary",
                        title="Go on with the newer version",
                    ),
                ],
                className="conflict-choice",
            ),
        ],
        "warning",
    )
    # the page brings it into sight
    return html.Div(box, className="conflict", tabIndex=-1)


def _is_long(one: Difference) -> bool:
    return any("\n" in value or len(value) > LONGEST_CELL for value in (one.mine, one.theirs))


def _table(differences: Sequence[Difference]) -> html.Table:
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(word, scope="col") for word in ("", "Yours", "Theirs, the newer")])),
            html.Tbody(
                [
                    html.Tr(
                        [
                            html.Th(one.field, scope="row"),
                            html.Td(one.mine or html.I("empty")),
                            html.Td(one.theirs or html.I("empty")),
                        ]
                    )
                    for one in differences
                ]
            ),
        ],
        className="conflict-table",
    )


def _lines(one: Difference) -> html.Div:
    return html.Div(
        [
            html.Strong(one.field),
            html.Span(" (− theirs, the newer · + yours)", className="text-muted-2"),
            text_difference(one.theirs, one.mine),
        ]
    )


def text_difference(before: str, after: str) -> Any:
    """Two texts line by line: − what only the first has, + what only the second has, some lines around each."""
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return html.P("The text is the same.", className="text-muted-2")
    if max(len(old), len(new)) > MOST_LINES:
        words = (
            f"{format_count(len(old), 'line')} and {format_count(len(new), 'line')} are too many to compare."
        )
        return html.P(words, className="text-muted-2")
    # the first two lines name files
    listed = list(difflib.unified_diff(old, new, n=CONTEXT_LINES, lineterm=""))[2:]
    if listed[0].startswith(("@@ -1,", "@@ -1 ")):
        # nothing is left out before the first line
        del listed[0]
    return html.Pre(
        [
            html.Span(
                ("⋯" if line.startswith("@") else line.replace("-", "−", 1) if line[:1] == "-" else line)
                + "\n",
                className=CLASS_OF_SIGN.get(line[:1]),
            )
            for line in listed
        ],
        className="text-difference",
        tabIndex=0,
    )
