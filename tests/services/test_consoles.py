"""Console links against addresses that were written by hand from the consoles themselves."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.models.consoles import CONSOLES, find_console_link

AZURE = "/subscriptions/7a1e/resourceGroups/rg-web/providers/Microsoft.Compute/disks/vm web"
ADDRESSES = [
    (
        "aws.ec2.instances",
        {"instance_id": "i-0a1b", "region": "eu-west-1"},
        "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-0a1b",
    ),
    (
        "aws.ec2.volumes",
        {"volume_id": "vol-1", "region": "ap-southeast-2"},
        "https://ap-southeast-2.console.aws.amazon.com/ec2/home?region=ap-southeast-2#VolumeDetails:volumeId=vol-1",
    ),
    (
        "aws.ec2.security_groups",
        {"security_group_id": "sg-1", "region": "us-east-1"},
        "https://us-east-1.console.aws.amazon.com/ec2/home?region=us-east-1#SecurityGroup:groupId=sg-1",
    ),
    (
        "aws.ec2.vpcs",
        {"vpc_id": "vpc-1", "region": "us-east-1"},
        "https://us-east-1.console.aws.amazon.com/vpcconsole/home?region=us-east-1#VpcDetails:VpcId=vpc-1",
    ),
    ("aws.s3.buckets", {"name": "my.logs"}, "https://s3.console.aws.amazon.com/s3/buckets/my.logs"),
    (
        "aws.lambda.functions",
        {"function_name": "send-mail", "region": "eu-west-1"},
        "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/send-mail",
    ),
    (
        "aws.rds.db_instances",
        {"db_instance_identifier": "orders", "region": "eu-west-1"},
        "https://eu-west-1.console.aws.amazon.com/rds/home?region=eu-west-1#database:id=orders;is-cluster=false",
    ),
    (
        "aws.iam.access_keys",
        {"user_name": "a/b c"},
        "https://us-east-1.console.aws.amazon.com/iam/home#/users/details/a%2Fb%20c?section=security_credentials",
    ),
    (
        "google.compute.instances",
        {"name": "web-1", "zone": "https://x/zones/europe-west1-b", "project": "af-prod"},
        "https://console.cloud.google.com/compute/instancesDetail/zones/europe-west1-b/instances/web-1?project=af-prod",
    ),
    (
        "google.compute.disks",
        {"name": "d", "zone": "us-east1-c", "project": "p"},
        "https://console.cloud.google.com/compute/disksDetail/zones/us-east1-c/disks/d?project=p",
    ),
    ("google.storage.buckets", {"name": "b_1"}, "https://console.cloud.google.com/storage/browser/b_1"),
    (
        "azure.compute.disks",
        {"id": AZURE},
        "https://portal.azure.com/#@/resource/subscriptions/7a1e/resourceGroups/rg-web/providers/"
        "Microsoft.Compute/disks/vm%20web",
    ),
    ("github.repos.repos", {"org": "stackql", "name": "stackql"}, "https://github.com/stackql/stackql"),
    (
        "cloudflare.zones.zones",
        {"account_id": "01ab", "name": "example.org"},
        "https://dash.cloudflare.com/01ab/example.org",
    ),
    (
        "databricks_workspace.compute.clusters",
        {"deployment_name": "dbc-1", "cluster_id": "0801-a-b"},
        "https://dbc-1.cloud.databricks.com/compute/clusters/0801-a-b",
    ),
    (
        "okta.users.users",
        {"subdomain": "acme", "id": "00u1"},
        "https://acme-admin.okta.com/admin/user/profile/view/00u1",
    ),
    # what is not known for sure has no link
    ("aws.ec2.instances", {"instance_id": "i-0a1b"}, ""),
    ("aws.ec2.instances", {"instance_id": "i-0a1b", "region": "cn-north-1"}, ""),
    ("aws.ec2.instances", {"instance_id": "i-0a1b", "region": "us-gov-west-1"}, ""),
    ("aws.ec2.instances", {"instance_id": "i", "region": "evil.example/#"}, ""),
    ("azure.compute.disks", {"id": "javascript:alert(1)"}, ""),
    ("azure.compute.disks", {"id": "/subscriptions/../resourceGroups/r/providers/x"}, ""),
    ("github.repos.repos", {"org": "..", "name": "x"}, ""),
    ("github.repos.repos", {"org": {"login": "x"}, "name": "x"}, ""),
    ("cloudflare.zones.zones", {"account": "Alderfinch", "name": "example.org"}, ""),
    ("okta.users.users", {"subdomain": "evil.example/x?", "id": "00u1"}, ""),
    ("nobody.knows.this", {"id": "x"}, ""),
]


@pytest.mark.parametrize(("kind", "values", "address"), ADDRESSES)
def test_a_console_link(kind: str, values: dict[str, object], address: str) -> None:
    assert find_console_link(kind, values) == address


HOSTS = (
    ".console.aws.amazon.com",
    "s3.console.aws.amazon.com",
    "console.cloud.google.com",
    "portal.azure.com",
    "github.com",
    "dash.cloudflare.com",
    ".cloud.databricks.com",
    "-admin.okta.com",
)
# every name that an address takes a value of
NAMES = st.sampled_from(
    sorted({name for one in CONSOLES.values() for name in re.findall("[a-z_]+(?=[|}])", one)})
)


@given(st.sampled_from([*CONSOLES, "azure.compute.disks"]), st.dictionaries(NAMES, st.text(max_size=40)))
def test_whatever_a_row_holds_a_link_leads_to_the_console_and_keeps_it_in_one_part(
    kind: str, values: dict[str, str]
) -> None:
    address = find_console_link(kind, values)
    if address:
        parts = urlsplit(address)
        assert parts.scheme == "https" and parts.netloc.endswith(HOSTS) and "@" not in parts.netloc
        assert all(step not in (".", "..") for step in unquote(parts.path).split("/")) or "%2F" in parts.path
