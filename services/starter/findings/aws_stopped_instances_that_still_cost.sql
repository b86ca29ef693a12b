-- name: AWS: stopped instances that still cost
-- provider: aws
-- description: Stopped instances and the disks that are paid for all the same, in GiB.

SELECT
  i.instance_id,
  i.instance_type,
  i.launch_time,
  COUNT(v.volume_id) AS volumes,
  SUM(v.size) AS size_gib,
  i.tags
FROM (
  SELECT instance_id, instance_type, launch_time, tags, json_extract(volume.value, '$.VolumeId') AS volume_id
  FROM aws.ec2.instances, json_each(volumes) AS volume
  WHERE region = :region
    AND json_extract(state, '$.Name') = 'stopped'
) i
INNER JOIN (
  SELECT volume_id, size FROM aws.ec2.volumes WHERE region = :region
) v ON v.volume_id = i.volume_id
GROUP BY i.instance_id, i.instance_type, i.launch_time, i.tags
ORDER BY SUM(v.size) DESC
