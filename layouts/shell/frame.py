"""What surrounds every page: navigation at the left, the top bar, banners, and the page itself."""

from __future__ import annotations

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.page import icon
from layouts.pages import PAGES
from layouts.shell import search

LOCATION = "shell_location"
THEME = "shell_theme"
THEME_TOGGLE = "shell_theme_toggle"
NAVIGATION = "shell_navigation"
USER = "shell_user"
BANNER = "shell_banner"
BANNER_TICK = "shell_banner_tick"
NOTICES = "shell_notices"
SEARCH = "shell_search"


def layout(environment: str, sample: bool) -> html.Div:
    """The shell. environment: the words of the badge in the top bar."""
    return html.Div(
        [
            dcc.Location(id=LOCATION, refresh="callback-nav"),
            # "light" or "dark", as the page shows it now; assets/theme.js sets it
            dcc.Store(id=THEME, data="light"),
            dcc.Interval(id=BANNER_TICK, interval=5000),
            html.A("Skip to content", href="#content", className="skip-link"),
            html.Nav(
                [
                    dcc.Link(
                        [icon("bi-cloud-fill"), html.Span("Cloud Inventory")], href="/inventory", className="brand"
                    ),
                    html.Div(navigation(), id=NAVIGATION),
                ],
                className="side-navigation",
                **{"aria-label": "Pages"},
            ),
            html.Div(
                [
                    html.Header(
                        [
                            html.Div(search.box(), id=SEARCH, className="top-search"),
                            html.Div(
                                [
                                    html.Span(environment, className=f"environment{' sample' * sample}"),
                                    html.Button(
                                        icon("bi-moon-stars"), id=THEME_TOGGLE, className="icon-button",
                                        type="button", title="Switch between light and dark",
                                        **{"aria-label": "Switch between light and dark"},
                                    ),
                                    html.Span(id=USER, className="signed-in"),
                                ],
                                className="top-right",
                            ),
                        ],
                        className="top-bar",
                    ),
                    html.Div(id=BANNER, role="status"),
                    html.Main(dash.page_container, id="content", className="content", tabIndex=-1),
                ],
                className="main-column",
            ),
            html.Div(id=NOTICES, className="notices", **{"aria-live": "polite"}),
        ],
        className="shell",
    )  # fmt: skip


def navigation(path: str = "", engineer: bool = False) -> list[dbc.NavLink]:
    """The links of the pages that the role may open; the current one is marked."""
    return [
        dbc.NavLink(
            [icon(page.icon), html.Span(page.title)],
            href=page.path,
            active=path == page.path
            or path.startswith(page.path + "/")
            or (path in ("", "/") and page.name == "inventory"),
            className="side-link",
        )
        for page in PAGES
        if page.navigation and (engineer or not page.engineers_only)
    ]
