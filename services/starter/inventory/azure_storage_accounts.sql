-- name: Azure: storage accounts
-- provider: azure
-- description: Every storage account of a subscription with what guards it: public blobs, keys, TLS, network.
-- schedule: 45 */4 * * *
-- table: azure_storage_accounts
-- key: id
-- parameters: subscription_id=*

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
WHERE subscription_id = :subscription_id
