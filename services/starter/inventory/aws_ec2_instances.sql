-- name: AWS: EC2 instances
-- provider: aws
-- description: Every EC2 instance of a region with its type, state, network, launch time and tags.
-- columns: Column names are those that StackQL documented in September 2025; DESCRIBE the resource to see those of your provider documents.
-- schedule: 0 */2 * * *
-- table: aws_ec2_instances
-- key: instance_id
-- parameters: region=*

SELECT
  instance_id,
  instance_type,
  json_extract(state, '$.Name') AS state,
  region,
  availability_zone,
  vpc_id,
  subnet_id,
  private_ip_address,
  public_ip_address,
  image_id,
  iam_instance_profile,
  monitoring,
  launch_time,
  tags
FROM aws.ec2.instances
WHERE region = :region
