-- name: Azure: network security groups
-- provider: azure
-- description: Every network security group of a subscription with its own rules, as JSON.
-- schedule: 50 5 * * *
-- table: azure_network_security_groups
-- key: id
-- parameters: subscription_id=*

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
WHERE subscription_id = :subscription_id
