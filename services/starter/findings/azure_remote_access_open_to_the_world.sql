-- name: Azure: remote access open to the world
-- provider: azure
-- description: Rules of network security groups that allow SSH or remote desktop from anywhere.

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
ORDER BY nsg
