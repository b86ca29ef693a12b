-- name: Azure: unattached disks
-- provider: azure
-- description: Managed disks without a machine, and how long they have been there; largest first.

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
ORDER BY disk_size_gb DESC
