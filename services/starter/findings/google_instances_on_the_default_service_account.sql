-- name: Google: instances on the default service account
-- provider: google
-- description: Instances that run with the project's default account, which may do nearly everything.
-- columns: Column names are those that StackQL documented before August 2026; DESCRIBE the resource to see those of your provider documents.

SELECT
  name,
  split_part(zone, '/', 9) AS zone,
  status,
  json_extract(serviceAccounts, '$[0].email') AS service_account,
  creationTimestamp AS created_at,
  labels
FROM google.compute.instances
WHERE project = :project
  AND json_extract(serviceAccounts, '$[0].email') LIKE '%-compute@developer.gserviceaccount.com'
ORDER BY creationTimestamp
