"""What happens in the sample cloud, as a calendar that repeats, so that any two weeks show all of it.

- aws eu-central-1 grows by a few instances a day for five weeks, then a migration is rolled back.
- Volumes and disks without an instance pile up until someone cleans up.
- Two days of a fortnight bring a burst of spot instances.
- Google buckets and Azure storage accounts become public and are closed again; a security group opens SSH.
- A cohort of contractors leaves Okta every fortnight; the next one starts two days later.
- One scope after another goes dark: its credentials are refused for a few days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inventory_runner.engines.sample_cloud.dice import Life, life, number

FORTNIGHT = 14


@dataclass(frozen=True)
class Wave:
    """Things that arrive at a steady rate from a day of the cycle on, and leave over some days at its end."""

    name: str
    cycle: int
    start: int
    days: int
    per_day: float
    leave: int
    leave_days: int = 1

    def members(self, day: int) -> Iterator[Life]:
        total = round(self.per_day * self.days)
        # the cycle before may still have members, where leaving reaches beyond the cycle's end
        for back in (0, self.cycle):
            at = day % self.cycle + back
            origin = day - at
            for place in range(total):
                arrives = self.start + int(place / self.per_day)
                leaves = self.leave + place * self.leave_days // total
                if arrives <= at < leaves:
                    yield life(
                        f"{self.name}/{origin}",
                        f"{self.name}/{origin}/{place}",
                        place,
                        origin + arrives,
                        origin + leaves,
                    )


GROWTH = Wave("aws growth", cycle=42, start=0, days=36, per_day=2.5, leave=37, leave_days=5)
GROWING_REGION = "eu-central-1"

AWS_SPOT = Wave("aws spot", cycle=14, start=8, days=2, per_day=15, leave=10, leave_days=2)
GOOGLE_SPOT = Wave("google spot", cycle=14, start=8, days=2, per_day=20, leave=10, leave_days=2)

# contractors work for twelve weeks but two days; a closed account is listed for a week
CLOSED_DAYS = 7
CONTRACTORS = tuple(
    Wave(f"contractors {cohort}", cycle=84, start=at, days=1, per_day=9, leave=at + 82 + CLOSED_DAYS)
    for cohort, at in enumerate(range(8, 84, FORTNIGHT))
)


def orphans(scope: str, per_day: float) -> Wave:
    """Disks left behind in a scope; scopes clean up on different days of the four weeks."""
    shift = number(f"orphans/{scope}") % 28
    return Wave(f"orphans {scope}", cycle=28, start=shift, days=26, per_day=per_day, leave=shift + 27)


def is_public_google_bucket(slot: int, day: int) -> bool:
    """A few buckets, others in each fortnight, are public from its fifth to its eighth day."""
    return 4 <= day % FORTNIGHT < 8 and _chosen("google bucket", slot, day, of=100, count=4)


def is_public_azure_account(slot: int, day: int) -> bool:
    """A few storage accounts allow public blobs for three days near the fortnight's end."""
    return 10 <= day % FORTNIGHT < 13 and _chosen("azure account", slot, day, of=160, count=4)


def is_ssh_open(slot: int, day: int) -> bool:
    """Some security groups let the world in by SSH for three days."""
    return 2 <= day % FORTNIGHT < 5 and _chosen("ssh", slot, day, of=40, count=1)


def _chosen(what: str, slot: int, day: int, *, of: int, count: int) -> bool:
    first = number(f"{what}/{day // FORTNIGHT}") % of
    return (slot - first) % of < count


@dataclass(frozen=True)
class DarkScope:
    """A scope whose credentials are refused from day `start` of the four weeks until before day `end`."""

    start: int
    end: int
    provider: str
    value: str


DARK_SCOPES = (
    DarkScope(0, 3, "databricks_workspace", "dbc-9d1e47f0-3b62"),
    DarkScope(3, 7, "azure", "c2f4a1d8-5e3b-4f90-8a67-1b9d2e7c6f03"),
    DarkScope(8, 12, "aws", "sa-east-1"),
    DarkScope(12, 15, "google", "af-ml-research"),
    DarkScope(16, 20, "aws", "ap-southeast-2"),
    DarkScope(19, 23, "azure", "c2f4a1d8-5e3b-4f90-8a67-1b9d2e7c6f03"),
    DarkScope(24, 28, "google", "af-ml-research"),
)


def dark_scopes(day: int) -> set[tuple[str, str]]:
    """(provider, parameter value) of what is refused on a day; empty on few days."""
    at = day % 28
    return {(scope.provider, scope.value) for scope in DARK_SCOPES if scope.start <= at < scope.end}
