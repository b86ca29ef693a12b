"""The company that owns the sample cloud: its teams, applications and people, shared by all providers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from inventory_runner.engines.sample_cloud import story
from inventory_runner.engines.sample_cloud.dice import Dice, Life, population

COMPANY = "Alder & Finch"
SHORT = "alderfinch"
DOMAIN = "alderfinch.example"

# team: (cost centre, its applications)
TEAMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "payments": ("cc-1010", ("checkout", "ledger", "fraud-score", "invoices")),
    "logistics": ("cc-1020", ("routing", "parcel-tracker", "depot", "carrier-api")),
    "storefront": ("cc-1030", ("web-shop", "search", "catalogue", "basket")),
    "data": ("cc-2010", ("ingest", "warehouse", "reports", "events")),
    "ml": ("cc-2020", ("forecast", "recommend", "feature-store")),
    "platform": ("cc-3010", ("gateway", "ci-runner", "observability", "vault")),
    "identity": ("cc-3020", ("login", "directory")),
    "corporate": ("cc-4010", ("intranet", "hr-portal", "finance-erp")),
}
TEAM_NAMES = tuple(TEAMS)
ENVIRONMENTS = (("prod", 52), ("staging", 22), ("dev", 26))

_FIRST_NAMES = (
    "Ada Aisha Alma Amir Ana Anders Anika Arjun Astrid Ben Bianca Bruno Camille Carlos Chen Clara Daniel Diego Elena "
    "Elif Emma Erik Esther Fatima Felix Femi Freya Gabriel Grace Hana Hugo Ibrahim Ines Ivan Jana Jonas Julia Kai "
    "Karim Kenji Lara Leah Leo Lina Lucas Maja Marco Maria Mateo Maya Mei Milan Mina Nadia Nils Noah Nora Olga Omar "
    "Oscar Paula Priya Rafael Ravi Rosa Samir Sara Sofia Tariq Theo Tom Uma Vera Victor Wei Yara Yusuf Zoe"
)
_LAST_NAMES = (
    "Abbott Adeyemi Ahmed Alvarez Andersen Bauer Becker Bennett Bergman Bianchi Brandt Carter Chandra Costa Cruz "
    "Dahl Delgado Diaz Dubois Eriksen Farah Fischer Fontaine Foster Garcia Gupta Haddad Hansen Hoffmann Holm Hughes "
    "Ito Ivanova Jansen Jensen Kaya Keller Khan Kim Klein Kovacs Kowalski Kumar Lang Larsen Lindqvist Lopez Marino "
    "Martin Mehta Meyer Moreau Mori Murphy Nakamura Nguyen Novak Okafor Olsen Ortiz Park Patel Petrov Quinn Ramos "
    "Rossi Sato Schmidt Silva Singh Suzuki Tanaka Torres Vogel Wagner Walsh Weber Wong Yilmaz Zhang"
)
_FIRST, _LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()

_STAFF = 560
_TITLES = {
    "payments": ("Software Engineer", "Senior Engineer", "Product Manager"),
    "logistics": ("Software Engineer", "Operations Analyst", "Product Manager"),
    "storefront": ("Frontend Engineer", "Designer", "Product Manager"),
    "data": ("Data Engineer", "Analytics Engineer", "Data Analyst"),
    "ml": ("ML Engineer", "Research Scientist"),
    "platform": ("Site Reliability Engineer", "Platform Engineer", "Cloud Architect"),
    "identity": ("Security Engineer", "Identity Engineer"),
    "corporate": ("Accountant", "Recruiter", "Office Manager", "Legal Counsel", "Support Agent"),
}
# in the order in which people are hired; half of the company does not write code
_DEPARTMENTS = ("payments", "corporate", "platform", "data", "corporate", "storefront", "corporate", "logistics",
                "corporate", "ml", "corporate", "identity", "corporate", "storefront")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who works here; `left` is the day on which the account was closed, None while it is open."""

    life: Life
    first: str
    last: str
    team: str
    title: str
    left: int | None

    @property
    def login(self) -> str:
        return f"{self.first}.{self.last}".lower()

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"

    @property
    def engineer(self) -> bool:
        return self.team != "corporate"


@lru_cache(maxsize=4)
def people(day: int) -> tuple[Person, ...]:
    """Everyone with an account on a day; a closed account stays listed for a week."""
    return tuple(_people(day))


def _people(day: int) -> Iterator[Person]:
    for one in population("staff", _STAFF, day, 800):
        generation = int(one.uid.rsplit("/", 1)[-1]) % 8
        yield _person(one, one.slot + 700 * generation, _DEPARTMENTS[one.slot % len(_DEPARTMENTS)], day)
    for place, cohort in enumerate(story.CONTRACTORS):
        for one in cohort.members(day):
            name = _STAFF + 9 * (2 * place + one.born // cohort.cycle % 2) + one.slot
            yield _person(one, name, "logistics", day, "Contractor")


def _person(one: Life, name: int, team: str, day: int, title: str = "") -> Person:
    # a fixed shuffle of all pairs of names, so that no two people who live at once share one
    pair = name * 2477 % (len(_FIRST) * len(_LAST))
    closes = one.dies - story.CLOSED_DAYS
    return Person(
        life=one,
        first=_FIRST[pair % len(_FIRST)],
        last=_LAST[pair // len(_FIRST)],
        team=team,
        title=title or one.dice.pick(_TITLES[team], "title"),
        left=closes if day >= closes else None,
    )


def team_and_app(dice: Dice) -> tuple[str, str]:
    team = dice.pick(TEAM_NAMES, "team")
    return team, dice.pick(TEAMS[team][1], "app")


def labels(
    one: Life, day: int, team: str, app: str, env: str, untagged: float = 0.12
) -> dict[str, str] | None:
    """Who owns a thing, as tags or labels; None where nobody tagged it. An owner changes now and then."""
    if one.dice.chance(untagged, "untagged"):
        return None
    moved, _ = one.era("owner", 240, day)
    owner = team if one.dice.chance(0.75, f"owner{moved}") else one.dice.pick(TEAM_NAMES, f"owner{moved}")
    found = {"app": app, "team": owner, "env": env, "cost-center": TEAMS[owner][0]}
    if one.dice.chance(0.7, "has owner"):
        found["owner"] = f"{owner}-oncall@{DOMAIN}"
    if one.dice.chance(0.4, "managed"):
        found["managed-by"] = "terraform"
    return found
