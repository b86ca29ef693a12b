-- name: AWS: unattached EBS volumes
-- provider: aws
-- description: Volumes that no instance of the region uses: paid for, forgotten, largest first.
-- columns: Column names are those that StackQL documented in September 2025; DESCRIBE the resource to see those of your provider documents.

WITH attached AS (
  SELECT json_extract(volume.value, '$.VolumeId') AS volume_id
  FROM aws.ec2.instances, json_each(volumes) AS volume
  WHERE region = :region
),
existing AS (
  SELECT volume_id, volume_type, size, encrypted, availability_zone, tags
  FROM aws.ec2.volumes
  WHERE region = :region
)
SELECT existing.volume_id, volume_type, size AS size_gib, encrypted, availability_zone, tags
FROM existing
LEFT JOIN attached ON attached.volume_id = existing.volume_id
WHERE attached.volume_id IS NULL
ORDER BY size DESC
