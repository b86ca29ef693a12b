"""The starter library: queries worth having, and the schedules that keep the sample estate's tables.

`QUERIES` are written for StackQL itself and name no account; `:region` and the like are asked for. `SCHEDULES` give
them the sample cloud's values, and are of use with the sample engine only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inventory_runner.engines.sample_cloud import sample_values
from services.models.core import Query, Schedule
from services.starter_findings import FINDINGS
from services.starter_inventory import INVENTORY

QUERIES: list[Query] = [*FINDINGS, *INVENTORY]

_VALUES = sample_values()
# provider → a value for each of its parameters, all of which the sample cloud knows
EXAMPLE_VALUES: dict[str, dict[str, str]] = {
    provider: {name: values[0] for name, values in parameters.items()}
    for provider, parameters in _VALUES.items()
}

_REGIONS = {"region": list(_VALUES["aws"]["region"])}
_SUBSCRIPTIONS = {"subscription_id": list(_VALUES["azure"]["subscription_id"])}
_PROJECTS = {"project": list(_VALUES["google"]["project"])}


@dataclass(frozen=True)
class StarterSchedule:
    """A schedule of the sample estate; `query_name` is one of QUERIES."""

    query_name: str
    target_table: str
    cron_expression: str
    key_columns: tuple[str, ...]
    parameter_values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ignored_columns: tuple[str, ...] = ()
    timezone: str = "UTC"
    retention_days: int | None = None

    def schedule(self, query_id: int) -> Schedule:
        """As the database takes it, for the query that was saved under the id."""
        return Schedule(
            query_id=query_id,
            query_name=self.query_name,
            cron_expression=self.cron_expression,
            timezone=self.timezone,
            target_table=self.target_table,
            key_columns=self.key_columns,
            ignored_columns=self.ignored_columns,
            parameter_values=self.parameter_values,
            retention_days=self.retention_days,
            created_by="starter",
        )


SCHEDULES: list[StarterSchedule] = [
    StarterSchedule("AWS: EC2 instances", "aws_ec2_instances", "0 */2 * * *", ("instance_id",), _REGIONS),
    StarterSchedule("AWS: EBS volumes", "aws_ec2_volumes", "15 */6 * * *", ("volume_id",), _REGIONS),
    StarterSchedule("AWS: security groups", "aws_security_groups", "30 */4 * * *", ("group_id",), _REGIONS),
    StarterSchedule("AWS: S3 buckets", "aws_s3_buckets", "0 5 * * *", ("bucket_arn",), {"region": ["us-east-1"]}),
    StarterSchedule("AWS: Lambda functions", "aws_lambda_functions", "20 4 * * *", ("function_arn",), _REGIONS),
    StarterSchedule("AWS: RDS instances", "aws_rds_instances", "40 */6 * * *", ("db_instance_arn",), _REGIONS),
    StarterSchedule(
        "AWS: IAM access keys", "aws_iam_access_keys", "0 6 * * 1-5", ("access_key_id",), {"region": ["us-east-1"]},
        timezone="Europe/Amsterdam",
    ),
    StarterSchedule(
        "Azure: virtual machines", "azure_virtual_machines", "10 */3 * * *", ("id",), _SUBSCRIPTIONS,
        timezone="Europe/Amsterdam",
    ),
    StarterSchedule(
        "Azure: disks", "azure_disks", "25 */6 * * *", ("id",), _SUBSCRIPTIONS, timezone="Europe/Amsterdam"
    ),
    StarterSchedule("Azure: storage accounts", "azure_storage_accounts", "45 */4 * * *", ("id",), _SUBSCRIPTIONS),
    StarterSchedule(
        "Azure: network security groups", "azure_network_security_groups", "50 5 * * *", ("id",), _SUBSCRIPTIONS
    ),
    StarterSchedule("Google: Compute instances", "google_compute_instances", "5 */2 * * *", ("id",), _PROJECTS),
    StarterSchedule("Google: disks", "google_compute_disks", "35 */6 * * *", ("id",), _PROJECTS),
    StarterSchedule("Google: storage buckets", "google_storage_buckets", "0 */4 * * *", ("name",), _PROJECTS),
    StarterSchedule(
        "GitHub: repositories", "github_repositories", "0 7 * * 1-5", ("id",), {"org": list(_VALUES["github"]["org"])},
        ignored_columns=("pushed_at", "open_issues", "size_kb"), timezone="America/New_York",
    ),
    StarterSchedule(
        "Databricks: clusters", "databricks_clusters", "0 */1 * * *", ("cluster_id",),
        {"deployment_name": list(_VALUES["databricks_workspace"]["deployment_name"])}, ignored_columns=("started_at",),
    ),
    StarterSchedule(
        "Okta: users", "okta_users", "0 3 * * *", ("id",), {"subdomain": list(_VALUES["okta"]["subdomain"])},
        ignored_columns=("last_login", "last_updated"), timezone="America/New_York",
    ),
    StarterSchedule("Cloudflare: zones", "cloudflare_zones", "30 2 * * 1", ("id",)),
]  # fmt: skip
