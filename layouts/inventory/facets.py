"""The facets beside the list of all resources: each value with how many have it; a click writes it into the search.

What the values' buttons do is in assets/inventory/facets.js.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from layouts.components.feedback import note
from layouts.components.figures import cover, describe_reading
from layouts.components.page import icon
from services.models.coverage import Reading
from services.models.resource_filter import (
    FACETS,
    TAG,
    FacetCounts,
    FacetValue,
    ResourceFilter,
    cut_terms,
    format_term,
    toggle,
)
from services.models.wording import format_count

# of a facet so many values are seen at once; the others are a click away
SHOWN = 6
TITLES = {
    "provider": "Provider",
    "type": "Type",
    "region": "Region",
    "account": "Account",
    "owner": "Owner",
    "public": "Public",
}
NOT_KNOWN = "not known"


def facets_panel(counts: FacetCounts, wanted: ResourceFilter, reading: Reading) -> list[Any]:
    """All facets, then the tags; above them what of the text was not understood. reading: of the resources."""
    parts: list[Any] = [*_list_notes(wanted.notes)]
    if counts.estimated:
        parts.append(
            html.P(
                f"About {format_count(counts.total, 'resource')}: so many are estimated from a sample.",
                className="facets-note",
            )
        )
    for name in FACETS:
        values = counts.values.get(name, ())
        # whether anything is public, is told only of what can be
        if name == "public" and not any(one.value for one in values) and not wanted.choose(name):
            continue
        parts.append(_facet(name, TITLES[name], values, counts.sizes.get(name, 0), wanted, counts.estimated))
    # a tag's values come from a sample also where the resources that fit were counted
    about = counts.estimated or counts.tags_estimated
    # a tag that nothing has is asked for all the same, and can be taken back
    for key in dict.fromkeys(term.key for term in wanted.terms if term.name == TAG):
        facet = f"{TAG}:{key}"
        title = [html.Span("Tag ", className="facet-kind"), html.Span(key, className="given")]
        values = counts.values.get(facet, ())
        parts.append(_facet(TAG, title, values, counts.sizes.get(facet, 0), wanted, about, key))
    keys = counts.values.get(TAG, ())
    if keys:
        parts.append(_facet(TAG, "Tags", keys, counts.sizes.get(TAG, 0), wanted, about, of_keys=True))
    return [cover(parts, reading, "facets-list", title=describe_reading(reading))]


def _list_notes(notes: Sequence[str]) -> list[Any]:
    return [note("Not everything in the search is a filter", " ".join(notes), "warning")] if notes else []


def _facet(
    name: str,
    title: Any,
    values: Sequence[FacetValue],
    size: int,
    wanted: ResourceFilter,
    estimated: bool,
    key: str = "",
    *,
    of_keys: bool = False,
) -> html.Div:
    """One facet. size: how many values it has in all. of_keys: its values are tags' keys."""
    chosen = wanted.choose(name, key) if not of_keys else []
    # what is chosen can be taken back, also where nothing has it
    known = {one.value.lower() for one in values}
    missing = [
        FacetValue(t.value, 0) for t in chosen if t.exact and not t.excluded and t.value.lower() not in known
    ]
    options = [
        _option(name, one, wanted, estimated, key, of_keys=of_keys)
        for one in [*values, *(missing if name != "public" else ())]
    ]
    head = [html.H3(title, className="facet-title")]
    if chosen:
        label = f"Take back the choice of {key or name}"
        head.append(
            html.Button(
                icon("bi-x"),
                type="button",
                className="facet-clear",
                title=label,
                **{"aria-label": label, "data-find": cut_terms(wanted, chosen)},
            )
        )
    # what is chosen is seen wherever it stands
    first = [one for i, one in enumerate(options) if i < SHOWN or getattr(one, "aria-pressed") == "true"]
    rest = [one for one in options if one not in first]
    more: list[Any] = []
    if rest:
        beyond = f" of the {len(values):,} most frequent" if size > len(values) else ""
        more.append(
            html.Details([html.Summary(f"{len(rest):,} more{beyond}"), *rest], className="facet-more")
        )
    if size > len(values):
        example = f"{TAG}:NAME" if of_keys else format_term(TAG, "VALUE", key) if key else f"{name}:NAME"
        least = "at least " if estimated else ""
        said = f"{least}{size:,} in all: any other can be typed, as {example}."
        more.append(html.P(said[:1].upper() + said[1:], className="facets-note"))
    nothing = html.P("None.", className="facets-note") if not options else None
    return html.Div(
        [html.Div(head, className="facet-head"), *first, nothing, *more],
        className="facet",
        role="group",
        **{"aria-label": f"Tag {key}" if key else TITLES.get(name, "Tags")},
    )


def _option(
    name: str, one: FacetValue, wanted: ResourceFilter, estimated: bool, key: str, *, of_keys: bool
) -> html.Button:
    if of_keys:
        text, pressed = toggle(wanted, TAG, None, one.value), bool(wanted.choose(TAG, one.value))
    else:
        asked = (one.value or "unknown") if name == "public" else one.value
        text, pressed = toggle(wanted, name, asked, key), wanted.has(name, asked, key)
    return html.Button(
        [
            html.Span(
                one.value or NOT_KNOWN,
                className="facet-value given" if one.value else "facet-value not-known",
            ),
            html.Span(f"{'≈ ' if estimated else ''}{one.rows:,}", className="facet-rows"),
        ],
        type="button",
        className="facet-option",
        title=one.value or NOT_KNOWN,
        **{"aria-pressed": str(pressed).lower(), "data-find": text},
    )
