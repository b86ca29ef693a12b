"""What is known of providers: the variables that hold their credentials, and one cheap query to test them.

A provider that is not listed works as well: its variables are typed, and no test is known for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Preset:
    """required, optional: names of environment variables. test: a query that costs one small request, or nothing.

    The test may hold parameters (`:region`), whose values are asked for; `examples` shows what such a value looks
    like, or is the value to begin with. hint: what a credential must be, where people get it wrong.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    test: str = ""
    hint: str = ""
    examples: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> tuple[str, ...]:
        return self.required + self.optional


_AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_DATABRICKS = ("DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET")

PRESETS: dict[str, Preset] = {
    "aws": Preset(
        _AWS,
        ("AWS_SESSION_TOKEN",),
        test="SELECT vpc_id FROM aws.ec2.vpcs WHERE region = :region LIMIT 1",
        examples={"region": "us-east-1"},
    ),
    "awscc": Preset(
        _AWS,
        ("AWS_SESSION_TOKEN",),
        test="SELECT vpc_id FROM awscc.ec2.vpcs_list_only WHERE region = :region LIMIT 1",
        examples={"region": "us-east-1"},
    ),
    "azure": Preset(
        ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"),
        test="SELECT name FROM azure.resource.resource_groups WHERE subscription_id = :subscription_id LIMIT 1",
        examples={"subscription_id": "00000000-0000-0000-0000-000000000000"},
    ),
    "google": Preset(
        ("GOOGLE_CREDENTIALS",),
        test="SELECT projectId FROM google.cloudresourcemanager.projects LIMIT 1",
        hint="The service account key's JSON itself, not a path to it.",
    ),
    "github": Preset(
        ("STACKQL_GITHUB_USERNAME", "STACKQL_GITHUB_PASSWORD"),
        test="SELECT id FROM github.users.users LIMIT 1",
        hint="The password is a personal access token.",
    ),
    "databricks_account": Preset(
        (*_DATABRICKS, "DATABRICKS_ACCOUNT_ID"),
        test="SELECT deployment_name FROM databricks_account.provisioning.workspaces"
        " WHERE account_id = :account_id LIMIT 1",
        examples={"account_id": "00000000-0000-0000-0000-000000000000"},
    ),
    "databricks_workspace": Preset(
        # the account's id is part of the address that gives tokens
        (*_DATABRICKS, "DATABRICKS_ACCOUNT_ID"),
        test="SELECT job_id FROM databricks_workspace.jobs.jobs WHERE deployment_name = :deployment_name LIMIT 1",
        examples={"deployment_name": "dbc-a1b2c3d4-e5f6"},
        hint="A service principal of the workspace that is read, which need not be this app's.",
    ),
    "okta": Preset(
        ("OKTA_API_TOKEN",),
        test="SELECT id FROM okta.groups.groups WHERE subdomain = :subdomain LIMIT 1",
        examples={"subdomain": "my-company"},
    ),
    "cloudflare": Preset(
        ("CLOUDFLARE_API_TOKEN",), test="SELECT id FROM cloudflare.accounts.accounts LIMIT 1"
    ),
    "snowflake": Preset(
        ("SNOWFLAKE_PAT",),
        test="SELECT name FROM snowflake.warehouses.warehouses WHERE endpoint = :endpoint LIMIT 1",
        examples={"endpoint": "my_organization-my_account"},
        hint="A programmatic access token.",
    ),
    "datadog": Preset(
        ("DD_API_KEY", "DD_APP_KEY"),
        test="SELECT id FROM datadog.organization.roles WHERE region = :region LIMIT 1",
        examples={"region": "datadoghq.com"},
        hint="The region of its queries is the site: datadoghq.com, datadoghq.eu, us5.datadoghq.com, …",
    ),
    "digitalocean": Preset(
        ("DIGITALOCEAN_TOKEN",), test="SELECT status FROM digitalocean.account.account LIMIT 1"
    ),
    "confluent": Preset(
        ("CONFLUENT_CLOUD_API_KEY", "CONFLUENT_CLOUD_API_SECRET"),
        test="SELECT id FROM confluent.org.environments LIMIT 1",
        hint="A Cloud API key; a cluster's own key is refused.",
    ),
}
