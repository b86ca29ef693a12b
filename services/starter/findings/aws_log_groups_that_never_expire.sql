-- name: AWS: log groups that never expire
-- provider: aws
-- description: Log groups without a retention, by the bytes that they have piled up.

SELECT
  log_group_name,
  ROUND(stored_bytes / 1073741824.0, 2) AS stored_gib,
  datetime(creation_time / 1000, 'unixepoch') AS created_at
FROM aws.logs.log_groups
WHERE region = :region
  AND retention_in_days IS NULL
ORDER BY stored_bytes DESC
