"""Databricks in the sample cloud: an account with three workspaces; the last one goes dark at times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inventory_runner.engines.sample_cloud.company import DOMAIN, SHORT, TEAMS, team_and_app
from inventory_runner.engines.sample_cloud.dice import Dice, population

ACCOUNT = "5c0b7f3a-8e21-4d96-b1f4-3a7d9e60c258"
# deployment: (name, environment, region, its part of the estate in percent)
WORKSPACES = {
    "dbc-2b7c84e1-50af": ("analytics-prod", "prod", "eu-west-1", 50),
    "dbc-6f03a9d2-c417": ("analytics-dev", "dev", "eu-west-1", 32),
    "dbc-9d1e47f0-3b62": ("ml-research", "dev", "us-east-1", 18),
}
_NODES = ("i3.xlarge", "m5d.large", "m5d.2xlarge", "r5d.xlarge", "c5d.2xlarge", "g5.xlarge")
_USES = ("etl", "adhoc", "shared", "training", "bi")
_STEPS = ("load", "clean", "marts", "train", "score", "export")
_RUNTIMES = (
    "13.3.x-scala2.12",
    "14.3.x-scala2.12",
    "15.4.x-scala2.12",
    "16.4.x-scala2.12",
    "15.4.x-gpu-ml-scala2.12",
)


def _share(deployment: str, total: int) -> int:
    return round(total * WORKSPACES[deployment][3] / 100)


def _creator(dice: Dice) -> str:
    return f"{dice.pick(('data', 'ml', 'reports', 'ingest'), 'creator')}-service@{DOMAIN}"


def workspaces(day: int, account_id: str) -> Iterator[dict[str, Any]]:
    for deployment, (name, env, region, _) in WORKSPACES.items():
        dice = Dice(f"workspace {name}")
        yield {
            "account_id": ACCOUNT,
            "workspace_id": int(dice.digits(16, "id")),
            "workspace_name": name,
            "deployment_name": deployment,
            "workspace_status": "RUNNING",
            "workspace_status_message": "Workspace is running.",
            "aws_region": region,
            "cloud": "aws",
            "pricing_tier": "ENTERPRISE" if env == "prod" else "PREMIUM",
            "creation_time": 1_668_412_800_000 + dice.below(10**10, "created"),
            "credentials_id": dice.uuid("credentials"),
            "network_id": dice.uuid("network"),
            "storage_configuration_id": dice.uuid("storage"),
            "custom_tags": {"env": env, "team": "data", "cost-center": TEAMS["data"][0]},
        }


def clusters(day: int, deployment_name: str) -> Iterator[dict[str, Any]]:
    _, env, region, _ = WORKSPACES[deployment_name]
    for one in population(f"cluster/{deployment_name}", _share(deployment_name, 74), day, 130):
        dice = one.dice
        team, app = team_and_app(dice)
        started, since = one.era("state", 9, day)
        running = dice.chance(0.4, f"running{started}")
        forever = dice.chance(0.16, "never terminates")
        minutes = 0 if forever else dice.pick((10, 20, 30, 60, 120), "idle")
        upgraded, _ = one.era("runtime", 90, day)
        runtime = _RUNTIMES[min(dice.below(4, "runtime") + upgraded % 2, 4)]
        node = dice.pick(_NODES, "node")
        scaling = dice.chance(0.6, "autoscale")
        workers = dice.between(1, 12, "workers")
        began = one.epoch_ms(since)
        yield {
            "cluster_id": f"{dice.digits(4, 'a')}-{dice.digits(6, 'b')}-{dice.hex(8, 'c')}",
            "cluster_name": f"{app}-{dice.pick(_USES, 'use')}-{one.suffix(3)}",
            "cluster_source": "UI" if dice.chance(0.6, "by hand") else "API",
            "state": "RUNNING" if running else "TERMINATED",
            "state_message": "" if running else "Inactive cluster terminated (inactive for a while).",
            "spark_version": runtime,
            "runtime_engine": "PHOTON" if dice.chance(0.5, "photon") else "STANDARD",
            "node_type_id": node,
            "driver_node_type_id": node,
            "num_workers": None if scaling else workers,
            "autoscale": {"max_workers": workers + 4, "min_workers": 1} if scaling else None,
            "autotermination_minutes": minutes,
            "creator_user_name": _creator(dice),
            "single_user_name": _creator(dice) if dice.chance(0.5, "single") else None,
            "data_security_mode": dice.weighted(
                (("SINGLE_USER", 5), ("USER_ISOLATION", 4), ("NONE", 1)), "mode"
            ),
            "enable_elastic_disk": True,
            "enable_local_disk_encryption": env == "prod",
            "is_single_node": not scaling and workers == 1,
            "aws_attributes": {
                "availability": "SPOT_WITH_FALLBACK" if dice.chance(0.6, "spot") else "ON_DEMAND",
                "first_on_demand": 1,
                "zone_id": f"{region}a",
            },
            "custom_tags": None
            if dice.chance(0.25, "untagged")
            else {"app": app, "team": team, "env": env, "cost-center": TEAMS[team][0]},
            "default_tags": {"Creator": _creator(dice), "Vendor": "Databricks"},
            "policy_id": dice.hex(16, "policy").upper() if dice.chance(0.55, "policy") else None,
            "start_time": began,
            "last_restarted_time": began,
            "terminated_time": None if running else began + minutes * 60_000,
            "termination_reason": None if running else {"code": "INACTIVITY", "type": "SUCCESS"},
            "use_ml_runtime": "ml" in runtime,
            "kind": "CLASSIC_PREVIEW",
            "spark_conf": {"spark.databricks.delta.preview.enabled": "true"},
        }


def jobs(day: int, deployment_name: str) -> Iterator[dict[str, Any]]:
    for one in population(f"job/{deployment_name}", _share(deployment_name, 160), day, 260):
        dice = one.dice
        team, app = team_and_app(dice)
        paused, _ = one.era("paused", 120, day)
        pause = "PAUSED" if dice.chance(0.14, f"paused{paused}") else "UNPAUSED"
        name = f"{app}-{dice.pick(_STEPS, 'step')}-{one.suffix(3)}"
        cron = f"0 {dice.below(60, 'minute')} {dice.below(24, 'hour')} * * ?"
        yield {
            "job_id": int(dice.digits(15, "id")),
            "creator_user_name": _creator(dice),
            "created_time": one.epoch_ms(one.born),
            "has_more": False,
            "settings": {
                "email_notifications": {"on_failure": [f"{team}-oncall@{DOMAIN}"]}
                if dice.chance(0.6, "mail")
                else {},
                "format": "MULTI_TASK",
                "max_concurrent_runs": 1,
                "name": name,
                "schedule": {"pause_status": pause, "quartz_cron_expression": cron, "timezone_id": "UTC"}
                if dice.chance(0.8, "scheduled")
                else None,
                "tags": {"team": team, "app": app},
                "timeout_seconds": dice.pick((0, 3600, 7200), "timeout"),
            },
        }


def catalogs(day: int, deployment_name: str) -> Iterator[dict[str, Any]]:
    _, env, region, _ = WORKSPACES[deployment_name]
    for one in population(f"catalog/{deployment_name}", _share(deployment_name, 48), day, 900):
        dice = one.dice
        team, app = team_and_app(dice)
        name = f"{env}_{app.replace('-', '_')}_{one.suffix(2)}"
        made = one.epoch_ms(one.born)
        yield {
            "name": name,
            "full_name": name,
            "catalog_type": dice.weighted(
                (("MANAGED_CATALOG", 8), ("FOREIGN_CATALOG", 1), ("DELTASHARING_CATALOG", 1)), "kind"
            ),
            "comment": f"{app}, owned by {team}" if dice.chance(0.5, "comment") else None,
            "owner": f"{team}-admins" if dice.chance(0.8, "group") else _creator(dice),
            "isolation_mode": "ISOLATED" if env == "prod" else "OPEN",
            "enable_predictive_optimization": "INHERIT",
            "metastore_id": Dice(f"metastore {region}").uuid("id"),
            "storage_root": f"s3://{SHORT}-unity-{env}/{name}",
            "securable_type": "CATALOG",
            "browse_only": False,
            "created_at": made,
            "created_by": _creator(dice),
            "updated_at": made,
            "updated_by": _creator(dice),
        }


GENERATORS = {
    "databricks_account.provisioning.workspaces": workspaces,
    "databricks_workspace.catalog.catalogs": catalogs,
    "databricks_workspace.compute.clusters": clusters,
    "databricks_workspace.jobs.jobs": jobs,
}
