"""AWS in the sample cloud beyond EC2 and IAM: S3, Lambda, RDS, logs, CloudFormation, SNS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inventory_runner.engines.sample_cloud.aws import common
from inventory_runner.engines.sample_cloud.company import ENVIRONMENTS, SHORT, labels, team_and_app
from inventory_runner.engines.sample_cloud.dice import Life, keep_rows, population

_PURPOSES = ("logs", "exports", "artifacts", "uploads", "backups", "assets", "athena-results", "tfstate")
_RUNTIMES = (
    ("python3.12", 30), ("python3.11", 18), ("nodejs20.x", 22), ("nodejs16.x", 7), ("python3.8", 6), ("java21", 7),
    ("provided.al2023", 8), ("dotnet8", 2),
)  # fmt: skip
_HANDLERS = {"python": "app.handler", "nodejs": "index.handler", "java": "com.alderfinch.Handler::handle"}
_PARTS = ("network", "service", "pipeline", "alarms", "data")
_JOBS = ("sync", "notify", "resize", "export", "webhook", "cleanup", "enrich", "report", "authorize", "index")
_ENGINES = (
    ("postgres", ("13.14", "14.11", "15.6", "16.3"), 55),
    ("mysql", ("5.7.44", "8.0.36"), 25),
    ("aurora-postgresql", ("15.5", "16.2"), 20),
)
_ENGINE_PORT = {"postgres": 5432, "mysql": 3306, "aurora-postgresql": 5432}
_CLASSES = ("db.t4g.medium", "db.m6g.large", "db.m6i.xlarge", "db.r6g.large", "db.r6g.2xlarge")


def buckets(day: int, region: str) -> Iterator[dict[str, Any]]:
    """S3 lists a whole account in any region."""
    for one in population("bucket", 410, day, 800):
        yield from _bucket(one, day)


@keep_rows
def _bucket(one: Life, day: int) -> Iterator[dict[str, Any]]:
    _, app = team_and_app(one.dice)
    env = one.dice.weighted(ENVIRONMENTS, "env")
    home = one.dice.weighted(list(common.REGIONS.items()), "region")
    name = f"{SHORT}-{app}-{one.dice.pick(_PURPOSES, 'purpose')}-{env}-{one.suffix(4)}"
    yield {
        "name": name,
        "creation_date": one.stamp(one.born, ".000Z"),
        "bucket_region": home,
        "bucket_arn": f"arn:aws:s3:::{name}",
    }


def _functions(region: str, day: int) -> Iterator[Life]:
    return population(f"function/{region}", common.share_of(region, 520), day, 420)


def _describe_function(one: Life) -> tuple[str, str, str, str]:
    """Team, application, environment and name."""
    team, app = team_and_app(one.dice)
    env = one.dice.weighted(ENVIRONMENTS, "env")
    return team, app, env, f"{app}-{one.dice.pick(_JOBS, 'job')}-{env}-{one.suffix(3)}"


def functions(day: int, region: str) -> Iterator[dict[str, Any]]:
    for one in _functions(region, day):
        yield from _function(one, day, region)


@keep_rows
def _function(one: Life, day: int, region: str) -> Iterator[dict[str, Any]]:
    team, app, env, name = _describe_function(one)
    dice = one.dice
    account = common.ACCOUNTS[env]
    release, since = one.era("release", dice.between(60, 240, "pace"), day)
    retired = dice.weighted(_RUNTIMES, "runtime")
    # whoever releases often has moved off the old runtimes
    runtime = "python3.12" if retired == "python3.8" and release % 4 == 0 else retired
    tags = labels(one, day, team, app, env) or {}
    inside = dice.chance(0.4, "inside")
    yield {
        "function_name": name,
        "function_arn": f"arn:aws:lambda:{region}:{account}:function:{name}",
        "runtime": runtime,
        "role": f"arn:aws:iam::{account}:role/{app}-{env}-lambda",
        "handler": next(
            (handler for key, handler in _HANDLERS.items() if runtime.startswith(key)), "bootstrap"
        ),
        "code_size": 40_000 + dice.below(48_000_000, f"size{release}"),
        "description": f"{app}: {name.split('-')[-3]}" if dice.chance(0.5, "described") else "",
        "timeout": dice.pick((3, 10, 15, 30, 60, 300, 900), "timeout"),
        "memory_size": dice.pick((128, 128, 256, 512, 1024, 3008), "memory"),
        "last_modified": one.stamp(since, ".000+0000"),
        "code_sha_256": dice.mixed(43, f"sha{release}") + "=",
        "version": "$LATEST",
        "vpc_config": {
            "SecurityGroupIds": [common.group_id(region, env, "app")],
            "SubnetIds": [common.subnet_id(region, env, zone, "private") for zone in common.ZONES],
            "VpcId": common.vpc_id(region, env),
        }
        if inside
        else None,
        "environment": {"Variables": {"STAGE": env, "SERVICE": tags.get("app", app)}},
        "tracing_config": {"Mode": "Active" if env == "prod" else "PassThrough"},
        "revision_id": dice.uuid(f"revision{release}"),
        "layers": [],
        "state": "Active",
        "last_update_status": "Successful",
        "package_type": "Zip",
        "architectures": ["arm64" if dice.chance(0.35, "arm") else "x86_64"],
        "ephemeral_storage": {"Size": 512},
        "snap_start": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "logging_config": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
    }


def log_groups(day: int, region: str) -> Iterator[dict[str, Any]]:
    for one in _functions(region, day):
        _, _, env, name = _describe_function(one)
        yield _log_group(one, day, region, common.ACCOUNTS[env], f"/aws/lambda/{name}")
    for one in population(f"log group/{region}", common.share_of(region, 130) + 2, day, 500):
        _, app = team_and_app(one.dice)
        env = one.dice.weighted(ENVIRONMENTS, "env")
        kind = one.dice.pick(("/ecs/", "/aws/rds/instance/", "/aws/apigateway/", "/aws/codebuild/"), "kind")
        yield _log_group(one, day, region, common.ACCOUNTS[env], f"{kind}{app}-{env}-{one.suffix(3)}")


def _log_group(one: Life, day: int, region: str, account: str, name: str) -> dict[str, Any]:
    dice = one.dice
    _, counted = one.era("stored", 7, day)
    arn = f"arn:aws:logs:{region}:{account}:log-group:{name}"
    return {
        "log_group_name": name,
        "creation_time": one.epoch_ms(one.born),
        "retention_in_days": None
        if dice.chance(0.38, "forever")
        else dice.pick((7, 14, 30, 90, 365), "retention"),
        "metric_filter_count": dice.below(3, "filters"),
        "arn": f"{arn}:*",
        "log_group_arn": arn,
        "stored_bytes": (counted - one.born) * dice.between(10_000, 900_000_000, "bytes a day"),
        "log_group_class": "STANDARD",
        "deletion_protection_enabled": False,
    }


def db_instances(day: int, region: str) -> Iterator[dict[str, Any]]:
    for one in population(f"database/{region}", common.share_of(region, 150), day, 520):
        yield from _db_instance(one, day, region)


@keep_rows
def _db_instance(one: Life, day: int, region: str) -> Iterator[dict[str, Any]]:
    dice = one.dice
    team, app = team_and_app(dice)
    env = dice.weighted(ENVIRONMENTS, "env")
    account = common.ACCOUNTS[env]
    engine, versions = dice.weighted([((name, known), weight) for name, known, weight in _ENGINES], "engine")
    patched, _ = one.era("version", 150, day)
    known = dice.below(len(versions), "version")
    version = versions[min(known + patched % 2, len(versions) - 1)]
    name = f"{app}-{env}-{one.suffix(3)}"
    arn = f"arn:aws:rds:{region}:{account}:db:{name}"
    paused, _ = one.era("status", 45, day)
    stopped = env == "dev" and dice.chance(0.3, f"stopped{paused}")
    encrypted = dice.chance(0.9, "encrypted")
    yield {
        "db_instance_identifier": name,
        "db_instance_arn": arn,
        "db_instance_class": dice.pick(_CLASSES, "class"),
        "engine": engine,
        "engine_version": version,
        "db_instance_status": "stopped" if stopped else "available",
        "master_username": "dbadmin",
        "db_name": app.replace("-", "_"),
        "endpoint": {
            "Address": f"{name}.c{dice.hex(11, 'host')}.{region}.rds.amazonaws.com",
            "Port": _ENGINE_PORT[engine],
        },
        "db_instance_port": 0,
        "allocated_storage": dice.pick((20, 50, 100, 200, 500, 1000), "storage"),
        "max_allocated_storage": 2000,
        "storage_type": "gp3",
        "iops": 3000,
        "instance_create_time": one.stamp(one.born),
        "backup_retention_period": dice.weighted(((0, 8), (7, 50), (14, 25), (35, 17)), "backups"),
        "preferred_backup_window": f"0{dice.below(6, 'window')}:00-0{dice.below(6, 'window')}:30",
        "availability_zone": region + dice.pick(common.ZONES, "zone"),
        "multi_az": env == "prod" and dice.chance(0.8, "multi"),
        "publicly_accessible": dice.chance(0.05, "public"),
        "storage_encrypted": encrypted,
        "kms_key_id": f"arn:aws:kms:{region}:{account}:key/{dice.uuid('key')}" if encrypted else None,
        "dbi_resource_id": "db-" + dice.upper(26, "resource"),
        "ca_certificate_identifier": "rds-ca-rsa2048-g1",
        "auto_minor_version_upgrade": dice.chance(0.7, "auto"),
        "copy_tags_to_snapshot": True,
        "deletion_protection": env == "prod" and dice.chance(0.85, "protected"),
        "iam_database_authentication_enabled": dice.chance(0.3, "iam"),
        "performance_insights_enabled": env == "prod",
        "monitoring_interval": 60 if env == "prod" else 0,
        "license_model": "general-public-license" if engine == "mysql" else "postgresql-license",
        "vpc_security_groups": [
            {"Status": "active", "VpcSecurityGroupId": common.group_id(region, env, "db")}
        ],
        "network_type": "IPV4",
        "tag_list": common.tag_list(labels(one, day, team, app, env)),
    }


def stacks(day: int, region: str) -> Iterator[dict[str, Any]]:
    states = (
        ("CREATE_COMPLETE", 30),
        ("UPDATE_COMPLETE", 58),
        ("UPDATE_ROLLBACK_COMPLETE", 8),
        ("ROLLBACK_COMPLETE", 4),
    )
    for one in population(f"stack/{region}", common.share_of(region, 170), day, 450):
        dice = one.dice
        team, app = team_and_app(dice)
        env = dice.weighted(ENVIRONMENTS, "env")
        name = f"{app}-{dice.pick(_PARTS, 'part')}-{env}-{one.suffix(3)}"
        update, since = one.era("update", 60, day)
        state = dice.weighted(states, f"state{update}")
        yield {
            "stack_id": f"arn:aws:cloudformation:{region}:{common.ACCOUNTS[env]}:stack/{name}/{dice.uuid('id')}",
            "stack_name": name,
            "template_description": f"{app}, owned by {team}",
            "creation_time": one.stamp(one.born),
            "last_updated_time": one.stamp(since) if state.startswith("UPDATE") else None,
            "stack_status": state,
            "stack_status_reason": "Resource handler returned message: limit exceeded"
            if "ROLLBACK" in state
            else None,
            "drift_information": {
                "StackDriftStatus": "DRIFTED" if dice.chance(0.12, f"drift{update}") else "NOT_CHECKED"
            },
        }


def topics(day: int, region: str) -> Iterator[dict[str, Any]]:
    for one in population(f"topic/{region}", common.share_of(region, 120) + 1, day, 700):
        _, app = team_and_app(one.dice)
        env = one.dice.weighted(ENVIRONMENTS, "env")
        name = f"{app}-{one.dice.pick(('events', 'alarms', 'dead-letters'), 'use')}-{env}-{one.suffix(3)}"
        yield {"topic_arn": f"arn:aws:sns:{region}:{common.ACCOUNTS[env]}:{name}"}


GENERATORS = {
    "aws.cloudformation.stacks": stacks,
    "aws.lambda.functions": functions,
    "aws.logs.log_groups": log_groups,
    "aws.rds.db_instances": db_instances,
    "aws.s3.buckets": buckets,
    "aws.sns.topics": topics,
}
