"""The starter library's questions: exposure, age, ownership, cost, sprawl."""

from __future__ import annotations

from services.models.core import Query

FINDINGS: list[Query] = [
    Query(
        name="AWS: security groups open to the world",
        description="Rules that let the whole internet reach more than port 80 or 443, with the group and its VPC.",
        provider="aws",
        query_text="""\
SELECT group_id, group_name, vpc_id, region, from_port, to_port, source, reason
FROM (
  SELECT
    group_id,
    group_name,
    vpc_id,
    region,
    json_extract(rule.value, '$.FromPort') AS from_port,
    json_extract(rule.value, '$.ToPort') AS to_port,
    coalesce(json_extract(rule.value, '$.CidrIp'), json_extract(rule.value, '$.CidrIpv6')) AS source,
    json_extract(rule.value, '$.Description') AS reason
  FROM aws.ec2.security_groups, json_each(security_group_ingress) AS rule
  WHERE region = :region
) rules
WHERE source IN ('0.0.0.0/0', '::/0')
  -- a rule for every protocol names no port
  AND (from_port IS NULL OR from_port <> to_port OR from_port NOT IN (80, 443))
ORDER BY from_port, group_name""",
    ),
    Query(
        name="AWS: unattached EBS volumes",
        description="Volumes that no instance of the region uses: paid for, forgotten, largest first.",
        provider="aws",
        query_text="""\
WITH attached AS (
  SELECT json_extract(volume.value, '$.VolumeId') AS volume_id
  FROM aws.ec2.instances, json_each(volumes) AS volume
  WHERE region = :region
),
existing AS (
  SELECT volume_id, volume_type, size, encrypted, availability_zone, tags
  FROM aws.ec2.volumes
  WHERE region = :region
)
SELECT existing.volume_id, volume_type, size AS size_gib, encrypted, availability_zone, tags
FROM existing
LEFT JOIN attached ON attached.volume_id = existing.volume_id
WHERE attached.volume_id IS NULL
ORDER BY size DESC""",
    ),
    Query(
        name="AWS: stopped instances that still cost",
        description="Stopped instances and the disks that are paid for all the same, in GiB.",
        provider="aws",
        query_text="""\
SELECT
  i.instance_id,
  i.instance_type,
  i.launch_time,
  COUNT(v.volume_id) AS volumes,
  SUM(v.size) AS size_gib,
  i.tags
FROM (
  SELECT instance_id, instance_type, launch_time, tags, json_extract(volume.value, '$.VolumeId') AS volume_id
  FROM aws.ec2.instances, json_each(volumes) AS volume
  WHERE region = :region
    AND json_extract(state, '$.Name') = 'stopped'
) i
INNER JOIN (
  SELECT volume_id, size FROM aws.ec2.volumes WHERE region = :region
) v ON v.volume_id = i.volume_id
GROUP BY i.instance_id, i.instance_type, i.launch_time, i.tags
ORDER BY SUM(v.size) DESC""",
    ),
    Query(
        name="AWS: instances without an owner",
        description="Instances that carry no team tag: nobody will answer for them.",
        provider="aws",
        query_text="""\
SELECT instance_id, instance_type, json_extract(state, '$.Name') AS state, launch_time, iam_instance_profile, tags
FROM aws.ec2.instances
WHERE region = :region
  AND coalesce(tags, '') NOT LIKE '%"team"%'
ORDER BY launch_time""",
    ),
    Query(
        name="AWS: instances by type and state",
        description="How many instances of each type run, and how many only wait.",
        provider="aws",
        query_text="""\
SELECT
  instance_type,
  COUNT(*) AS instances,
  SUM(CASE WHEN json_extract(state, '$.Name') = 'running' THEN 1 ELSE 0 END) AS running,
  SUM(CASE WHEN json_extract(state, '$.Name') = 'stopped' THEN 1 ELSE 0 END) AS stopped
FROM aws.ec2.instances
WHERE region = :region
GROUP BY instance_type
ORDER BY COUNT(*) DESC""",
    ),
    Query(
        name="AWS: access keys older than 180 days",
        description="Active access keys that were not rotated for half a year, oldest first.",
        provider="aws",
        query_text="""\
SELECT
  user_name,
  access_key_id,
  create_date,
  CAST(julianday('now') - julianday(create_date) AS INTEGER) AS age_days
FROM aws.iam.access_keys
WHERE region = :region
  AND status = 'Active'
  AND julianday('now') - julianday(create_date) > 180
ORDER BY create_date""",
    ),
    Query(
        name="AWS: roles that strangers may assume",
        description="Roles that trust a principal of another account, with when each was last used.",
        provider="aws",
        query_text="""\
SELECT
  role_name,
  arn,
  json_extract(assume_role_policy_document, '$.Statement[0].Principal.AWS') AS trusted,
  json_extract(role_last_used, '$.LastUsedDate') AS last_used,
  create_date
FROM aws.iam.roles
WHERE region = :region
  AND split_part(json_extract(assume_role_policy_document, '$.Statement[0].Principal.AWS'), ':', 5)
    <> split_part(arn, ':', 5)
ORDER BY role_name""",
    ),
    Query(
        name="AWS: databases at risk",
        description="RDS instances that are public, not encrypted, without backups or without deletion protection.",
        provider="aws",
        query_text="""\
SELECT
  db_instance_identifier,
  engine,
  engine_version,
  publicly_accessible,
  storage_encrypted,
  backup_retention_period AS backup_days,
  deletion_protection
FROM aws.rds.db_instances
WHERE region = :region
  AND (publicly_accessible = 1 OR storage_encrypted = 0 OR backup_retention_period = 0 OR deletion_protection = 0)
ORDER BY publicly_accessible DESC, storage_encrypted, backup_retention_period""",
    ),
    Query(
        name="AWS: Lambda functions on retired runtimes",
        description="Functions on runtimes that AWS no longer patches.",
        provider="aws",
        query_text="""\
SELECT function_name, runtime, last_modified, memory_size, role
FROM aws.lambda.functions
WHERE region = :region
  AND runtime IN (
    'python3.6', 'python3.7', 'python3.8', 'python3.9', 'nodejs12.x', 'nodejs14.x', 'nodejs16.x', 'nodejs18.x',
    'dotnetcore3.1', 'dotnet6', 'java8', 'ruby2.7', 'go1.x'
  )
ORDER BY runtime, last_modified""",
    ),
    Query(
        name="AWS: log groups that never expire",
        description="Log groups without a retention, by the bytes that they have piled up.",
        provider="aws",
        query_text="""\
SELECT
  log_group_name,
  ROUND(stored_bytes / 1073741824.0, 2) AS stored_gib,
  datetime(creation_time / 1000, 'unixepoch') AS created_at
FROM aws.logs.log_groups
WHERE region = :region
  AND retention_in_days IS NULL
ORDER BY stored_bytes DESC""",
    ),
    Query(
        name="Azure: storage accounts with public blobs",
        description="Storage accounts that allow anonymous reading of blobs.",
        provider="azure",
        query_text="""\
SELECT
  name,
  split_part(id, '/', 5) AS resource_group,
  location,
  public_network_access,
  json_extract(network_acls, '$.defaultAction') AS network_default,
  tags
FROM azure.storage.storage_accounts
WHERE subscription_id = :subscription_id
  AND allow_blob_public_access = 1
ORDER BY name""",
    ),
    Query(
        name="Azure: unattached disks",
        description="Managed disks without a machine, and how long they have been there; largest first.",
        provider="azure",
        query_text="""\
SELECT
  name,
  split_part(id, '/', 5) AS resource_group,
  location,
  disk_size_gb AS size_gb,
  json_extract(sku, '$.name') AS sku,
  time_created,
  tags
FROM azure.compute.disks
WHERE subscription_id = :subscription_id
  AND disk_state = 'Unattached'
ORDER BY disk_size_gb DESC""",
    ),
    Query(
        name="Azure: remote access open to the world",
        description="Rules of network security groups that allow SSH or remote desktop from anywhere.",
        provider="azure",
        query_text="""\
SELECT nsg, location, rule, port, source
FROM (
  SELECT
    name AS nsg,
    location,
    json_extract(rules.value, '$.name') AS rule,
    coalesce(
      json_extract(rules.value, '$.properties.destinationPortRange'),
      json_extract(rules.value, '$.properties.destinationPortRanges')
    ) AS port,
    json_extract(rules.value, '$.properties.direction') AS direction,
    json_extract(rules.value, '$.properties.sourceAddressPrefix') AS source,
    json_extract(rules.value, '$.properties.access') AS access
  FROM azure.network.network_security_groups, json_each(security_rules) AS rules
  WHERE subscription_id = :subscription_id
) t
WHERE access = 'Allow'
  AND direction = 'Inbound'
  AND source IN ('*', 'Internet', '0.0.0.0/0')
  AND (port IN ('22', '3389', '*', '0-65535') OR port LIKE '%"22"%' OR port LIKE '%"3389"%')
ORDER BY nsg""",
    ),
    Query(
        name="Azure: public addresses nobody uses",
        description="Reserved public addresses that belong to no interface.",
        provider="azure",
        query_text="""\
SELECT name, split_part(id, '/', 5) AS resource_group, location, ip_address, json_extract(sku, '$.name') AS sku, tags
FROM azure.network.public_ip_addresses
WHERE subscription_id = :subscription_id
  AND ip_configuration IS NULL
ORDER BY name""",
    ),
    Query(
        name="Azure: machines by size and place",
        description="Where the virtual machines are and what sizes they have.",
        provider="azure",
        query_text="""\
SELECT
  location,
  json_extract(hardware_profile, '$.vmSize') AS size,
  COUNT(*) AS machines,
  SUM(CASE WHEN priority = 'Spot' THEN 1 ELSE 0 END) AS spot
FROM azure.compute.virtual_machines
WHERE subscription_id = :subscription_id
GROUP BY location, json_extract(hardware_profile, '$.vmSize')
ORDER BY COUNT(*) DESC""",
    ),
    Query(
        name="Google: public buckets",
        description="Buckets that everyone on the internet may read.",
        provider="google",
        query_text="""\
SELECT
  name,
  location,
  storageClass AS storage_class,
  json_extract(iamConfiguration, '$.publicAccessPrevention') AS public_access_prevention,
  CASE WHEN website IS NULL THEN 'no' ELSE 'yes' END AS website,
  updated,
  labels
FROM google.storage.buckets
WHERE project = :project
  AND acl LIKE '%allUsers%'
ORDER BY updated DESC""",
    ),
    Query(
        name="Google: unattached disks",
        description="Persistent disks without an instance, since when, and their size.",
        provider="google",
        query_text="""\
SELECT
  name,
  split_part(zone, '/', 9) AS zone,
  split_part(type, '/', 11) AS disk_type,
  sizeGb + 0 AS size_gb,
  lastDetachTimestamp AS detached_at,
  labels
FROM google.compute.disks
WHERE project = :project
  AND users IS NULL
ORDER BY sizeGb + 0 DESC""",
    ),
    Query(
        name="Google: instances on the default service account",
        description="Instances that run with the project's default account, which may do nearly everything.",
        provider="google",
        query_text="""\
SELECT
  name,
  split_part(zone, '/', 9) AS zone,
  status,
  json_extract(serviceAccounts, '$[0].email') AS service_account,
  creationTimestamp AS created_at,
  labels
FROM google.compute.instances
WHERE project = :project
  AND json_extract(serviceAccounts, '$[0].email') LIKE '%-compute@developer.gserviceaccount.com'
ORDER BY creationTimestamp""",
    ),
    Query(
        name="Google: Kubernetes clusters and their versions",
        description="Clusters of a project in every location, with version, nodes and whether the endpoint is private.",
        provider="google",
        query_text="""\
SELECT
  name,
  location,
  status,
  currentMasterVersion AS version,
  json_extract(releaseChannel, '$.channel') AS channel,
  currentNodeCount AS nodes,
  json_extract(autopilot, '$.enabled') AS autopilot,
  json_extract(privateClusterConfig, '$.enablePrivateEndpoint') AS private_endpoint
FROM google.container.clusters
WHERE projectsId = :project
  AND locationsId = '-'
ORDER BY name""",
    ),
    Query(
        name="GitHub: unprotected default branches",
        description="Repositories whose main branch anyone with write access can push to.",
        provider="github",
        query_text="""\
SELECT r.full_name, r.visibility, b.name AS branch, r.pushed_at
FROM github.repos.repos r
INNER JOIN github.repos.branches b
  ON b.repo = r.name
WHERE r.org = :org
  AND b.owner = :org
  AND b.name = r.default_branch
  AND b.protected = 0
ORDER BY r.pushed_at DESC""",
    ),
    Query(
        name="GitHub: repositories without secret scanning",
        description="Repositories in which a pushed password would go unnoticed.",
        provider="github",
        query_text="""\
SELECT full_name, visibility, language, archived, pushed_at
FROM github.repos.repos
WHERE org = :org
  AND json_extract(security_and_analysis, '$.secret_scanning.status') = 'disabled'
ORDER BY pushed_at DESC""",
    ),
    Query(
        name="GitHub: open pull requests, oldest first",
        description="What waits for a review in one repository, and for how long.",
        provider="github",
        query_text="""\
SELECT
  number,
  title,
  json_extract(user, '$.login') AS author,
  draft,
  CAST(julianday('now') - julianday(created_at) AS INTEGER) AS age_days,
  html_url
FROM github.pulls.pull_requests
WHERE owner = :owner
  AND repo = :repo
ORDER BY created_at""",
    ),
    Query(
        name="Databricks: clusters that never stop",
        description="Clusters without an idle limit, running ones first.",
        provider="databricks_workspace",
        query_text="""\
SELECT cluster_name, state, node_type_id, num_workers, creator_user_name AS creator, spark_version, custom_tags
FROM databricks_workspace.compute.clusters
WHERE deployment_name = :deployment_name
  AND autotermination_minutes = 0
ORDER BY state, cluster_name""",
    ),
    Query(
        name="Databricks: jobs nobody hears about",
        description="Jobs that send no mail when they fail, with their schedule.",
        provider="databricks_workspace",
        query_text="""\
SELECT
  job_id,
  json_extract(settings, '$.name') AS name,
  creator_user_name AS creator,
  json_extract(settings, '$.schedule.quartz_cron_expression') AS cron,
  json_extract(settings, '$.schedule.pause_status') AS pause_status
FROM databricks_workspace.jobs.jobs
WHERE deployment_name = :deployment_name
  AND json_extract(settings, '$.email_notifications.on_failure') IS NULL
ORDER BY job_id""",
    ),
    Query(
        name="Okta: accounts nobody uses",
        description="Active users who have not signed in for 60 days, or never since they were made.",
        provider="okta",
        query_text="""\
SELECT
  json_extract(profile, '$.login') AS login,
  json_extract(profile, '$.department') AS department,
  status,
  lastLogin AS last_login,
  CAST(julianday('now') - julianday(coalesce(lastLogin, created)) AS INTEGER) AS idle_days
FROM okta.users.users
WHERE subdomain = :subdomain
  AND status = 'ACTIVE'
  AND julianday('now') - julianday(coalesce(lastLogin, created)) > 60
ORDER BY coalesce(lastLogin, created)""",
    ),
    Query(
        name="Okta: suspended and expired accounts",
        description="Accounts that nobody can sign in with and that were never closed, longest first.",
        provider="okta",
        query_text="""\
SELECT
  json_extract(profile, '$.login') AS login,
  json_extract(profile, '$.department') AS department,
  json_extract(profile, '$.userType') AS user_type,
  status,
  statusChanged AS since
FROM okta.users.users
WHERE subdomain = :subdomain
  AND status IN ('SUSPENDED', 'LOCKED_OUT', 'PASSWORD_EXPIRED')
ORDER BY statusChanged""",
    ),
    Query(
        name="Cloudflare: zones that are not served",
        description="Zones that are paused, pending or moved away.",
        provider="cloudflare",
        query_text="""\
SELECT
  name,
  json_extract(account, '$.name') AS account,
  status,
  paused,
  json_extract(plan, '$.name') AS plan,
  created_on
FROM cloudflare.zones.zones
WHERE status <> 'active' OR paused = 1
ORDER BY created_on DESC""",
    ),
]
