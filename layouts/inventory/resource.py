"""A resource's page: what it is, whose, its values now, what happened to it, and what it has to do with others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html

from layouts.components.charts import find_provider_colour
from layouts.components.feedback import note, relative_time
from layouts.components.figures import covered_panel
from layouts.components.page import header as page_header
from layouts.components.page import icon, panel
from layouts.components.watching import watch_button
from layouts.inventory import addresses, ids
from layouts.inventory.change_entries import value_text
from layouts.inventory.resource_related import alike, looking, tag_chips
from layouts.inventory.resource_timeline import timeline
from layouts.inventory.table.source import copy_box
from services.models import url_words
from services.models.consoles import name_console
from services.models.core import Change, ScopeStatus, Source
from services.models.inventory import ResourceDetail
from services.models.values import format_json, name_unread
from services.models.watches import WatchKind, WatchTarget
from services.models.wording import describe_scope_status, format_count, format_day

# characters of a JSON value that stands open
SHORT_JSON = 160
LONGEST_JSON = 20_000
LONGEST_TEXT = 4_000
_TIME = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9.]+(Z|[+-][0-9]{2}:?[0-9]{2})?")


def header(
    found: ResourceDetail, trail: Sequence[Any] = (), engineer: bool = False, watched: bool | None = None
) -> html.Div:
    """What it is called, where it lies, and what can be done with it. watched: None where it cannot be."""
    target = WatchTarget(WatchKind.RESOURCE, found.table, found.key, found.scope.key)
    watch = [] if watched is None else [watch_button(target, watched)]
    asset, of = found.asset, found.of
    title = ((asset.name or asset.id) if asset else "") or found.key
    if asset:
        provider, kind = asset.provider, (asset.provider, asset.service, asset.type)
    else:
        provider = of.provider if of else ""
        kind = (of.provider, of.service, of.resource) if of else ("", "", "")
    parts = [".".join(part for part in kind if part) or found.table.label]
    places = [part for part in (asset.region, asset.account) if part] if asset else []
    parts += places or ([found.scope.label] if found.scope.values else [])
    # names, as the provider gives them
    title, words = (html.Span(one, className="given") for one in (title, " · ".join(parts)))
    return page_header(
        title,
        words,
        trail=trail,
        dot=find_provider_colour(provider),
        actions=[*watch, *_actions(found, provider, engineer)] or None,
    )


def _actions(found: ResourceDetail, provider: str, engineer: bool) -> list[Any]:
    """Where else one looks at it: its cloud's console, and for engineers the editor."""
    actions: list[Any] = []
    if engineer:
        for words, sql, source in (
            ("Query this", found.live, Source.LIVE),
            ("Query its changes" if found.gone else "Query its row", found.row, Source.INVENTORY),
        ):
            address = f"/ide?{urlencode({'sql': sql, url_words.SOURCE: source})}"
            if sql and len(address) <= addresses.LONGEST_STATEMENT:
                actions.append(
                    dcc.Link(
                        words,
                        href=address,
                        className="btn btn-outline-secondary btn-sm",
                        title="Opens the statement in the editor, for "
                        + ("the live cloud" if source is Source.LIVE else "the inventory"),
                    )
                )
    if found.console.startswith("https://"):
        actions.append(
            html.A(
                [f"Open in {name_console(provider)} ", icon("bi-box-arrow-up-right", "opens another site")],
                href=found.console,
                target="_blank",
                rel="noopener noreferrer",
                className="btn btn-primary btn-sm",
            )
        )
    return actions


def _list_facts(found: ResourceDetail, now: datetime, engineer: bool) -> list[tuple[str, Any]]:
    """What it is, whose, and when it was seen. What was there when the history began was seen first by that day."""
    began = (
        f"by {format_day(found.first_day, now.date())}, when the history begins" if found.first_day else ""
    )
    # a row's first run is no change of it
    changed = found.changed_at if found.changed_at != found.first_seen_at else None
    seen: list[tuple[str, Any]]
    if found.gone:
        gone = next((entry.at for entry in found.timeline if entry.kind is Change.REMOVED), None)
        seen = [
            ("Last seen", relative_time(found.last_seen_at, now, "unknown")),
            ("Gone since", relative_time(gone, now, "unknown")),
        ]
    else:
        seen = [("Confirmed", relative_time(found.confirmed_at, now, "unknown"))]
    return [
        ("Owner", _owner(found, engineer)),
        ("First seen", relative_time(found.first_seen_at, now, began or "unknown")),
        (
            "Last changed",
            relative_time(changed, now, "not since then" if began or found.changed_at else "unknown"),
        ),
        *seen,
        *[(name, _given(value)) for name, value in _list_places(found)],
        ("Table", dcc.Link(found.table.label, href=addresses.table(found.table), className="mono")),
    ]


def _list_places(found: ResourceDetail) -> list[tuple[str, str]]:
    """Region and account, and the scope it was read in where these do not say it."""
    asset = found.asset
    region, account = (asset.region, asset.account) if asset else ("", "")
    said = set(found.scope.values.values()) <= {region, account}
    called = f"{found.account_name} ({account})" if found.account_name else account
    places = [("Region", region), ("Account", called)]
    return places if said else [*places, ("Scope", found.scope.label)]


