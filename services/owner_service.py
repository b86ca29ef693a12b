"""Whose the resources are: engineers order the rules, everyone sees what they give and what nobody is known for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace

from inventory_runner.errors import InvalidInput, InventoryError
from services.db.owners import OwnerRecords
from services.models.owners import OwnerCounts, OwnerRule, OwnerRules, Ownership, RuleSource
from services.models.wording import format_count
from services.users import limit_to_engineers

MOST_RULES = 50
LONGEST_PART = 200

log = logging.getLogger(__name__)


class OwnerService:
    """Viewers may read everything here; the rules are for engineers to try and to save."""

    def __init__(self, records: OwnerRecords) -> None:
        self._records = records
        self._applying = threading.Lock()

    def rules(self) -> OwnerRules:
        """The rules in order."""
        return self._records.read_rules()

    def ownership(self) -> Ownership:
        """How the resources divide by owner and account; where tables are behind the rules, they are brought up."""
        found = self._records.read_ownership()
        if found.behind:
            self.apply_in_background()
        return found

    def counts(self) -> OwnerCounts:
        """How many resources each rule gives an owner, as the rules are kept."""
        return self._records.count_by_rule(self._records.read_rules().rules)

    @limit_to_engineers
    def preview(self, rules: Sequence[OwnerRule]) -> OwnerCounts:
        """How many resources each of these rules would give an owner, in this order; raises InvalidInput."""
        return self._records.count_by_rule(check_rules(rules))

    @limit_to_engineers
    def save(self, rules: Sequence[OwnerRule], version: int) -> int:
        """Keep the rules, and bring every table's owners to them in the background. Returns their version.

        version: that the change began from. Raises InvalidInput, VersionConflict.
        """
        saved = self._records.save_rules(check_rules(rules), version)
        self.apply_in_background()
        return saved

    def apply_in_background(self) -> None:
        """Bring the owners of all tables to the rules, a table a transaction; once at a time in this process."""
        threading.Thread(target=self.apply, name="owner-rules", daemon=True).start()

    def apply(self) -> None:
        """Bring the owners of all tables to the rules. What fails is left to the next visit or run."""
        try:
            # where another applies them this one leaves it to that one, which looks again when it is done
            while (behind := self._records.list_behind()) and self._applying.acquire(blocking=False):
                try:
                    for ref in behind:
                        self._records.apply_rules(ref)
                finally:
                    self._applying.release()
        except InventoryError as error:
            log.warning("Owner rules were not applied to every table: %s", error)


def check_rules(rules: Sequence[OwnerRule]) -> tuple[OwnerRule, ...]:
    """The rules without the space around their parts; raises InvalidInput for one that says too little."""
    if len(rules) > MOST_RULES:
        raise InvalidInput(
            f"There can be {format_count(MOST_RULES, 'owner rule')}; these are {len(rules)}.",
            hint="Let one rule give several tags or accounts with `*`.",
            field="rules",
        )
    checked = [_strip(rule) for rule in rules]
    for place, rule in enumerate(checked, 1):
        parts = (rule.provider, rule.tag, rule.value, rule.owner)
        if any(len(part) > LONGEST_PART for part in parts):
            raise InvalidInput(
                f"Rule {place} has a part of more than {LONGEST_PART} characters.", field="rules"
            )
        if any(not character.isprintable() for part in parts for character in part):
            raise InvalidInput(f"Rule {place} holds a character that cannot be seen.", field="rules")
        if rule.source is RuleSource.TAG and not rule.tag:
            raise InvalidInput(f"Rule {place} does not say which tag it looks at.", field="rules")
        if rule.source is RuleSource.ACCOUNT and not (rule.value and rule.owner):
            raise InvalidInput(
                f"Rule {place} gives an account's resources an owner: it needs the account and the owner.",
                field="rules",
            )
        if (twin := checked.index(rule) + 1) != place:
            raise InvalidInput(f"Rule {place} is the same as rule {twin}.", field="rules")
    return tuple(checked)


def _strip(rule: OwnerRule) -> OwnerRule:
    return replace(
        rule,
        provider=rule.provider.strip(),
        tag=rule.tag.strip() if rule.source is RuleSource.TAG else "",
        value=rule.value.strip(),
        owner=rule.owner.strip(),
    )
