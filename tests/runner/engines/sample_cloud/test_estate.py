"""The estate: the same day gives the same rows anywhere, days differ a little, and the story is always visible."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from inventory_runner.contract import AccessDenied
from inventory_runner.engines.sample_cloud import SampleCloud, catalogue, estate, providers, story
from inventory_runner.engines.sample_cloud.aws import ec2
from inventory_runner.engines.sample_cloud.catalogue import Resource
from inventory_runner.engines.sample_cloud.google import rows as google

CLEAR = date(2026, 11, 15).toordinal()  # a day on which nothing is refused
DIGEST = """
import hashlib, sys
from inventory_runner.contract import AccessDenied
from inventory_runner.engines.sample_cloud import catalogue, estate
for day in map(int, sys.argv[1:]):
    digest = hashlib.sha256()
    for name, resource in catalogue.read_resources().items():
        given = {parameter: None for parameter in resource.parameters}
        try:
            calls = estate.list_calls(resource, given, day)
        except AccessDenied:
            continue
        for call in calls:
            digest.update(repr(estate.build_rows(resource, call, day)).encode())
    print(digest.hexdigest())
"""


def rows_of(name: str, day: int) -> list[dict]:
    resource = catalogue.find(name)
    given = dict.fromkeys(resource.parameters)
    return [
        row for call in estate.list_calls(resource, given, day) for row in rows_of_call(resource, call, day)
    ]


def rows_of_call(resource: Resource, call: dict[str, str], day: int) -> list[dict]:
    empty = dict.fromkeys(resource.column_names)
    names, rows = estate.build_rows(resource, call, day)
    return [empty | dict(zip(names, row, strict=True)) for row in rows]


def dark_scopes(day: int) -> set[tuple[str, str]]:
    """(provider, parameter value) of what is refused on a day."""
    return {
        (provider.name, scope.value)
        for provider in providers.discover()
        for parameter in provider.words.parameters.values()
        for scope in parameter.dark
        if parameter.is_dark(scope.value, day)
    }


@pytest.fixture(scope="module")
def clear_day() -> dict[str, list[dict]]:
    assert dark_scopes(CLEAR) == set()
    return {name: rows_of(name, CLEAR) for name in catalogue.read_resources()}


def digest_days(days: list[int], seed: str) -> dict[int, str]:
    """Of all rows of each day, seen in this order by a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", DIGEST, *map(str, days)],
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(days, done.stdout.split(), strict=True))


def test_a_day_is_the_same_in_every_process_whichever_days_it_saw_before() -> None:
    # a process keeps rows from day to day; groups are open on the third of a fortnight, buckets on others
    days = [CLEAR - 4, CLEAR, CLEAR + 4]
    forwards, backwards = digest_days(days, "1"), digest_days(days[::-1], "2")
    assert forwards == backwards
    assert len(set(forwards.values())) == len(days)


def test_covers_what_stackql_has(clear_day: dict[str, list[dict]]) -> None:
    assert len(clear_day) >= 36
    assert {name.split(".")[0] for name in clear_day} == set(catalogue.find_versions())
    assert all(clear_day.values()), [name for name, rows in clear_day.items() if not rows]


def test_is_of_a_believable_size(clear_day: dict[str, list[dict]]) -> None:
    sizes: dict[str, int] = {}
    for name, rows in clear_day.items():
        resource = catalogue.find(name)
        words = resource.home.words
        count = len(rows)
        if name.startswith(words.everywhere):
            # a global service answers alike in each region
            count //= len(words.parameters[resource.parameters[0]].values)
        sizes[name.split(".")[0]] = sizes.get(name.split(".")[0], 0) + count
    assert 5_000 < sizes["aws"] < 8_000
    assert 2_000 < sizes["azure"] < 4_000
    assert 1_500 < sizes["google"] < 3_000
    assert 10_000 < sum(sizes.values()) < 16_000


