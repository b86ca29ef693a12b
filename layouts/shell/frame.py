"""What surrounds every page: navigation at the left, the top bar, banners, and the page itself."""

from __future__ import annotations

from typing import Any

import dash
from dash import dcc, html

from layouts.components.figures import mark
from layouts.components.grid import kept_grid
from layouts.components.keys import EVERYWHERE, IN_GRIDS, keys_dialog
from layouts.components.page import icon
from layouts.inventory import addresses
from layouts.pages import PAGES, Page
from layouts.shell import ids, search
from services.models.coverage import COUNTED


def layout(environment: str, sample: bool, user: str, *, engineer: bool) -> html.Div:
    """The shell. environment: the words of the badge in the top bar. user, engineer: who asks, and what they are."""
    return html.Div(
        [
            dcc.Location(id=ids.LOCATION, refresh="callback-nav"),
            # "light" or "dark", as the page shows it now; assets/theme.js sets it
            dcc.Store(id=ids.THEME, data="light"),
            dcc.Store(id=ids.SETTLED),
            dcc.Store(id=ids.INBOX_CHANGED),
            # whom the navigation was drawn for
            dcc.Store(id=ids.ENGINEER, data=engineer),
            dcc.Interval(id=ids.BANNER_TICK, interval=5000),
            html.A("Skip to content", href=f"#{ids.CONTENT}", className="skip-link"),
            html.Nav(
                [
                    dcc.Link(
                        [icon("bi-cloud-fill"), html.Span("Cloud Inventory", className="brand-words")],
                        href="/inventory",
                        className="brand",
                        # its words are hidden where there is no room for them
                        title="Cloud Inventory",
                    ),
                    html.Div(navigation(engineer=engineer), id=ids.NAVIGATION),
                    # shown in the IDE, which needs the room; assets/shared/navigation.js keeps the choice
                    html.Button(
                        icon("bi-chevron-double-left"),
                        id=ids.NAVIGATION_FOLD,
                        className="icon-button side-fold",
                        type="button",
                        title="Fold or unfold the navigation",
                        **{"aria-label": "Fold or unfold the navigation"},
                    ),
                ],
                className="side-navigation",
                **{"aria-label": "Pages"},
            ),
            html.Div(
                [
                    html.Header(
                        [
                            html.Div(search.box(), id=ids.SEARCH, className="top-search"),
                            html.Div(
                                [
                                    html.Span(environment, className=f"environment{' sample' * sample}"),
                                    # what is the person's own
                                    html.Span(
                                        dcc.Link(
                                            icon("bi-eye", "Your watches"),
                                            href=addresses.WATCHES,
                                            className="icon-button",
                                            title="Your watches",
                                        ),
                                        id=ids.OWN,
                                    ),
                                    html.Button(
                                        icon("bi-moon-stars"),
                                        id=ids.THEME_TOGGLE,
                                        className="icon-button",
                                        type="button",
                                        title="Switch between light and dark",
                                        **{"aria-label": "Switch between light and dark"},
                                    ),
                                    html.Span(user or "not signed in", className="signed-in"),
                                ],
                                className="top-right",
                            ),
                        ],
                        className="top-bar",
                    ),
                    html.Div(id=ids.BANNER, role="status"),
                    html.Main(_frame_page(), id=ids.CONTENT, className="content", tabIndex=-1),
                ],
                className="main-column",
            ),
            keys_dialog(ids.KEYS, "Keys", (("Everywhere", EVERYWHERE), ("In grids", IN_GRIDS))),
            kept_grid(),
            html.Div(id=ids.NOTICES, className="notices", **{"aria-live": "polite"}),
            # filled by assets/shared/print.js when the page is printed
            html.Div(id=ids.PRINT_FOOTER, className="print-footer"),
        ],
        className="shell",
    )


def _frame_page() -> html.Div:
    """Where Dash puts the page, with a name for the style sheets."""
    dash.page_container.className = "page-frame"
    return dash.page_container


def navigation(*, engineer: bool) -> list[html.Div]:
    """The links of the pages that the role may open, under what one does there.

    assets/shared/navigation.js marks the current one: a page that is opened draws no link anew.
    """
    shown = [page for page in PAGES if page.group and (engineer or not page.engineers_only)]
    return [
        html.Div(
            [
                html.Div(group, className="side-heading", id=ids.group(group)),
                *(_link(page) for page in shown if page.group == group),
            ],
            className="side-group",
            role="group",
            **{"aria-labelledby": ids.group(group)},
        )
        for group in dict.fromkeys(page.group for page in shown)
    ]


def open_count(words: str | None) -> Any:
    """The count beside the inbox's link; nothing where none is open."""
    if not words:
        return None
    return [
        html.Span(words, className="side-number", **mark(COUNTED)),
        html.Span(" open", className="visually-hidden"),
    ]


def _link(page: Page) -> dcc.Link:
    count = html.Span(id=ids.INBOX_COUNT, className="side-count") if page.name == "inbox" else None
    return dcc.Link(
        [icon(page.icon), html.Span(page.title, className="side-words"), count],
        href=page.path,
        className="side-link nav-link",
    )
