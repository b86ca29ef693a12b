"""Columns and required parameters that StackQL's public documents give: those alone that a starter query may use.

From the provider registry of 20 August 2026 and, where that has no document of the resource, from older pages of the
documentation: `OLDER` names those, and their queries say so.
"""

from __future__ import annotations

OLDER = ("aws.ec2.", "google.compute.")

# resource → its names, separated by spaces
COLUMNS = {
    "aws.ec2.instances": (
        "availability_zone iam_instance_profile image_id instance_id instance_type launch_time monitoring "
        "private_ip_address public_ip_address region state subnet_id tags volumes vpc_id"
    ),
    "aws.ec2.security_groups": "group_description group_id group_name region security_group_ingress tags vpc_id",
    "aws.ec2.volumes": "availability_zone encrypted iops region size snapshot_id tags throughput volume_id volume_type",
    "aws.iam.access_keys": "access_key_id create_date region status user_name",
    "aws.iam.roles": "arn assume_role_policy_document create_date region role_last_used role_name",
    "aws.lambda.functions": (
        "architectures code_size environment function_arn function_name handler last_modified memory_size "
        "package_type region role runtime state timeout vpc_config"
    ),
    "aws.logs.log_groups": "creation_time log_group_name region retention_in_days stored_bytes",
    "aws.rds.db_instances": (
        "allocated_storage backup_retention_period db_instance_arn db_instance_class db_instance_identifier "
        "db_instance_status deletion_protection engine engine_version instance_create_time multi_az "
        "publicly_accessible region storage_encrypted tag_list"
    ),
    "aws.s3.buckets": "bucket_arn bucket_region creation_date name region",
    "azure.compute.disks": (
        "disk_size_gb disk_state id location managed_by name os_type public_network_access sku "
        "subscription_id tags time_created"
    ),
    "azure.compute.virtual_machines": (
        "hardware_profile id license_type location name priority provisioning_state storage_profile "
        "subscription_id tags time_created zones"
    ),
    "azure.network.network_security_groups": "id location name provisioning_state security_rules subscription_id tags",
    "azure.network.public_ip_addresses": "id ip_address ip_configuration location name sku subscription_id tags",
    "azure.storage.storage_accounts": (
        "access_tier allow_blob_public_access allow_shared_key_access creation_time id kind location "
        "minimum_tls_version name network_acls public_network_access sku subscription_id tags"
    ),
    "cloudflare.zones.zones": "account created_on id modified_on name name_servers paused plan status type",
    "databricks_workspace.compute.clusters": (
        "autoscale autotermination_minutes cluster_id cluster_name cluster_source creator_user_name "
        "custom_tags data_security_mode deployment_name node_type_id num_workers runtime_engine spark_version "
        "start_time state"
    ),
    "databricks_workspace.jobs.jobs": "creator_user_name deployment_name job_id settings",
    "github.pulls.pull_requests": "created_at draft html_url number owner repo title user",
    "github.repos.branches": "name owner protected repo",
    "github.repos.repos": (
        "archived created_at default_branch full_name html_url id language name open_issues open_issues_count "
        "org owner pushed_at security_and_analysis size topics visibility"
    ),
    "google.compute.disks": (
        "creationTimestamp id labels lastDetachTimestamp name project region sizeGb status type users zone"
    ),
    "google.compute.instances": (
        "creationTimestamp deletionProtection id labels machineType name networkInterfaces project scheduling "
        "serviceAccounts status zone"
    ),
    "google.container.clusters": (
        "autopilot currentMasterVersion currentNodeCount location locationsId name privateClusterConfig "
        "projectsId releaseChannel status"
    ),
    "google.storage.buckets": (
        "acl iamConfiguration labels lifecycle location name project storageClass timeCreated updated "
        "versioning website"
    ),
    "okta.users.users": "created id lastLogin lastUpdated profile status statusChanged subdomain",
}