@pytest.mark.parametrize("name", list(catalogue.read_resources()))
def test_makes_only_columns_that_the_resource_has(name: str) -> None:
    resource = catalogue.find(name)
    call = estate.list_calls(resource, dict.fromkeys(resource.parameters), CLEAR)[0]
    made = {key for row in resource.home.generators[name](CLEAR, *call.values()) for key in row}
    assert made <= set(resource.column_names)


def test_json_columns_are_json_and_booleans_are_numbers(clear_day: dict[str, list[dict]]) -> None:
    for name, rows in clear_day.items():
        for column in catalogue.find(name).columns:
            for value in {row[column.name] for row in rows}:
                assert value is None or isinstance(value, str | int | float), (name, column.name, value)
                if column.type in {"object", "array"} and value is not None:
                    json.loads(value)
                if column.type == "boolean":
                    assert value in (None, 0, 1)


def test_nothing_happened_in_the_future(clear_day: dict[str, list[dict]]) -> None:
    end = (date.fromordinal(CLEAR) + timedelta(days=1)).isoformat()
    for column, name in (
        ("launch_time", "aws.ec2.instances"),
        ("last_modified", "aws.lambda.functions"),
        ("time_created", "azure.compute.disks"),
        ("creationTimestamp", "google.compute.instances"),
        ("lastLogin", "okta.users.users"),
        ("pushed_at", "github.repos.repos"),
    ):
        assert max(row[column] or "" for row in clear_day[name]) < end, (name, column)


def test_what_belongs_together_joins(clear_day: dict[str, list[dict]]) -> None:
    instances = clear_day["aws.ec2.instances"]
    volumes = {row["volume_id"] for row in clear_day["aws.ec2.volumes"]}
    subnets = {row["subnet_id"]: row["vpc_id"] for row in clear_day["aws.ec2.subnets"]}
    vpcs = {row["vpc_id"] for row in clear_day["aws.ec2.vpcs"]}
    groups = {row["group_id"] for row in clear_day["aws.ec2.security_groups"]}
    attached = {volume["VolumeId"] for row in instances for volume in json.loads(row["volumes"])}
    assert attached < volumes
    assert all(subnets[row["subnet_id"]] == row["vpc_id"] for row in instances)
    assert set(subnets.values()) == vpcs
    assert {group for row in instances for group in json.loads(row["security_group_ids"])} <= groups

    machines = {row["id"] for row in clear_day["azure.compute.virtual_machines"]}
    owners = {row["managed_by"] for row in clear_day["azure.compute.disks"]}
    assert owners - {None} == machines

    links = {row["selfLink"] for row in clear_day["google.compute.instances"]}
    used = {row["users"] for row in clear_day["google.compute.disks"] if row["users"]}
    assert {json.loads(users)[0] for users in used} == links

    members = {row["login"].replace("-", ".") for row in clear_day["github.orgs.members"]}
    staff = {json.loads(row["profile"])["login"].split("@")[0] for row in clear_day["okta.users.users"]}
    assert members - staff == {"af.release.bot", "af.renovate"}


def test_a_day_differs_from_the_next_a_little() -> None:
    for name, key in (("aws.ec2.volumes", "volume_id"), ("aws.ec2.instances", "instance_id")):
        shares = [_changed(name, key, CLEAR - back) for back in range(1, 6)]
        assert all(0 < share < 0.05 for share in shares), (name, shares)


def _changed(name: str, key: str, day: int) -> float:
    before = {row[key]: row for row in _region_rows(name, day)}
    after = {row[key]: row for row in _region_rows(name, day + 1)}
    changed = sum(before[each] != after[each] for each in before.keys() & after.keys())
    return (len(before.keys() ^ after.keys()) + changed) / len(before)


def _region_rows(name: str, day: int) -> list[dict]:
    return rows_of_call(catalogue.find(name), {"region": "eu-west-1"}, day)


def windows(starts: int) -> list[range]:
    today = date(2026, 11, 21).toordinal()
    return [range(today + 61 * number, today + 61 * number + 14) for number in range(starts)]


