-- name: AWS: security groups
-- provider: aws
-- description: Every security group of a region with its rules, as JSON, and how many let traffic in.
-- columns: Column names are those that StackQL documented in September 2025; DESCRIBE the resource to see those of your provider documents.
-- schedule: 30 */4 * * *
-- table: aws_security_groups
-- key: group_id
-- parameters: region=*

SELECT
  group_id,
  group_name,
  group_description,
  vpc_id,
  region,
  json_array_length(security_group_ingress) AS ingress_rules,
  security_group_ingress AS ingress,
  tags
FROM aws.ec2.security_groups
WHERE region = :region
