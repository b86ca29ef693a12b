-- name: Azure: storage accounts with public blobs
-- provider: azure
-- description: Storage accounts that allow anonymous reading of blobs.

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
ORDER BY name
