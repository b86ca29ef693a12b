"""The page's layout."""

from __future__ import annotations

from typing import Any

from dash import html

from layouts.components.page import page_header


def layout(**_arguments: Any) -> html.Div:
    return html.Div([page_header("Schedules", "")])
