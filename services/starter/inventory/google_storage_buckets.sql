-- name: Google: storage buckets
-- provider: google
-- description: Every bucket of a project with its class, place, public access, versioning and labels.
-- schedule: 0 */4 * * *
-- table: google_storage_buckets
-- key: name
-- parameters: project=*

SELECT
  name,
  :project AS project,
  lower(location) AS location,
  storageClass AS storage_class,
  json_extract(iamConfiguration, '$.publicAccessPrevention') AS public_access_prevention,
  json_extract(iamConfiguration, '$.uniformBucketLevelAccess.enabled') AS uniform_access,
  CASE WHEN acl LIKE '%allUsers%' OR acl LIKE '%allAuthenticatedUsers%' THEN 1 ELSE 0 END AS is_public,
  json_extract(versioning, '$.enabled') AS versioning,
  CASE WHEN lifecycle IS NULL THEN 0 ELSE 1 END AS has_lifecycle,
  timeCreated AS created_at,
  labels
FROM google.storage.buckets
WHERE project = :project
