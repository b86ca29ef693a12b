"""IAM in the sample cloud; it is global, so every region answers the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inventory_runner.engines.sample_cloud.aws import common
from inventory_runner.engines.sample_cloud.company import ENVIRONMENTS, TEAMS, labels, people, team_and_app
from inventory_runner.engines.sample_cloud.dice import Life, population

_ROLE_KINDS = (
    ("lambda", "lambda.amazonaws.com"),
    ("instance", "ec2.amazonaws.com"),
    ("task", "ecs-tasks.amazonaws.com"),
    ("pipeline", "codebuild.amazonaws.com"),
)
_SERVICE_USERS = ("ci", "backup", "exporter", "terraform", "mailer", "legacy-sync")


def _accounts(day: int) -> Iterator[tuple[Life, str, str, dict[str, str]]]:
    """(life, user name, account, tags): engineers of three teams, and users of programs."""
    for person in people(day):
        if person.team in {"platform", "identity", "data"} and person.left is None:
            yield (
                person.life,
                person.login,
                common.ACCOUNTS["prod"],
                {"team": person.team, "email": person.email},
            )
    for one in population("service user", 34, day, 900):
        _, app = team_and_app(one.dice)
        env = one.dice.weighted(ENVIRONMENTS, "env")
        name = f"svc-{app}-{one.dice.pick(_SERVICE_USERS, 'use')}-{one.suffix(3)}"
        yield one, name, common.ACCOUNTS[env], {"kind": "service", "env": env}


def users(day: int, region: str) -> Iterator[dict[str, Any]]:
    for one, name, account, tags in _accounts(day):
        _, used = one.era("console", one.dice.between(5, 200, "habit"), day)
        path = "/service/" if name.startswith("svc-") else "/people/"
        yield {
            "path": path,
            "user_name": name,
            "user_id": "AIDA" + one.dice.upper(17, "user"),
            "arn": f"arn:aws:iam::{account}:user{path}{name}",
            "create_date": one.stamp(one.born),
            "password_last_used": one.stamp(used) if path == "/people/" else None,
            "tags": common.tag_list(tags),
        }


def access_keys(day: int, region: str) -> Iterator[dict[str, Any]]:
    """Service users have one or two keys, a third of the people one; some were never rotated."""
    for one, name, _, tags in _accounts(day):
        if "email" in tags and not one.dice.chance(0.35, "has a key"):
            continue
        for place in range(2 if one.dice.chance(0.3, "second key") else 1):
            pace = one.dice.pick((90, 90, 180, 2000), f"rotation{place}")
            rotation, since = one.era(f"key{place}", pace, day)
            inactive, _ = one.era(f"inactive{place}", 120, day)
            yield {
                "user_name": name,
                "access_key_id": "AKIA" + one.dice.upper(16, f"key{place}/{rotation}"),
                "status": "Inactive" if one.dice.chance(0.15, f"off{place}/{inactive}") else "Active",
                "create_date": one.stamp(since),
            }


def roles(day: int, region: str) -> Iterator[dict[str, Any]]:
    for one in population("role", 370, day, 700):
        dice = one.dice
        team, app = team_and_app(dice)
        env = dice.weighted(ENVIRONMENTS, "env")
        account = common.ACCOUNTS[env]
        kind, principal = dice.pick(_ROLE_KINDS, "kind")
        name = f"{app}-{env}-{kind}-{one.suffix(3)}"
        trusted: dict[str, Any] = {"Service": principal}
        if dice.chance(0.06, "foreign"):
            trusted = {"AWS": f"arn:aws:iam::{dice.digits(12, 'partner')}:root"}
        _, used = one.era("used", dice.pick((3, 14, 45, 400), "habit"), day)
        home = dice.pick(tuple(common.REGIONS), "region")
        yield {
            "path": "/",
            "role_name": name,
            "role_id": "AROA" + dice.upper(17, "role"),
            "arn": f"arn:aws:iam::{account}:role/{name}",
            "create_date": one.stamp(one.born),
            "assume_role_policy_document": {
                "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": trusted}],
                "Version": "2012-10-17",
            },
            "description": f"{app} {kind}" if dice.chance(0.5, "described") else None,
            "max_session_duration": dice.pick((3600, 3600, 3600, 14400), "session"),
            "tags": common.tag_list(labels(one, day, team, app, env, untagged=0.35)),
            "role_last_used": {"LastUsedDate": one.stamp(used), "Region": home},
        }


def policies(day: int, region: str) -> Iterator[dict[str, Any]]:
    for one in population("policy", 150, day, 800):
        dice = one.dice
        _, app = team_and_app(dice)
        account = common.ACCOUNTS[dice.weighted(ENVIRONMENTS, "env")]
        name = f"{app}-{dice.pick(('read', 'write', 'deploy', 'admin', 'decrypt'), 'verb')}-{one.suffix(3)}"
        version, since = one.era("version", 180, day)
        yield {
            "policy_name": name,
            "policy_id": "ANPA" + dice.upper(17, "policy"),
            "arn": f"arn:aws:iam::{account}:policy/{name}",
            "path": "/",
            "default_version_id": f"v{version % 5 + 1}",
            "attachment_count": 0 if dice.chance(0.2, "unused") else dice.between(1, 9, "attached"),
            "permissions_boundary_usage_count": 0,
            "is_attachable": True,
            "description": f"{app}, {TEAMS[dice.pick(tuple(TEAMS), 'centre')][0]}"
            if dice.chance(0.4, "said")
            else None,
            "create_date": one.stamp(one.born),
            "update_date": one.stamp(since),
            "tags": [],
        }


GENERATORS = {
    "aws.iam.access_keys": access_keys,
    "aws.iam.policies": policies,
    "aws.iam.roles": roles,
    "aws.iam.users": users,
}
