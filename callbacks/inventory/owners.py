"""Who owns what: showing the rules and what they give, changing, trying and saving them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash
from dash import ALL, Input, Output, State, no_update

from callbacks.conflicts import read_kept_versions
from callbacks.outputs import update
from callbacks.presses import find_pressed, is_called_by_new_buttons
from inventory_runner.errors import InventoryError
from layouts.components import ids as component_ids
from layouts.components.conflict import conflict
from layouts.components.feedback import error_alert, note
from layouts.inventory import ids, owners
from services import Services
from services.models.core import VersionConflict
from services.models.owners import OwnerCounts, OwnerRule, RuleSource
from services.users import Role, current_user

# what a conflict is about
CONFLICT = "owners"
SHOWN = {
    "summary": Output(ids.OWNERS_SUMMARY, "children"),
    "lists": Output(ids.OWNERS_LISTS, "children"),
    "rules": Output(ids.OWNERS_RULES, "children"),
    "saved": Output(ids.OWNERS_SAVED, "children"),
    "version": Output(ids.OWNERS_VERSION, "data"),
    "result": Output(ids.OWNERS_RESULT, "children"),
}
EDITED = {
    "rules": Output(ids.OWNERS_RULES, "children", allow_duplicate=True),
    "result": Output(ids.OWNERS_RESULT, "children", allow_duplicate=True),
}
FIELDS = {
    "values": State(ids.owner_field(ALL, ALL), "value"),
    "fields": State(ids.owner_field(ALL, ALL), "id"),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the page's callbacks."""

    @app.callback(
        inputs={
            "_store": Input(ids.OWNERS_STORE, "data"),
            "_taken": Input(component_ids.conflict_take(CONFLICT, ALL), "n_clicks"),
        },
        output=SHOWN,
    )
    def _show(_store: Any, _taken: Any) -> Any:
        return no_update if is_called_by_new_buttons() else show_owners(services)

    @app.callback(
        inputs={
            "add": Input(ids.OWNERS_ADD, "n_clicks"),
            "_acts": Input(ids.owner_act(ALL, ALL), "n_clicks"),
            "_accounts": Input(ids.owner_account(ALL, ALL), "n_clicks"),
            "preview": Input(ids.OWNERS_PREVIEW, "n_clicks"),
            **FIELDS,
        },
        output=EDITED,
        prevent_initial_call=True,
    )
    def _edit(values: list[Any], fields: list[dict[str, Any]], **_pressed: Any) -> Any:
        pressed = find_pressed()
        if pressed is None:
            return no_update
        rules = read_rules(values, fields)
        if pressed == ids.OWNERS_PREVIEW:
            return preview_rules(services, rules)
        return update(EDITED, rules=draw(services, change_rules(rules, pressed)), result=None)

    @app.callback(
        inputs={
            "_clicks": Input(ids.OWNERS_SAVE, "n_clicks"),
            "_kept": Input(component_ids.conflict_keep(CONFLICT, ALL), "n_clicks"),
            "version": State(ids.OWNERS_VERSION, "data"),
            **FIELDS,
        },
        output={
            name: Output(one.component_id, one.component_property, allow_duplicate=True)
            for name, one in SHOWN.items()
        },
        prevent_initial_call=True,
    )
    def _save(_clicks: int, _kept: Any, version: int, values: list[Any], fields: list[dict[str, Any]]) -> Any:
        kept = read_kept_versions()
        if kept is None and find_pressed() != ids.OWNERS_SAVE:
            return no_update
        return save_rules(services, read_rules(values, fields), version if kept is None else kept[0])


def show_owners(services: Services) -> dict[str, Any]:
    """The page as it is now."""
    try:
        reading = services.inventory.read_resources_reading({})
        found = services.inventory.remember("ownership", services.owners.ownership)
        stored = services.owners.rules()
        counts = services.inventory.remember(("owner rules", stored.version), services.owners.counts)
    except InventoryError as error:
        return update(SHOWN, result=error_alert(error))
    editable = current_user().role is Role.ENGINEER
    return {
        "summary": owners.summary(found, reading),
        "lists": owners.lists(found, reading, editable),
        "rules": draw(services, stored.rules, counts)
        if editable
        else owners.rule_list(stored.rules, counts, reading),
        "saved": owners.saved_words(stored),
        "version": stored.version,
        "result": None,
    }


def draw(services: Services, rules: Sequence[OwnerRule], counts: OwnerCounts | None = None) -> Any:
    """The rules with their fields."""
    reading = services.inventory.read_resources_reading({})
    return owners.rule_editor(rules, counts, reading, services.inventory.list_providers())


def read_rules(values: Sequence[Any], fields: Sequence[Mapping[str, Any]]) -> list[OwnerRule]:
    """The rules that the fields hold, in their order."""
    rows: dict[int, dict[str, str]] = {}
    for value, field in zip(values, fields, strict=True):
        rows.setdefault(int(field["place"]), {})[str(field["field"])] = str(value or "")
    return [
        OwnerRule(
            RuleSource.ACCOUNT if row.get("source") == RuleSource.ACCOUNT else RuleSource.TAG,
            "" if row.get("provider") == owners.EVERY_PROVIDER else row.get("provider", ""),
            row.get("tag", ""),
            row.get("value", ""),
            row.get("owner", ""),
        )
        for _, row in sorted(rows.items())
    ]


def change_rules(rules: Sequence[OwnerRule], pressed: Any) -> list[OwnerRule]:
    """The rules after a button: one added, for an account or for what is typed, one moved or one removed."""
    changed = list(rules)
    if not isinstance(pressed, Mapping):
        return [*changed, OwnerRule(RuleSource.TAG)]
    if pressed.get("type") == ids.OWNER_ACCOUNT:
        return [*changed, OwnerRule(RuleSource.ACCOUNT, pressed["provider"], "", pressed["account"])]
    at = int(pressed["place"]) - 1
    to = {"up": at - 1, "down": at + 1}.get(pressed["act"])
    if not 0 <= at < len(changed):
        return changed
    moved = changed.pop(at)
    if to is not None:
        changed.insert(max(0, to), moved)
    return changed


def preview_rules(services: Services, rules: Sequence[OwnerRule]) -> dict[str, Any]:
    """What each of these rules would give; nothing is kept."""
    try:
        counts = services.owners.preview(rules)
    except InventoryError as error:
        return update(EDITED, result=error_alert(error))
    return {"rules": draw(services, rules, counts), "result": None}


def save_rules(services: Services, rules: Sequence[OwnerRule], version: int) -> dict[str, Any]:
    """Keep the rules. version: that they began from. What was typed stays where it could not be kept."""
    try:
        services.owners.save(rules, version)
    except VersionConflict as error:
        return update(SHOWN, result=conflict(CONFLICT, error))
    except InventoryError as error:
        return update(SHOWN, result=error_alert(error))
    return {
        **show_owners(services),
        "result": note(
            "Saved", "The resources' owners are brought to these rules, a table at a time.", "success"
        ),
    }
