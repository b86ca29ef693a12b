"""The Owners view: who sees what, and what its buttons do with the rules that are typed."""

from __future__ import annotations

from fakes.components import text, words

from callbacks.inventory.owners import change_rules, preview_rules, read_rules, save_rules, show_owners
from layouts.inventory import ids, owners
from services.models.owners import OwnerRule, RuleSource

A, B = OwnerRule(RuleSource.TAG, tag="a"), OwnerRule(RuleSource.TAG, "aws", tag="b", value="x*", owner="team")
ACCOUNT = OwnerRule(RuleSource.ACCOUNT, "aws", value="4411", owner="payments")


def fields_of(rules: list[OwnerRule]):
    """What the page's fields hold of the rules, in whatever order Dash gives them."""
    fields, values = [], []
    for place, rule in reversed(list(enumerate(rules, 1))):
        for name in owners.FIELDS:
            fields.append({"type": ids.OWNER_FIELD, "field": name, "place": place})
            values.append(getattr(rule, name) or (owners.EVERY_PROVIDER if name == "provider" else None))
    return values, fields


def test_the_fields_hold_the_rules_in_their_order() -> None:
    for rules in ([], [A], [A, B, ACCOUNT], [ACCOUNT, A, *[B] * 9]):
        assert read_rules(*fields_of(rules)) == rules


def test_rules_are_added_moved_and_removed() -> None:
    def press(act: str, place: int):
        return change_rules([A, B, ACCOUNT], ids.owner_act(act, place))

    assert press("up", 2) == [B, A, ACCOUNT] and press("up", 1) == [A, B, ACCOUNT]
    assert press("down", 2) == [A, ACCOUNT, B] and press("down", 3) == [A, B, ACCOUNT]
    assert press("remove", 1) == [B, ACCOUNT] and press("remove", 9) == [A, B, ACCOUNT]
    assert change_rules([A], ids.OWNERS_ADD) == [A, OwnerRule(RuleSource.TAG)]
    added = change_rules([A], ids.owner_account("aws", "4411"))[-1]
    assert (added.source, added.provider, added.value) == (RuleSource.ACCOUNT, "aws", "4411")


def test_a_viewer_reads_the_rules_and_an_engineer_edits_them(services, as_engineer) -> None:
    shown = show_owners(services)
    assert ids.OWNERS_SAVE in text(shown["rules"]) and shown["version"] == 1
    assert "22" in words(shown["summary"]) and "payments" in words(shown["lists"])


def test_nobody_sees_the_rules_as_words(services) -> None:
    shown = show_owners(services)
    assert ids.OWNERS_SAVE not in text(shown["rules"]) and "tag owner → its value" in words(shown["rules"])


def test_what_cannot_be_kept_stays_as_it_was_typed(services, as_engineer) -> None:
    services.owners.apply_in_background = services.owners.apply
    tried = preview_rules(services, [B, OwnerRule(RuleSource.TAG, tag="owner")])
    assert "22" in words(tried["rules"])
    refused = save_rules(services, [OwnerRule(RuleSource.TAG)], 1)
    assert "which tag" in words(refused["result"]) and not isinstance(refused["rules"], list)
    assert "Saved" in words(save_rules(services, [A], 1)["result"])
    conflict = save_rules(services, [B], 1)
    assert "Keep mine" in words(conflict["result"]) and not isinstance(conflict["rules"], list)
    # what nobody is known for is the work list now
    assert "22" in words(show_owners(services)["lists"])
