"""Cloudflare in the sample cloud: two accounts and their zones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inventory_runner.engines.sample_cloud.company import COMPANY, SHORT
from inventory_runner.engines.sample_cloud.dice import Dice, population

_PLANS = (("Enterprise Website", 15), ("Business Website", 20), ("Pro Website", 30), ("Free Website", 35))
_WORDS = (
    "track",
    "shop",
    "status",
    "api",
    "depot",
    "careers",
    "press",
    "blog",
    "partners",
    "parcels",
    "docs",
    "go",
)
_ENDINGS = ("example", "test")


def _accounts() -> list[dict[str, Any]]:
    return [
        {"id": Dice(f"cloudflare {name}").hex(32, "id"), "name": name, "created_on": made}
        for name, made in ((COMPANY, "2020-11-02T10:11:12Z"), (f"{COMPANY} Labs", "2023-01-23T09:45:00Z"))
    ]


def accounts(day: int) -> Iterator[dict[str, Any]]:
    for account in _accounts():
        yield account | {
            "type": "enterprise" if account["name"] == COMPANY else "standard",
            "settings": {"abuse_contact_email": None, "enforce_twofactor": account["name"] == COMPANY},
            "managed_by": None,
        }


def zones(day: int) -> Iterator[dict[str, Any]]:
    main, labs = _accounts()
    for one in population("zone", 58, day, 620):
        dice = one.dice
        name = f"{dice.pick(_WORDS, 'word')}-{SHORT}-{one.suffix(3)}.{dice.pick(_ENDINGS, 'ending')}"
        plan = dice.weighted(_PLANS, "plan")
        changed, since = one.era("edited", 70, day)
        status = (
            "pending"
            if day - one.born < 3
            else dice.weighted((("active", 93), ("moved", 4), ("pending", 3)), "state")
        )
        account = labs if dice.chance(0.25, "labs") else main
        servers = [
            f"{server}.ns.cloudflare.com"
            for server in (dice.pick(("ada", "lou"), "a"), dice.pick(("rex", "sid"), "b"))
        ]
        yield {
            "id": dice.hex(32, "id"),
            "name": name,
            "status": status,
            "paused": dice.chance(0.05, f"paused{changed}"),
            "type": "full",
            "development_mode": 0,
            "account": {"id": account["id"], "name": account["name"]},
            "plan": {"is_subscribed": plan != "Free Website", "name": plan},
            "meta": {
                "custom_certificate_quota": 1 if plan.startswith("Enterprise") else 0,
                "page_rule_quota": 20,
            },
            "owner": {"id": account["id"], "name": account["name"], "type": "organization"},
            "name_servers": servers,
            "original_name_servers": ["ns1.registrar.example", "ns2.registrar.example"],
            "permissions": ["#zone:read", "#dns_records:read"],
            "created_on": one.stamp(one.born, ".120394Z"),
            "modified_on": one.stamp(since, ".558120Z"),
            "activated_on": one.stamp(one.born + 1, ".000412Z") if status == "active" else None,
        }


GENERATORS = {"cloudflare.accounts.accounts": accounts, "cloudflare.zones.zones": zones}
