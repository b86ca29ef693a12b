-- name: AWS: EBS volumes
-- provider: aws
-- description: Every EBS volume of a region with its type, size, speed, encryption and tags.
-- columns: Column names are those that StackQL documented in September 2025; DESCRIBE the resource to see those of your provider documents.
-- schedule: 15 */6 * * *
-- table: aws_ec2_volumes
-- key: volume_id
-- parameters: region=*

SELECT
  volume_id,
  volume_type,
  size AS size_gib,
  iops,
  throughput,
  encrypted,
  snapshot_id,
  region,
  availability_zone,
  tags
FROM aws.ec2.volumes
WHERE region = :region
