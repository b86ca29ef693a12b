-- name: AWS: stopped instances that still cost
-- provider: aws
-- description: Stopped instances and the disks that are paid for all the same, in GiB.
-- columns: Column names are those that StackQL documented in September 2025; DESCRIBE the resource to see those of your provider documents.

SELECT
  i.instance_id,
  i.instance_type,
  i.launch_time,
  COUNT(v.volume_id) AS volumes,
  SUM(v.size) AS size_gib,
  i.tags
FROM (
  SELECT
    instance_id,
    instance_type,
    launch_time,
    tags,
    json_extract(state, '$.Name') AS state,
    json_extract(volume.value, '$.VolumeId') AS volume_id
  FROM aws.ec2.instances, json_each(volumes) AS volume
  WHERE region = :region
) i
INNER JOIN (
  SELECT volume_id, size FROM aws.ec2.volumes WHERE region = :region
) v ON v.volume_id = i.volume_id
-- StackQL applies no condition but a parameter's where it reads json_each
WHERE i.state = 'stopped'
GROUP BY i.instance_id, i.instance_type, i.launch_time, i.tags
ORDER BY SUM(v.size) DESC
