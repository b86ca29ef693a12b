-- name: Azure: disks
-- provider: azure
-- description: Every managed disk of a subscription with its size, tier, owner and whether it is attached.
-- schedule: 25 */6 * * *
-- timezone: Europe/Amsterdam
-- table: azure_disks
-- key: id
-- parameters: subscription_id=*

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
WHERE subscription_id = :subscription_id