def _given(value: str) -> Any:
    return html.Span(value, className="given") if value else html.Span("–", className="null-value")


def _owner(found: ResourceDetail, engineer: bool) -> Any:
    owner = found.asset.owner if found.asset else ""
    if owner:
        address = addresses.resources(owner=owner, provider=None, region=None, account=None)
        return dcc.Link(
            html.Span(owner, className="given"), href=address, title="All resources of this owner"
        )
    if found.gone:
        return html.Span("not known", className="null-value", title="Owners are of resources that there are")
    words: list[Any] = [html.Span("not known", className="null-value")]
    if engineer:
        words += [" · ", dcc.Link("Owner rules", href=addresses.view("owners"))]
    return html.Span(words)


def _list_notices(found: ResourceDetail, now: datetime) -> list[Any]:
    """What one must know before one reads the values."""
    state = found.scope_state
    coverage = dcc.Link("Coverage", href=addresses.table(found.table, "coverage"))
    if found.gone:
        last = next((entry for entry in found.timeline), None)
        words = [
            "Its last known values are below; it vanished ",
            relative_time(last.at if last else None, now, "at an unknown time"),
            ".",
        ]
        return [note("This resource is gone", words, "warning")]
    if state is not None and state.status == ScopeStatus.ADDITIVE:
        words = [
            f"Of {found.scope.label} a part of the list is read alone: rows are added and changed, and none is"
            " removed. ",
            coverage,
        ]
        return [note("Whether it is still there is not known", words, "info", details=state.message)]
    if state is not None and state.status != ScopeStatus.OK:
        words = [
            f"{found.scope.label} ({describe_scope_status(state.status)}) was last read whole, with these values, ",
            relative_time(state.ok_at, now),
            ". ",
            coverage,
        ]
        return [note("The newest run did not confirm it", words, "warning", details=state.message)]
    return []


def body(found: ResourceDetail, now: datetime, engineer: bool = False) -> list[Any]:
    """Values at the left; at the right its timeline and what it has to do with others, which a callback fills."""
    shown = {name: value for name, value in found.last.items() if name not in found.tag_columns}
    facts = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in _list_facts(found, now, engineer)]
    left = [
        covered_panel(
            "Last known values" if found.gone else "Now",
            [html.Dl(facts, className="about"), tag_chips(found), _value_list(shown, found, now)],
            found.reading,
            now,
            brief=found.gone,
        ),
        panel(
            "Raw JSON",
            html.Details(
                [
                    html.Summary("Show"),
                    copy_box(ids.RESOURCE_JSON, format_json(found.last, indent=True), "the JSON"),
                ]
            ),
        ),
    ]
    right = [
        covered_panel(
            "Timeline",
            timeline(found, now),
            found.reading,
            now,
            note=format_count(len(found.timeline), "change") if found.timeline else "",
        ),
        panel(
            "Related",
            [
                html.Div(looking(), id=ids.RESOURCE_RELATED, **{"aria-live": "polite"}),
                dcc.Store(
                    id=ids.RESOURCE_PLACE,
                    data={
                        "schema": found.table.schema,
                        "table": found.table.name,
                        "key": found.key,
                        "scope": found.scope.key,
                    },
                ),
            ],
        ),
        panel("Like this", alike(found)) if alike(found) else None,
    ]
    return [*_list_notices(found, now), html.Div([html.Div(left), html.Div(right)], className="two-columns")]


def _value_list(values: dict[str, Any], found: ResourceDetail, now: datetime) -> html.Dl:
    """Every value under its column's name, as its type is read; what there is of it can be copied."""
    kinds = {column.name: column.kind for column in found.columns}
    parts: list[Any] = []
    for name, value in name_unread(values).items():
        copied = "" if value in (None, "", [], {}) else _copy_text(value)
        parts += [
            html.Dt(name),
            html.Dd(
                [
                    html.Div(_value(name, value, kinds.get(name, ""), now), className="value-shown given"),
                    dcc.Clipboard(content=copied, title=f"Copy {name}", className="icon-button value-copy")
                    if copied
                    else None,
                ]
            ),
        ]
    return html.Dl(parts, className="value-list copied-values")


def _copy_text(value: Any) -> str:
    return format_json(value, indent=True) if isinstance(value, dict | list) else str(value)


def _value(name: str, value: Any, kind: str, now: datetime) -> Any:
    if name.startswith(("is_", "has_")) and value in (0, 1):
        # SQLite, in which StackQL answers, has no truth of its own
        value = bool(value)
    if kind in ("time", "text") and (moment := _read_moment(value)) is not None:
        return html.Span([relative_time(moment, now), html.Span(f" {value}", className="value-name")])
    if isinstance(value, dict | list) and len(text := format_json(value)) > SHORT_JSON:
        noun = "field" if isinstance(value, dict) else "item"
        return html.Details(
            [
                html.Summary([html.Code(f"{text[:60]}…"), f" {format_count(len(value), noun)}"]),
                value_text(value, LONGEST_JSON),
            ],
            className="folded-json",
        )
    return value_text(value, LONGEST_TEXT)


def _read_moment(value: Any) -> datetime | None:
    """A time as clouds write it; None for what is no time of day."""
    if not (isinstance(value, str) and _TIME.fullmatch(value)):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
