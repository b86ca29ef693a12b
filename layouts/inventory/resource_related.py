"""The panel of what a resource has to do with others, and links to those that are like it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import dcc, html

from layouts.components.figures import number
from layouts.components.page import icon
from layouts.inventory import addresses
from layouts.inventory.change_entries import tag_text
from services.models.inventory import Asset, ResourceDetail
from services.models.limits import LONGEST_FILTER
from services.models.related import Link, NotSearched, Related, RelatedGroup
from services.models.resource_filter import TAG, format_term
from services.models.wording import format_count

NAMED_TABLES, NAMED_IDS = 6, 8
_TITLES = {Link.NAMED: "It names", Link.NAMING: "They name it", Link.SHARING: "They name the same"}


def looking() -> html.Div:
    """What stands there until they were looked for."""
    return html.Div(
        [icon("bi-hourglass-split"), " Looking in all tables …"], className="text-muted-2", role="status"
    )


def related(found: Related, now: datetime) -> list[Any]:
    """The groups by how they have to do with it, then what was found nowhere, and what was not looked at."""
    parts: list[Any] = []
    for link in Link:
        groups = [one for one in found.groups if one.link is link]
        if groups:
            parts += [html.H3(_TITLES[link], className="small-title"), *map(_group, groups)]
    if not found.groups:
        parts.append(
            html.P("No row that was searched names it, and it names none.", className="text-muted-2")
        )
    if found.loose:
        shown = found.loose[:NAMED_IDS]
        ids = [
            part
            for place, one in enumerate(shown)
            for part in (
                ", " if place else "",
                html.Span(f"{one.column} ", className="value-name"),
                html.Span(one.value, className="mono given"),
            )
        ]
        more = len(found.loose) - len(shown)
        ids.append(html.Span(f" and {more:,} more", className="given") if more else None)
        parts.append(html.P(["In no table: ", *ids], className="related-note"))
    searched = format_count(found.searched, "table")
    said = [html.Li(_not_searched(one)) for one in found.not_searched]
    if found.left_out:
        ids_left = format_count(found.left_out, "id")
        said.append(html.Li(f"{ids_left} of its own could not be looked up in the time that a page may take"))
    parts.append(
        html.Div(
            [
                html.Span(f"Searched {searched} for its ids, one step away."),
                html.Ul(said) if said else None,
            ],
            className="related-note given",
        )
    )
    return parts


def _group(one: RelatedGroup) -> html.Div:
    count = f"{'at least ' * one.more}{one.count:,}"
    hidden = one.count - len(one.resources)
    return html.Div(
        [
            html.Div(
                [
                    dcc.Link(one.table.label, href=addresses.table(one.table), className="mono"),
                    number(count, one.reading),
                    html.Span(f"by {', '.join(one.columns)}", className="text-muted-2 given"),
                ],
                className="related-head",
            ),
            html.Ul(
                [
                    *[html.Li(_resource(asset)) for asset in one.resources],
                    html.Li(f"and {hidden:,} more", className="null-value given") if hidden > 0 else None,
                ],
                className="related-list",
            ),
        ],
        className="related-group",
    )


def _resource(one: Asset) -> dcc.Link:
    name = one.name or one.id or one.key
    return dcc.Link(
        html.Span(name, className="given"),
        href=addresses.resource(one.table, one.key, one.scope),
        title=one.id or one.key,
    )


def _not_searched(one: NotSearched) -> list[Any]:
    """`aws_ec2_volumes, aws_rds_instances and 3 more: were not read whole …`."""
    if not one.tables:
        return [one.why]
    shown = one.tables[:NAMED_TABLES]
    parts: list[Any] = []
    for place, ref in enumerate(shown):
        parts += [
            ", " if place else "",
            dcc.Link(ref.label, href=addresses.table(ref, "coverage"), className="mono"),
        ]
    more = len(one.tables) - len(shown)
    return [*parts, f" and {more:,} more" if more else "", f" {one.why}"]


def alike(found: ResourceDetail) -> html.Div | None:
    """Links to the resources of the same type and place, owner or tag, each a search of all resources."""
    asset = found.asset
    if asset is None or not asset.type:
        return None
    kind = format_term("type", ".".join(part for part in (asset.provider, asset.service, asset.type) if part))
    searches = [("Same type", kind)]
    for name, words, value in (
        ("region", "in", asset.region),
        ("account", "in account", asset.account),
        ("owner", "of owner", asset.owner),
    ):
        if value:
            searches.append((f"Same type {words} {value}", f"{kind} {format_term(name, value)}"))
    if asset.owner:
        searches.append((f"All of owner {asset.owner}", format_term("owner", asset.owner)))
    links = [
        dcc.Link(words, href=addresses.resources(find=text, **WITHOUT), className="pill")
        for words, text in searches
        if len(text) <= LONGEST_FILTER
    ]
    return html.Div(links, className="alike given")


# a search says all that it asks for: what one has narrowed pages to would hide some
WITHOUT = dict.fromkeys(("provider", "region", "account", "owner"))


def tag_chips(found: ResourceDetail) -> html.Div | None:
    """Its tags, each a link to the resources that have it too."""
    if not found.tags:
        return None
    return html.Div([_tag(name, value) for name, value in found.tags.items()], className="tags given")


def _tag(name: str, value: Any) -> Any:
    plain = value if isinstance(value, str) else None
    text = format_term(TAG, plain, name)
    words = [html.Span(f"{name} ", className="value-name"), tag_text(value)]
    if not name or len(text) > LONGEST_FILTER:
        return html.Span(words, className="tag")
    return dcc.Link(
        words,
        href=addresses.resources(find=text, **WITHOUT),
        className="tag",
        title=f"All resources with {text}",
    )
