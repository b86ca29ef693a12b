"""The starter library's plain inventory queries: one resource each, with what people group and search by."""

from __future__ import annotations

from services.models.core import Query

INVENTORY: list[Query] = [
    Query(
        name="AWS: EC2 instances",
        description="Every EC2 instance of a region with its type, state, network, launch time and tags.",
        provider="aws",
        query_text="""\
SELECT
  instance_id,
  instance_type,
  json_extract(state, '$.Name') AS state,
  region,
  availability_zone,
  vpc_id,
  subnet_id,
  private_ip_address,
  public_ip_address,
  image_id,
  iam_instance_profile,
  monitoring,
  launch_time,
  tags
FROM aws.ec2.instances
WHERE region = :region""",
    ),
    Query(
        name="AWS: EBS volumes",
        description="Every EBS volume of a region with its type, size, speed, encryption and tags.",
        provider="aws",
        query_text="""\
SELECT
  volume_id,
  volume_type,
  size AS size_gib,
  iops,
  throughput,
  encrypted,
  snapshot_id,
  region,
  availability_zone,
  tags
FROM aws.ec2.volumes
WHERE region = :region""",
    ),
    Query(
        name="AWS: security groups",
        description="Every security group of a region with its rules, as JSON, and how many let traffic in.",
        provider="aws",
        query_text="""\
SELECT
  group_id,
  group_name,
  group_description,
  vpc_id,
  region,
  json_array_length(security_group_ingress) AS ingress_rules,
  security_group_ingress AS ingress,
  tags
FROM aws.ec2.security_groups
WHERE region = :region""",
    ),
    Query(
        name="AWS: S3 buckets",
        description="Every S3 bucket of the account, wherever it lies; S3 lists them all from any region.",
        provider="aws",
        query_text="""\
SELECT
  name,
  bucket_arn,
  bucket_region AS region,
  creation_date AS created_at
FROM aws.s3.buckets
WHERE region = :region""",
    ),
    Query(
        name="AWS: Lambda functions",
        description="Every Lambda function of a region with its runtime, size, memory, role and last release.",
        provider="aws",
        query_text="""\
SELECT
  function_name,
  function_arn,
  split_part(function_arn, ':', 5) AS account_id,
  :region AS region,
  runtime,
  handler,
  memory_size,
  timeout,
  code_size,
  package_type,
  state,
  role,
  json_extract(vpc_config, '$.VpcId') AS vpc_id,
  json_extract(environment, '$.Variables.STAGE') AS stage,
  architectures,
  last_modified
FROM aws.lambda.functions
WHERE region = :region""",
    ),
    Query(
        name="AWS: RDS instances",
        description="Every RDS database of a region with its engine, class, status, protection and tags.",
        provider="aws",
        query_text="""\
SELECT
  db_instance_identifier,
  db_instance_arn,
  split_part(db_instance_arn, ':', 5) AS account_id,
  :region AS region,
  engine,
  engine_version,
  db_instance_class,
  db_instance_status AS status,
  allocated_storage AS storage_gib,
  multi_az,
  publicly_accessible,
  storage_encrypted,
  backup_retention_period AS backup_days,
  deletion_protection,
  instance_create_time AS created_at,
  tag_list AS tags
FROM aws.rds.db_instances
WHERE region = :region""",
    ),
    Query(
        name="AWS: IAM access keys",
        description="Every access key of the account with its user, status and age; IAM answers alike in every region.",
        provider="aws",
        query_text="""\
SELECT
  access_key_id,
  user_name,
  status,
  create_date AS created_at
FROM aws.iam.access_keys
WHERE region = :region""",
    ),
    Query(
        name="Azure: virtual machines",
        description="Every virtual machine of a subscription with its size, system, priority and tags.",
        provider="azure",
        query_text="""\
SELECT
  id,
  name,
  split_part(id, '/', 3) AS subscription_id,
  split_part(id, '/', 5) AS resource_group,
  location,
  json_extract(hardware_profile, '$.vmSize') AS size,
  json_extract(storage_profile, '$.osDisk.osType') AS os,
  priority,
  provisioning_state AS state,
  license_type,
  zones,
  time_created AS created_at,
  tags
FROM azure.compute.virtual_machines
WHERE subscription_id = :subscription_id""",
    ),
    Query(
        name="Azure: disks",
        description="Every managed disk of a subscription with its size, tier, owner and whether it is attached.",
        provider="azure",
        query_text="""\
SELECT
  id,
  name,
  split_part(id, '/', 3) AS subscription_id,
  split_part(id, '/', 5) AS resource_group,
  location,
  disk_state AS state,
  disk_size_gb AS size_gb,
  json_extract(sku, '$.name') AS sku,
  managed_by,
  os_type,
  public_network_access,
  time_created AS created_at,
  tags
FROM azure.compute.disks
WHERE subscription_id = :subscription_id""",
    ),
    Query(
        name="Azure: storage accounts",
        description="Every storage account of a subscription with what guards it: public blobs, keys, TLS, network.",
        provider="azure",
        query_text="""\
SELECT
  id,
  name,
  split_part(id, '/', 3) AS subscription_id,
  split_part(id, '/', 5) AS resource_group,
  location,
  kind,
  json_extract(sku, '$.name') AS sku,
  access_tier,
  allow_blob_public_access,
  allow_shared_key_access,
  minimum_tls_version,
  public_network_access,
  json_extract(network_acls, '$.defaultAction') AS network_default,
  creation_time AS created_at,
  tags
FROM azure.storage.storage_accounts
WHERE subscription_id = :subscription_id""",
    ),
    Query(
        name="Azure: network security groups",
        description="Every network security group of a subscription with its own rules, as JSON.",
        provider="azure",
        query_text="""\
SELECT
  id,
  name,
  split_part(id, '/', 3) AS subscription_id,
  split_part(id, '/', 5) AS resource_group,
  location,
  provisioning_state AS state,
  json_array_length(security_rules) AS rules,
  security_rules,
  tags
FROM azure.network.network_security_groups
WHERE subscription_id = :subscription_id""",
    ),
    Query(
        name="Google: Compute instances",
        description="Every Compute Engine instance of a project with its type, status, pricing model and labels.",
        provider="google",
        query_text="""\
SELECT
  id,
  name,
  :project AS project,
  substr(split_part(zone, '/', 9), 1, length(split_part(zone, '/', 9)) - 2) AS region,
  split_part(zone, '/', 9) AS zone,
  split_part(machineType, '/', 11) AS machine_type,
  status,
  json_extract(scheduling, '$.provisioningModel') AS provisioning_model,
  json_extract(networkInterfaces, '$[0].networkIP') AS private_ip,
  json_extract(networkInterfaces, '$[0].accessConfigs[0].natIP') AS public_ip,
  json_extract(serviceAccounts, '$[0].email') AS service_account,
  deletionProtection AS deletion_protection,
  creationTimestamp AS created_at,
  labels
FROM google.compute.instances
WHERE project = :project""",
    ),
    Query(
        name="Google: disks",
        description="Every persistent disk of a project with its type, size, users and when it was last detached.",
        provider="google",
        query_text="""\
SELECT
  id,
  name,
  :project AS project,
  substr(split_part(zone, '/', 9), 1, length(split_part(zone, '/', 9)) - 2) AS region,
  split_part(zone, '/', 9) AS zone,
  split_part(type, '/', 11) AS disk_type,
  sizeGb + 0 AS size_gb,
  status,
  CASE WHEN users IS NULL THEN 'unattached' ELSE 'attached' END AS state,
  lastDetachTimestamp AS detached_at,
  creationTimestamp AS created_at,
  labels
FROM google.compute.disks
WHERE project = :project""",
    ),
    Query(
        name="Google: storage buckets",
        description="Every bucket of a project with its class, place, public access, versioning and labels.",
        provider="google",
        query_text="""\
SELECT
  name,
  :project AS project,
  lower(location) AS location,
  storageClass AS storage_class,
  json_extract(iamConfiguration, '$.publicAccessPrevention') AS public_access_prevention,
  json_extract(iamConfiguration, '$.uniformBucketLevelAccess.enabled') AS uniform_access,
  CASE WHEN acl LIKE '%allUsers%' OR acl LIKE '%allAuthenticatedUsers%' THEN 1 ELSE 0 END AS is_public,
  json_extract(versioning, '$.enabled') AS versioning,
  CASE WHEN lifecycle IS NULL THEN 0 ELSE 1 END AS has_lifecycle,
  timeCreated AS created_at,
  labels
FROM google.storage.buckets
WHERE project = :project""",
    ),
    Query(
        name="GitHub: repositories",
        description="Every repository of an organisation with its visibility, language, activity and open issues.",
        provider="github",
        query_text="""\
SELECT
  id,
  name,
  full_name,
  :org AS org,
  visibility,
  archived,
  language,
  default_branch,
  json_extract(topics, '$[0]') AS topic,
  json_extract(security_and_analysis, '$.secret_scanning.status') AS secret_scanning,
  open_issues_count AS open_issues,
  size AS size_kb,
  html_url,
  created_at,
  pushed_at
FROM github.repos.repos
WHERE org = :org""",
    ),
    Query(
        name="Databricks: clusters",
        description="Every cluster of a workspace with its runtime, size, state, idle limit and tags.",
        provider="databricks_workspace",
        query_text="""\
SELECT
  cluster_id,
  cluster_name,
  :deployment_name AS workspace,
  state,
  cluster_source,
  spark_version,
  runtime_engine,
  node_type_id,
  num_workers,
  json_extract(autoscale, '$.max_workers') AS max_workers,
  autotermination_minutes,
  data_security_mode,
  creator_user_name AS creator,
  datetime(start_time / 1000, 'unixepoch') AS started_at,
  custom_tags AS tags
FROM databricks_workspace.compute.clusters
WHERE deployment_name = :deployment_name""",
    ),
    Query(
        name="Okta: users",
        description="Every Okta user with status, department and the dates that tell whether the account is alive.",
        provider="okta",
        query_text="""\
SELECT
  id,
  json_extract(profile, '$.login') AS login,
  json_extract(profile, '$.firstName') || ' ' || json_extract(profile, '$.lastName') AS name,
  status,
  json_extract(profile, '$.department') AS department,
  json_extract(profile, '$.title') AS title,
  json_extract(profile, '$.userType') AS user_type,
  json_extract(profile, '$.city') AS city,
  json_extract(profile, '$.countryCode') AS country,
  created AS created_at,
  statusChanged AS status_changed,
  lastLogin AS last_login,
  lastUpdated AS last_updated
FROM okta.users.users
WHERE subdomain = :subdomain""",
    ),
    Query(
        name="Cloudflare: zones",
        description="Every zone of every account that the token may read, with status, plan and name servers.",
        provider="cloudflare",
        query_text="""\
SELECT
  id,
  name,
  json_extract(account, '$.name') AS account,
  status,
  paused,
  type,
  json_extract(plan, '$.name') AS plan,
  name_servers,
  created_on AS created_at,
  modified_on AS modified_at
FROM cloudflare.zones.zones""",
    ),
]
