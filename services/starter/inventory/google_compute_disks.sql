-- name: Google: disks
-- provider: google
-- description: Every persistent disk of a project with its type, size, users and when it was last detached.
-- columns: Column names are those that StackQL documented before August 2026; DESCRIBE the resource to see those of your provider documents.
-- schedule: 35 */6 * * *
-- table: google_compute_disks
-- key: id
-- parameters: project=*

SELECT
  id,
  name,
  :project AS project,
  substr(split_part(zone, '/', 9), 1, length(split_part(zone, '/', 9)) - 2) AS region,
  split_part(zone, '/', 9) AS zone,
  split_part(type, '/', 11) AS disk_type,
  sizeGb + 0 AS size_gb,
  status,
  CASE WHEN users IS NULL THEN 'unattached' ELSE 'attached' END AS state,
  lastDetachTimestamp AS detached_at,
  creationTimestamp AS created_at,
  labels
FROM google.compute.disks
WHERE project = :project
