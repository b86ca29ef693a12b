-- name: Google: public buckets
-- provider: google
-- description: Buckets that everyone on the internet may read.

SELECT
  name,
  location,
  storageClass AS storage_class,
  json_extract(iamConfiguration, '$.publicAccessPrevention') AS public_access_prevention,
  CASE WHEN website IS NULL THEN 'no' ELSE 'yes' END AS website,
  updated,
  labels
FROM google.storage.buckets
WHERE project = :project
  AND acl LIKE '%allUsers%'
ORDER BY updated DESC
