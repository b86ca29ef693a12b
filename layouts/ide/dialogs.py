"""The IDE's dialogs: save, rename, delete, a query's versions, and the list of keys."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html

from layouts.components.conflict import conflict
from layouts.components.feedback import note
from layouts.components.keys import EVERYWHERE, IN_GRIDS, keys_dialog
from layouts.components.page import Children
from layouts.ide import ids
from layouts.ide.plan import plan_dialog
from layouts.ide.versions import versions_dialog
from services.models.core import InventoryError, VersionConflict
from services.models.limits import LONGEST_FOLDER, LONGEST_NAME

SHORTCUTS = [
    ("Ctrl+Enter", "Run the selection, or the statement under the cursor"),
    ("Shift+Alt+F", "Format it"),
    ("Ctrl+S", "Save the query"),
    ("Ctrl+Shift+S", "Save it under another name"),
    ("Alt+N", "New tab"),
    ("Ctrl+Space", "Suggest names here"),
    ("Ctrl+F · Ctrl+H", "Find · find and replace"),
    ("Ctrl+/", "Comment the lines in or out"),
    ("Ctrl+Z · Ctrl+Y", "Undo · redo"),
    ("Alt+↑ · Alt+↓", "Move the lines"),
    ("Ctrl+Alt+↑ · Ctrl+Alt+↓", "Add a cursor"),
    ("Esc, then Tab", "Leave the editor"),
]


def dialogs() -> list[dbc.Modal]:
    return [_save(), _delete(), versions_dialog(), plan_dialog(), _keys()]


def _save() -> dbc.Modal:
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("Save query", id=ids.SAVE_DIALOG_TITLE)),
            dbc.ModalBody(
                [
                    html.Div(id=ids.SAVE_NOTE),
                    html.Div(id=ids.SAVE_ERROR, role="alert"),
                    dbc.Label("Name", html_for=ids.SAVE_NAME),
                    dbc.Input(
                        id=ids.SAVE_NAME,
                        maxlength=LONGEST_NAME,
                        autocomplete="off",
                        autofocus=True,
                        className="mb-3",
                    ),
                    dbc.Label("Description", html_for=ids.SAVE_DESCRIPTION),
                    dbc.Textarea(id=ids.SAVE_DESCRIPTION, rows=2, maxlength=2000),
                    dbc.FormText("What the query is for. The table that it fills has this as its comment."),
                    dbc.Label("Folder", html_for=ids.SAVE_FOLDER, className="mt-3"),
                    dbc.Input(
                        id=ids.SAVE_FOLDER,
                        maxlength=LONGEST_FOLDER,
                        autocomplete="off",
                        list=ids.SAVE_FOLDERS,
                        placeholder="none: listed under its provider",
                    ),
                    html.Datalist(id=ids.SAVE_FOLDERS),
                ]
            ),
            dbc.ModalFooter(
                [
                    dbc.Button("Cancel", color="", className="btn-outline-secondary confirm-cancel"),
                    dbc.Button("Save", id=ids.SAVE_CONFIRM, color="primary"),
                ]
            ),
        ],
        id=ids.SAVE_DIALOG,
        labelledby=ids.SAVE_DIALOG_TITLE,
        autofocus=False,
        scrollable=True,
    )


def _delete() -> dbc.Modal:
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("Delete query", id=ids.DELETE_TITLE)),
            dbc.ModalBody(id=ids.DELETE_BODY),
            dbc.ModalFooter(
                [
                    dbc.Button("Cancel", color="", className="btn-outline-secondary confirm-cancel"),
                    dbc.Button("Delete", id=ids.DELETE_CONFIRM, color="danger"),
                ]
            ),
        ],
        id=ids.DELETE_DIALOG,
        labelledby=ids.DELETE_TITLE,
    )


def _keys() -> dbc.Modal:
    parameters = [
        html.H3("Parameters", className="panel-title mt-3"),
        html.P(
            [
                "Write ",
                html.Code(":region"),
                " where a value belongs, and a field for it appears above the results. A comment gives a choice: ",
                html.Code("-- :region us-east-1, eu-west-1"),
                ".",
            ]
        ),
    ]
    listed = (("In the editor", SHORTCUTS), ("In the results", IN_GRIDS), ("Everywhere", EVERYWHERE))
    return keys_dialog(ids.KEYS, "Keys and parameters", listed, html.Div(parameters))


def folder_choices(folders: Sequence[str]) -> list[html.Option]:
    """The folders that the dialog for saving suggests."""
    return [html.Option(value=folder) for folder in folders]


def delete_question(name: str, tables: Sequence[str]) -> Children:
    """What is lost by deleting a query; tables: what schedules keep up to date with it."""
    if tables:
        return note(
            "Schedules use this query",
            [
                f"“{name}” keeps these tables up to date. Delete their schedules first:",
                html.Ul([html.Li(html.Code(table)) for table in tables]),
            ],
            "warning",
        )
    return html.P(["Delete ", html.Strong(name), " for everyone? Open tabs keep their text."])


def feeds_note(tables: Sequence[str]) -> Children:
    """What an edit of a scheduled query changes."""
    return note(
        "Schedules run this query",
        [
            "The next run of these tables uses the new text: ",
            html.Span(", ".join(tables), className="mono"),
            ".",
        ],
        "warning",
    )


def save_error(error: InventoryError) -> Children:
    """Why it was not saved or deleted; a newer version is shown beside what was to be saved."""
    if isinstance(error, VersionConflict):
        return conflict(ids.SAVE_DIALOG, error)
    return note(error.title, error.full_message, "danger")
