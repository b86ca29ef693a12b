"""The SQL editor (dash-ace): all of its configuration is here and in assets/ide/editor.js."""

from __future__ import annotations

import dash_ace
from dash import html

from layouts.components.feedback import note
from layouts.components.tokens import TEXT_S

# dash-ace lists its source map among its scripts: 1.7 MB and a console error on every load. The list is Dash's own
dash_ace._js_dist[:] = [
    script for script in dash_ace._js_dist if not script["relative_package_path"].endswith(".map")
]


def editor(id: str, element_id: str, placeholder: str) -> html.Div:
    """The editor in `id`; `element_id` is Ace's own element, which the script looks for.

    Its value is set by the script, tab by tab. Never give it a debounceChangePeriod: that loses typed text. The note
    says what to do when the editor does not come up; it shows by itself after seconds, whatever failed. Where its
    library did not load at all, assets/shared/libraries.js lets the page, and with it the note, be drawn without it.
    """
    return html.Div(
        [
            html.Div(
                dash_ace.DashAceEditor(
                    id=element_id,
                    value="",
                    mode="sql",
                    theme="tomorrow",
                    placeholder=placeholder,
                    width="100%",
                    height="100%",
                    fontSize=TEXT_S,
                    showPrintMargin=False,
                    wrapEnabled=False,
                    highlightActiveLine=True,
                ),
                className="editor-frame",
            ),
            html.Div(
                note(
                    "The editor did not load",
                    "Reload the page. If it happens again, a proxy or a browser extension may block"
                    " /libraries: allow it, or try another browser. Your drafts are safe.",
                    "danger",
                ),
                className="editor-failed",
            ),
        ],
        id=id,
        className="ide-editor",
    )
