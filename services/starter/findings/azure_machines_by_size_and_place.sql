-- name: Azure: machines by size and place
-- provider: azure
-- description: Where the virtual machines are and what sizes they have.

SELECT
  location,
  json_extract(hardware_profile, '$.vmSize') AS size,
  COUNT(*) AS machines,
  SUM(CASE WHEN priority = 'Spot' THEN 1 ELSE 0 END) AS spot
FROM azure.compute.virtual_machines
WHERE subscription_id = :subscription_id
GROUP BY location, json_extract(hardware_profile, '$.vmSize')
ORDER BY COUNT(*) DESC
