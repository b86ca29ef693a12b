"""The address of a resource's page in its cloud's own console, where its type's address is made of known values alone.

A console's addresses are no promised interface: only types are listed whose address names the resource by values that
its row or scope has. Where one of them is missing, or has another form than it must have, there is no link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

# regions of the partition whose console is aws.amazon.com: China and the government's have others
_AWS_REGION = re.compile(r"(?!cn-)[a-z]{2}-[a-z]+-[0-9]{1,2}")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
# part of a host's name: anything else could lead to another host
_HOSTS = ("region", "deployment_name", "subdomain")
_FIELD = re.compile(r"\{([a-z_|]+)\}")

_EC2 = "https://{region}.console.aws.amazon.com/ec2/home?region={region}#"
_VPC = "https://{region}.console.aws.amazon.com/vpcconsole/home?region={region}#"
_IAM = "https://us-east-1.console.aws.amazon.com/iam/home#/"
_GOOGLE = "https://console.cloud.google.com/"

# `provider.service.resource` → the address; {a|b}: the first of these columns or parameters that has a value
CONSOLES: Mapping[str, str] = {
    "aws.ec2.instances": _EC2 + "InstanceDetails:instanceId={instance_id}",
    "aws.ec2.volumes": _EC2 + "VolumeDetails:volumeId={volume_id}",
    "aws.ec2.snapshots": _EC2 + "SnapshotDetails:snapshotId={snapshot_id}",
    "aws.ec2.images": _EC2 + "ImageDetails:imageId={image_id}",
    "aws.ec2.security_groups": _EC2 + "SecurityGroup:groupId={group_id|security_group_id}",
    "aws.ec2.vpcs": _VPC + "VpcDetails:VpcId={vpc_id}",
    "aws.ec2.subnets": _VPC + "SubnetDetails:subnetId={subnet_id}",
    "aws.s3.buckets": "https://s3.console.aws.amazon.com/s3/buckets/{name|bucket_name}",
    "aws.lambda.functions": (
        "https://{region}.console.aws.amazon.com/lambda/home?region={region}#/functions/{function_name}"
    ),
    "aws.rds.db_instances": (
        "https://{region}.console.aws.amazon.com/rds/home?region={region}"
        "#database:id={db_instance_identifier};is-cluster=false"
    ),
    "aws.iam.users": _IAM + "users/details/{user_name}",
    "aws.iam.roles": _IAM + "roles/details/{role_name}",
    "aws.iam.access_keys": _IAM + "users/details/{user_name}?section=security_credentials",
    "google.compute.instances": _GOOGLE
    + "compute/instancesDetail/zones/{zone}/instances/{name}?project={project}",
    "google.compute.disks": _GOOGLE + "compute/disksDetail/zones/{zone}/disks/{name}?project={project}",
    "google.storage.buckets": _GOOGLE + "storage/browser/{name}",
    "github.repos.repos": "https://github.com/{org|owner}/{name}",
    "cloudflare.zones.zones": "https://dash.cloudflare.com/{account_id}/{name}",
    "databricks_workspace.compute.clusters": (
        "https://{deployment_name}.cloud.databricks.com/compute/clusters/{cluster_id}"
    ),
    "okta.users.users": "https://{subdomain}-admin.okta.com/admin/user/profile/view/{id}",
}
_AZURE_ID = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/.+", re.IGNORECASE)
_NAMES = {
    "aws": "AWS",
    "azure": "Azure",
    "google": "Google Cloud",
    "github": "GitHub",
    "cloudflare": "Cloudflare",
    "databricks_workspace": "Databricks",
    "okta": "Okta",
}


def name_console(provider: str) -> str:
    """What a provider's console is called in `Open in …`."""
    return _NAMES.get(provider, provider)


def find_console_link(kind: str, values: Mapping[str, Any]) -> str:
    """The https address of a resource in its console; empty where it cannot be made for sure.

    kind: `provider.service.resource`. values: of its row, of its scope, and its region where that is known.
    """
    if kind.startswith("azure."):
        # every Azure resource has a page under its id
        id = values.get("id")
        if not (isinstance(id, str) and _AZURE_ID.fullmatch(id)):
            return ""
        return _keep_whole("https://portal.azure.com/#@/resource" + quote(id, safe="/"), [*id.split("/")[1:]])
    template = CONSOLES.get(kind, "")
    parts = {match.group(0): _find_part(match.group(1), values) for match in _FIELD.finditer(template)}
    if not template or not all(parts.values()):
        return ""
    address = template
    for field, part in parts.items():
        address = address.replace(field, quote(part, safe=""))
    return _keep_whole(address, list(parts.values()))


def _find_part(names: str, values: Mapping[str, Any]) -> str:
    """The value of the first of these names that has one; empty where that is of no form to put into an address."""
    for name in names.split("|"):
        value = values.get(name)
        if value in (None, "") or isinstance(value, bool | dict | list):
            continue
        text = str(value)
        if name == "zone":
            # Google gives it as a link
            text = text.rsplit("/", 1)[-1]
        if name in _HOSTS and not (_AWS_REGION if name == "region" else _LABEL).fullmatch(text):
            return ""
        return text
    return ""


def _keep_whole(address: str, parts: list[str]) -> str:
    """The address, unless a part would be read as the way to another one: browsers take `%2e%2e` for a step up."""
    return "" if any(part.strip() in ("", ".", "..") for part in parts) else address
