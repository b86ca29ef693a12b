-- name: Google: unattached disks
-- provider: google
-- description: Persistent disks without an instance, since when, and their size.
-- columns: Column names are those that StackQL documented before August 2026; DESCRIBE the resource to see those of your provider documents.

SELECT
  name,
  split_part(zone, '/', 9) AS zone,
  split_part(type, '/', 11) AS disk_type,
  sizeGb + 0 AS size_gb,
  lastDetachTimestamp AS detached_at,
  labels
FROM google.compute.disks
WHERE project = :project
  AND users IS NULL
ORDER BY sizeGb + 0 DESC
