"""Whose the resources are: the rules that say it, what each gives, and what nobody is known for."""

from __future__ import annotations

from dataclasses import dataclass

from inventory_runner.models import OwnerRule, OwnerRules, RuleSource

__all__ = ["AccountShare", "OwnerCounts", "OwnerRule", "OwnerRules", "OwnerShare", "Ownership", "RuleSource"]


@dataclass(frozen=True)
class OwnerShare:
    """An owner and how many resources they have."""

    owner: str
    rows: int


@dataclass(frozen=True)
class AccountShare:
    """An account, empty where a resource names none, its resources and those of them whose owner is not known."""

    provider: str
    account: str
    rows: int
    unknown: int


@dataclass(frozen=True)
class OwnerCounts:
    """rows: by the place of the rule that gives the owner, the first for none. As the rules of the question say."""

    rows: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.rows)

    @property
    def unknown(self) -> int:
        return self.rows[0]


@dataclass(frozen=True)
class Ownership:
    """How the resources divide by owner and by account, as they are kept now; the most first, of each so many.

    owner_count, account_count: how many there are in all. behind: tables whose owners follow older rules still.
    """

    total: int
    unknown: int
    owners: tuple[OwnerShare, ...] = ()
    accounts: tuple[AccountShare, ...] = ()
    owner_count: int = 0
    account_count: int = 0
    behind: int = 0