def test_scopes_go_dark_in_every_fortnight_and_come_back() -> None:
    first = date(2026, 1, 1).toordinal()
    for start in range(first, first + 56):
        dark = [dark_scopes(day) for day in range(start, start + 14)]
        assert sum(map(bool, dark)) >= 10
        assert len(set().union(*dark)) >= 2
        assert any(not scopes for scopes in dark)


def test_a_dark_scope_is_refused_and_no_other() -> None:
    day = next(day for day in range(CLEAR, CLEAR + 28) if ("aws", "sa-east-1") in dark_scopes(day))
    cloud = SampleCloud(datetime.combine(date.fromordinal(day), datetime.min.time(), UTC))
    with pytest.raises(AccessDenied, match="sa-east-1") as refused:
        cloud.execute("SELECT vpc_id FROM aws.ec2.vpcs WHERE region IN ('us-east-1', 'sa-east-1')")
    assert "http response status code: 403" in refused.value.details
    assert cloud.execute("SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'us-east-1'").rows
    # IAM is global: a region's refusal does not reach it
    assert cloud.execute("SELECT user_name FROM aws.iam.users WHERE region = 'sa-east-1'").rows


@pytest.mark.parametrize("window", windows(3), ids=str)
def test_buckets_become_public_and_are_closed_again(window: range) -> None:
    resource = catalogue.find("google.storage.buckets")
    public = [
        sum(
            "allUsers" in (row["acl"] or "")
            for row in rows_of_call(resource, {"project": "af-prod-core"}, day)
        )
        for day in window
    ]
    assert max(public) >= min(public) + 3
    assert any(after < before for before, after in itertools.pairwise(public)) or public[0] < public[-1]


@pytest.mark.parametrize("window", windows(4), ids=str)
def test_orphans_pile_up_the_region_grows_and_people_leave(window: range) -> None:
    piles = [story.make_orphans("eu-west-1", 1.0), story.make_orphans("us-east-1", 1.0)]
    for wave in (*piles, ec2.GROWTH):
        sizes = [len(list(wave.members(day))) for day in window]
        assert sum(after > before for before, after in itertools.pairwise(sizes)) >= 5, wave.name
    assert max(len(list(google.SPOT.members(day))) for day in window) == 40
    left = [
        sum(row["status"] == "DEPROVISIONED" for row in rows_of("okta.users.users", day)) for day in window
    ]
    assert max(left) >= min(left) + 7


@pytest.mark.parametrize(
    "select",
    [
        "SELECT * FROM aws.ec2.vpcs WHERE region = 'us-east-1'",
        "SELECT v.* FROM aws.ec2.vpcs v WHERE v.region = 'us-east-1'",
        "SELECT CIDR_BLOCK, \"tags\" FROM aws.ec2.vpcs WHERE region = 'us-east-1'",
        "SELECT count(1) FROM aws.ec2.vpcs v JOIN aws.ec2.subnets s USING (vpc_id)"
        " WHERE v.region = 'us-east-1' AND s.region = 'us-east-1'",
    ],
)
def test_a_statement_sees_columns_that_none_before_it_named(select: str) -> None:
    moment = datetime.combine(date.fromordinal(CLEAR), datetime.min.time(), UTC)
    used = SampleCloud(moment)
    used.execute("SELECT instance_tenancy FROM aws.ec2.vpcs WHERE region IN ('us-east-1', 'eu-west-1')")
    answer = used.execute(select)
    assert answer == SampleCloud(moment).execute(select)
    # of the resource's columns, those that no row has are null
    vpcs = rows_of_call(catalogue.find("aws.ec2.vpcs"), {"region": "us-east-1"}, CLEAR)
    known = {name: [row[name] for row in vpcs] for name in vpcs[0]}
    for place, name in enumerate(answer.columns):
        assert name.lower() not in known or [row[place] for row in answer.rows] == known[name.lower()]
    assert len(used.execute("SELECT tags FROM aws.ec2.vpcs WHERE region = 'eu-west-1'").rows) == 3
