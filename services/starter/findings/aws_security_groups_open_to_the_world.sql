-- name: AWS: security groups open to the world
-- provider: aws
-- description: Rules that let the whole internet reach more than port 80 or 443, with the group and its VPC.
-- columns: Column names are those that StackQL documented in September 2025; DESCRIBE the resource to see those of your provider documents.

SELECT group_id, group_name, vpc_id, region, from_port, to_port, source, reason
FROM (
  SELECT
    group_id,
    group_name,
    vpc_id,
    region,
    json_extract(rule.value, '$.FromPort') AS from_port,
    json_extract(rule.value, '$.ToPort') AS to_port,
    coalesce(json_extract(rule.value, '$.CidrIp'), json_extract(rule.value, '$.CidrIpv6')) AS source,
    json_extract(rule.value, '$.Description') AS reason
  FROM aws.ec2.security_groups, json_each(security_group_ingress) AS rule
  WHERE region = :region
) rules
WHERE source IN ('0.0.0.0/0', '::/0')
  -- a rule for every protocol names no port
  AND (from_port IS NULL OR from_port <> to_port OR from_port NOT IN (80, 443))
ORDER BY from_port, group_name
