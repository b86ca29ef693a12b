-- name: Azure: virtual machines
-- provider: azure
-- description: Every virtual machine of a subscription with its size, system, priority and tags.
-- schedule: 10 */3 * * *
-- timezone: Europe/Amsterdam
-- table: azure_virtual_machines
-- key: id
-- parameters: subscription_id=*

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
WHERE subscription_id = :subscription_id
