"""EC2 in the sample cloud: instances, volumes, networks, security groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inventory_runner.engines.sample_cloud import story
from inventory_runner.engines.sample_cloud.aws import common
from inventory_runner.engines.sample_cloud.company import ENVIRONMENTS, TEAMS, labels, team_and_app
from inventory_runner.engines.sample_cloud.dice import Dice, Life, keep_rows, population

_TYPES = (
    ("t3.medium", 22), ("t3.large", 12), ("t4g.medium", 9), ("m6i.large", 16), ("m6i.xlarge", 11), ("m7g.large", 8),
    ("c6i.xlarge", 8), ("c7g.2xlarge", 4), ("r6i.xlarge", 6), ("r6i.2xlarge", 3), ("g5.xlarge", 1),
)  # fmt: skip
_CORES = {"medium": 1, "large": 1, "xlarge": 2, "2xlarge": 4}
_ROLES = (("api", 34), ("worker", 30), ("web", 16), ("db", 10), ("cache", 10))
_GROUP_OF = {"web": "web-alb", "db": "db", "cache": "cache"}
_CORPORATE = "203.0.113.0/24"
_WORLD = "0.0.0.0/0"

# a region grows by a few instances a day for five weeks, then the migration is rolled back
GROWTH = story.Wave("aws growth", cycle=42, start=0, days=36, per_day=2.5, leave=37, leave_days=5)
_GROWING_REGION = "eu-central-1"
# two days of a fortnight bring a burst of spot instances
SPOT = story.Wave("aws spot", cycle=14, start=8, days=2, per_day=15, leave=10, leave_days=2)


def _fleet(region: str, day: int) -> Iterator[Life]:
    yield from population(f"instance/{region}", common.REGIONS[region], day, 280)
    if region == _GROWING_REGION:
        yield from GROWTH.members(day)
    if region == "us-east-1":
        yield from SPOT.members(day)


def _owner(one: Life) -> tuple[str, str, str]:
    """Team, application and environment of an instance."""
    if one.uid.startswith(SPOT.name):
        return "data", "ingest", "prod"
    if one.uid.startswith(GROWTH.name):
        return "storefront", "web-shop", "prod"
    return *team_and_app(one.dice), one.dice.weighted(ENVIRONMENTS, "env")


def _volumes(one: Life) -> list[tuple[str, str, str, int]]:
    """(volume, device, type, GiB) of an instance: its root and up to two more."""
    dice = one.dice
    kind = "gp2" if dice.chance(0.2, "gp2") else "gp3"
    found = [("/dev/xvda", kind, dice.pick((20, 30, 50, 80, 100), "root"))]
    if dice.chance(0.42, "second"):
        found.append(
            ("/dev/sdf", "io2" if dice.chance(0.1, "io2") else kind, dice.pick((100, 200, 250, 500), "data"))
        )
        if dice.chance(0.28, "third"):
            found.append(("/dev/sdg", "st1", dice.pick((500, 1000, 2000), "archive")))
    return [("vol-0" + dice.hex(16, device), device, kind, size) for device, kind, size in found]


def instances(day: int, region: str) -> Iterator[dict[str, Any]]:
    for one in _fleet(region, day):
        yield from _instance(one, day, region)


@keep_rows
def _instance(one: Life, day: int, region: str) -> Iterator[dict[str, Any]]:
    dice = one.dice
    spot = one.uid.startswith(SPOT.name)
    team, app, env = _owner(one)
    role = "worker" if spot else dice.weighted(_ROLES, "role")
    zone = dice.pick(common.ZONES, "zone")
    public = role == "web" and dice.chance(0.4, "public")
    tier = "public" if public else "private"
    size, _ = one.era("size", 260, day)
    kind = "c6i.xlarge" if spot else dice.weighted(_TYPES, f"type{size % 2}")
    started, since = one.era("state", 38, day)
    stopped = not spot and dice.chance(0.05 if env == "prod" else 0.26, f"stopped{started}")
    ip = common.address(region, env, zone, tier, dice.below(1000, "host"))
    public_ip = f"198.51.100.{dice.between(1, 254, 'public ip')}" if public and not stopped else None
    name = f"{app}-{role}-{one.suffix(4)}" if dice.chance(0.94, "named") else None
    tags = common.tag_list(labels(one, day, team, app, env, untagged=0.1), name)
    if spot:
        tags.append({"Key": "aws:ec2spot:fleet-request-id", "Value": f"fleet-{dice.uuid('fleet')}"})
    groups = [common.group_id(region, env, _GROUP_OF.get(role, "app"))]
    volumes = _volumes(one)
    yield {
        "instance_id": "i-0" + dice.hex(16, "id"),
        "instance_type": kind,
        "state": {"Code": "80", "Name": "stopped"} if stopped else {"Code": "16", "Name": "running"},
        "region": region,
        "availability_zone": region + zone,
        "launch_time": one.stamp(since if started % 3 == 0 else one.born),
        "image_id": _image(one, region),
        "vpc_id": common.vpc_id(region, env),
        "subnet_id": common.subnet_id(region, env, zone, tier),
        "private_ip": ip,
        "private_ip_address": ip,
        "private_dns_name": f"ip-{ip.replace('.', '-')}.{region}.compute.internal",
        "public_ip": public_ip,
        "public_ip_address": public_ip,
        "public_dns_name": f"ec2-{public_ip.replace('.', '-')}.{region}.compute.amazonaws.com"
        if public_ip
        else "",
        "security_group_ids": groups,
        "security_groups": groups,
        "volumes": [{"Device": device, "VolumeId": volume} for volume, device, _, _ in volumes],
        "block_device_mappings": [
            {
                "DeviceName": device,
                "Ebs": {"DeleteOnTermination": device == "/dev/xvda", "VolumeId": volume},
            }
            for volume, device, _, _ in volumes
        ],
        "iam_instance_profile": f"{app}-{env}-instance",
        "key_name": f"{team}-{env}" if dice.chance(0.35, "key") else None,
        "tenancy": "default",
        "monitoring": env == "prod",
        "ebs_optimized": not kind.startswith("t"),
        "source_dest_check": True,
        "disable_api_termination": env == "prod" and role == "db",
        "cpu_options": {
            "CoreCount": _CORES[kind.split(".")[1]],
            "ThreadsPerCore": 1 if "g." in kind else 2,
        },
        "credit_specification": {"CPUCredits": "unlimited"} if kind.startswith("t") else None,
        "instance_initiated_shutdown_behavior": "terminate" if spot else "stop",
        "ipv6_addresses": [],
        "ipv6_address_count": 0,
        "hibernation_options": {"Configured": False},
        "enclave_options": {"Enabled": False},
        "tags": tags,
    }


def _image(one: Life, region: str) -> str:
    """Images are rebuilt every four weeks; an instance runs the newest one of the day it was made."""
    return "ami-0" + Dice(f"image/{region}/{one.dice.below(3, 'os')}/{one.born // 28}").hex(16, "id")


def volumes(day: int, region: str) -> Iterator[dict[str, Any]]:
    for one in _fleet(region, day):
        yield from _attached_volumes(one, day, region)
    share = common.share_of(region, 70)
    for left in (
        *population(f"orphan/{region}", share, day, 220),
        *story.make_orphans(region, share / 14).members(day),
    ):
        yield from _orphan(left, day, region)


@keep_rows
def _attached_volumes(one: Life, day: int, region: str) -> Iterator[dict[str, Any]]:
    team, app, env = _owner(one)
    zone = region + one.dice.pick(common.ZONES, "zone")
    encrypted = one.dice.chance(0.86, "encrypted")
    tags = labels(one, day, team, app, env, untagged=0.1)
    for volume, device, kind, size in _volumes(one):
        grown, _ = one.era(f"grown {device}", 300, day)
        bigger = size * 2 if grown % 3 == 0 and device != "/dev/xvda" else size
        named = common.tag_list(tags, f"{app}-{device[5:]}")
        yield _volume(one, region, volume, zone, kind, bigger, encrypted, named)


@keep_rows
def _orphan(left: Life, day: int, region: str) -> Iterator[dict[str, Any]]:
    team, app = team_and_app(left.dice)
    tags = labels(left, day, team, app, left.dice.weighted(ENVIRONMENTS, "env"), untagged=0.55)
    volume = "vol-0" + left.dice.hex(16, "id")
    zone = region + left.dice.pick(common.ZONES, "zone")
    size = left.dice.pick((50, 100, 200, 500, 1000), "size")
    kind = left.dice.pick(("gp2", "gp3"), "kind")
    encrypted = left.dice.chance(0.6, "encrypted")
    yield _volume(left, region, volume, zone, kind, size, encrypted, common.tag_list(tags))


def _volume(
    one: Life,
    region: str,
    volume: str,
    zone: str,
    kind: str,
    size: int,
    encrypted: bool,
    tags: list[dict[str, str]],
) -> dict[str, Any]:
    iops = {"gp2": max(100, size * 3), "gp3": 3000, "io2": 8000}.get(kind)
    return {
        "volume_id": volume,
        "volume_type": kind,
        "size": size,
        "iops": iops,
        "throughput": 125 if kind == "gp3" else None,
        "encrypted": encrypted,
        "kms_key_id": f"arn:aws:kms:{region}:{common.ACCOUNTS['prod']}:alias/aws/ebs" if encrypted else None,
        "snapshot_id": "snap-0" + one.dice.hex(16, "snapshot")
        if one.dice.chance(0.7, "from snapshot")
        else "",
        "multi_attach_enabled": False,
        "auto_enable_io": False,
        "availability_zone": zone,
        "region": region,
        "tags": tags,
    }


def vpcs(day: int, region: str) -> Iterator[dict[str, Any]]:
    for env in common.ACCOUNTS:
        dice = Dice(f"vpc/{region}/{env}")
        yield {
            "vpc_id": common.vpc_id(region, env),
            "cidr_block": f"{common.vpc_network(region, env)}.0.0/16",
            "cidr_block_associations": ["vpc-cidr-assoc-0" + dice.hex(16, "association")],
            "instance_tenancy": "default",
            "default_network_acl": "acl-0" + dice.hex(16, "acl"),
            "default_security_group": common.group_id(region, env, "default"),
            "enable_dns_support": True,
            "enable_dns_hostnames": env != "dev",
            "ipv6_cidr_blocks": [],
            "region": region,
            "tags": common.tag_list(
                {"env": env, "team": "platform", "cost-center": TEAMS["platform"][0]}, f"{env}-{region}"
            ),
        }


def subnets(day: int, region: str) -> Iterator[dict[str, Any]]:
    for env in common.ACCOUNTS:
        for zone in common.ZONES:
            for tier in ("public", "private"):
                place = common.subnet_place(zone, tier)
                dice = Dice(f"subnet/{region}/{env}/{zone}/{tier}")
                yield {
                    "subnet_id": common.subnet_id(region, env, zone, tier),
                    "vpc_id": common.vpc_id(region, env),
                    "cidr_block": f"{common.vpc_network(region, env)}.{place}.0/22",
                    "availability_zone": region + zone,
                    "availability_zone_id": f"{region[:2]}{region[3]}{region[-1]}-az{common.ZONES.index(zone) + 1}",
                    "map_public_ip_on_launch": tier == "public",
                    "assign_ipv6_address_on_creation": False,
                    "ipv6_native": False,
                    "enable_dns64": False,
                    "ipv6_cidr_blocks": [],
                    "network_acl_association_id": "aclassoc-0" + dice.hex(16, "acl"),
                    "region": region,
                    "tags": common.tag_list({"env": env, "tier": tier}, f"{env}-{tier}-{zone}"),
                }


def _rule(port: int, source: str, text: str) -> dict[str, Any]:
    return {"CidrIp": source, "Description": text, "FromPort": port, "IpProtocol": "tcp", "ToPort": port}


def _is_ssh_open(slot: int, day: int) -> bool:
    """Some security groups let the world in by SSH for three days."""
    return 2 <= day % story.FORTNIGHT < 5 and story.is_chosen("ssh", slot, day, of=40, count=1)


def security_groups(day: int, region: str) -> Iterator[dict[str, Any]]:
    for env in common.ACCOUNTS:
        inside = f"{common.vpc_network(region, env)}.0.0/16"
        base = {
            "default": [],
            "web-alb": [_rule(443, _WORLD, "HTTPS"), _rule(80, _WORLD, "redirect to HTTPS")],
            "app": [_rule(8080, inside, "from load balancers")],
            "db": [_rule(5432, inside, "Postgres")],
            "cache": [_rule(6379, inside, "Redis")],
            "bastion": [_rule(22, _CORPORATE, "office")],
        }
        for name, rules in base.items():
            tags = common.tag_list({"env": env, "team": "platform", "managed-by": "terraform"}, name)
            yield _group(region, env, common.group_id(region, env, name), name, rules, tags)
    for one in population(f"group/{region}", common.share_of(region, 220) + 3, day, 380):
        yield from _security_group(one, day, region, _is_ssh_open(one.slot, day))


@keep_rows
def _security_group(one: Life, day: int, region: str, ssh_open: bool) -> Iterator[dict[str, Any]]:
    team, app = team_and_app(one.dice)
    env = one.dice.weighted(ENVIRONMENTS, "env")
    inside = f"{common.vpc_network(region, env)}.0.0/16"
    edited, _ = one.era("rules", 90, day)
    port = one.dice.pick((443, 5432, 6379, 8080, 9092, 9200), f"port{edited % 2}")
    rules = [_rule(port, inside, f"{app} inside")]
    if one.dice.chance(0.04, "database open"):
        rules.append(_rule(3306, _WORLD, "partner import"))
    if one.dice.chance(0.03, "desktop open"):
        rules.append(_rule(3389, _WORLD, "vendor support"))
    if ssh_open or one.dice.chance(0.02, "ssh open"):
        rules.append(_rule(22, _WORLD, "temporary, debugging"))
    name = f"{app}-{env}-{one.suffix(4)}"
    tags = common.tag_list(labels(one, day, team, app, env, untagged=0.3), name)
    yield _group(region, env, "sg-0" + one.dice.hex(16, "id"), name, rules, tags)


def _group(
    region: str, env: str, group: str, name: str, rules: list[dict[str, Any]], tags: list[dict[str, str]]
) -> dict[str, Any]:
    return {
        "id": group,
        "group_id": group,
        "group_name": name,
        "group_description": "default VPC security group" if name == "default" else f"Traffic of {name}",
        "vpc_id": common.vpc_id(region, env),
        "security_group_ingress": rules,
        "security_group_egress": [{"CidrIp": _WORLD, "FromPort": -1, "IpProtocol": "-1", "ToPort": -1}],
        "region": region,
        "tags": tags,
    }


GENERATORS = {
    "aws.ec2.instances": instances,
    "aws.ec2.security_groups": security_groups,
    "aws.ec2.subnets": subnets,
    "aws.ec2.volumes": volumes,
    "aws.ec2.vpcs": vpcs,
}
