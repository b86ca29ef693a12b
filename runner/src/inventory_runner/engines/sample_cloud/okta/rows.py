"""Okta in the sample cloud: everyone in the company, and the groups they are in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inventory_runner.engines.sample_cloud.company import SHORT, TEAMS, Person, people
from inventory_runner.engines.sample_cloud.dice import Dice, population, stamp

SUBDOMAIN = SHORT
_ADDRESS = f"https://{SUBDOMAIN}.okta.com/api/v1"
_CITIES = (
    ("Rotterdam", "NL"),
    ("Hamburg", "DE"),
    ("Dublin", "IE"),
    ("Austin", "US"),
    ("Sydney", "AU"),
    ("Recife", "BR"),
)


def _status(person: Person, day: int) -> tuple[str, int]:
    """The status and the day on which it began."""
    one = person.life
    if person.left is not None:
        return "DEPROVISIONED", person.left
    if day - one.born < 2:
        return "PROVISIONED", one.born
    trouble, since = one.era("trouble", 30, day)
    if day - since < 4 and one.dice.chance(0.05, f"locked{trouble}"):
        return "LOCKED_OUT", since
    if one.dice.chance(0.02, "suspended"):
        return "SUSPENDED", one.born + (day - one.born) // 400 * 400
    if one.dice.chance(0.03, "expired"):
        return "PASSWORD_EXPIRED", one.born
    return "ACTIVE", one.born


def users(day: int, subdomain: str) -> Iterator[dict[str, Any]]:
    for person in people(day):
        one, dice = person.life, person.life.dice
        status, changed = _status(person, day)
        # most people sign in every day or two, some hardly ever
        _, seen = one.era("login", dice.weighted(((2, 80), (9, 12), (150, 8)), "habit"), day)
        _, password = one.era("password", 120, day)
        city, country = dice.pick(_CITIES, "city")
        manager = Dice(f"manager {person.team}/{one.slot % 5}").mixed(6, "manager")
        user_id = "00u" + dice.mixed(17, "id")
        created = one.stamp(one.born, ".000Z")
        last = person.left if person.left is not None and seen >= person.left else seen
        yield {
            "id": user_id,
            "status": status,
            "created": created,
            "activated": created,
            "statusChanged": one.stamp(changed, ".000Z"),
            "lastLogin": None if status == "PROVISIONED" else one.stamp(last, ".000Z"),
            "lastUpdated": one.stamp(max(changed, password), ".000Z"),
            "passwordChanged": one.stamp(password, ".000Z"),
            "profile": {
                "city": city,
                "costCenter": TEAMS[person.team][0],
                "countryCode": country,
                "department": person.team,
                "email": person.email,
                "firstName": person.first,
                "lastName": person.last,
                "login": person.email,
                "managerId": manager,
                "title": person.title,
                "userType": "Contractor" if person.title == "Contractor" else "Employee",
            },
            "credentials": {"provider": {"name": "OKTA", "type": "OKTA"}},
            "type": {"id": "oty" + Dice("user type").mixed(17, "id")},
            "_links": {"self": {"href": f"{_ADDRESS}/users/{user_id}"}},
        }


def groups(day: int, subdomain: str) -> Iterator[dict[str, Any]]:
    fixed = [
        "Everyone",
        *(f"team-{team}" for team in TEAMS),
        "engineers",
        "contractors",
        "aws-admins",
        "github-members",
    ]
    for name in fixed:
        dice = Dice(f"okta group {name}")
        kind = "BUILT_IN" if name == "Everyone" else "OKTA_GROUP"
        yield _group(
            dice, name, f"{name}, kept by HR", kind, "2021-05-04T08:12:44.000Z", stamp(day, 3600, ".000Z")
        )
    for one in population("okta group", 72, day, 700):
        name = f"app-{one.dice.pick(tuple(TEAMS), 'team')}-{one.dice.pick(('users', 'admins', 'readers'), 'kind')}"
        _, changed = one.era("membership", one.dice.pick((10, 60, 500), "pace"), day)
        made = one.stamp(one.born, ".000Z")
        row_name = f"{name}-{one.suffix(3)}"
        yield _group(one.dice, row_name, None, "OKTA_GROUP", made, one.stamp(changed, ".000Z"))


def _group(dice: Dice, name: str, text: str | None, kind: str, made: str, changed: str) -> dict[str, Any]:
    group_id = "00g" + dice.mixed(17, "id")
    return {
        "id": group_id,
        "created": made,
        "lastUpdated": made,
        "lastMembershipUpdated": changed,
        "objectClass": ["okta:user_group"],
        "type": kind,
        "profile": {"description": text, "name": name},
        "_links": {"users": {"href": f"{_ADDRESS}/groups/{group_id}/users"}},
    }


GENERATORS = {"okta.groups.groups": groups, "okta.users.users": users}
