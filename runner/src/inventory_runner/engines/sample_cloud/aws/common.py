"""What the sample's AWS resources share: accounts, regions, networks, tags."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from inventory_runner.engines.sample_cloud.dice import Dice

# environment: the account that holds it
ACCOUNTS = {"prod": "418275930164", "staging": "730462918553", "dev": "196038472715"}
# region: instances that are always there
REGIONS = {
    "us-east-1": 370,
    "us-west-2": 210,
    "eu-west-1": 275,
    "eu-central-1": 130,
    "ap-southeast-2": 85,
    "sa-east-1": 45,
}
ZONES = "abc"
_REGION_NUMBER = {region: place for place, region in enumerate(REGIONS)}
_ENV_NUMBER = {env: place for place, env in enumerate(ACCOUNTS)}


def share_of(region: str, total: int) -> int:
    """The part of an estate-wide number that falls to a region."""
    return round(total * REGIONS.get(region, 0) / sum(REGIONS.values()))


def tag_list(tags: Mapping[str, str] | None, name: str | None = None) -> list[dict[str, str]]:
    """AWS's form of tags; an empty list where there are none."""
    found = [{"Key": "Name", "Value": name}] if name else []
    return found + [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


@lru_cache(maxsize=64)
def vpc_id(region: str, env: str) -> str:
    return "vpc-0" + Dice(f"vpc/{region}/{env}").hex(16, "id")


@lru_cache(maxsize=512)
def subnet_id(region: str, env: str, zone: str, tier: str) -> str:
    return "subnet-0" + Dice(f"subnet/{region}/{env}/{zone}/{tier}").hex(16, "id")


@lru_cache(maxsize=512)
def group_id(region: str, env: str, name: str) -> str:
    return "sg-0" + Dice(f"group/{region}/{env}/{name}").hex(16, "id")


def vpc_network(region: str, env: str) -> str:
    """The first two numbers of a VPC's addresses."""
    return f"10.{_REGION_NUMBER[region] * 16 + _ENV_NUMBER[env] * 4}"


def subnet_place(zone: str, tier: str) -> int:
    """The third number of a subnet's first address; each subnet is a /22."""
    return (ZONES.index(zone) + (3 if tier == "private" else 0)) * 4


def address(region: str, env: str, zone: str, tier: str, host: int) -> str:
    """The private address of a host, 0 to 999, in a subnet."""
    high, low = divmod(host + 10, 256)
    return f"{vpc_network(region, env)}.{subnet_place(zone, tier) + high}.{low}"
