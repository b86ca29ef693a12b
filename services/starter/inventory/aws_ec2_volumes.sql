-- name: AWS: EBS volumes
-- provider: aws
-- description: Every EBS volume of a region with its type, size, speed, encryption and tags.
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
