-- name: Azure: public addresses nobody uses
-- provider: azure
-- description: Reserved public addresses that belong to no interface.

SELECT name, split_part(id, '/', 5) AS resource_group, location, ip_address, json_extract(sku, '$.name') AS sku, tags
FROM azure.network.public_ip_addresses
WHERE subscription_id = :subscription_id
  AND ip_configuration IS NULL
ORDER BY name
