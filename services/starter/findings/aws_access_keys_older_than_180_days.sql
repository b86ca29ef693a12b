-- name: AWS: access keys older than 180 days
-- provider: aws
-- description: Active access keys that were not rotated for half a year, oldest first.

SELECT
  user_name,
  access_key_id,
  create_date,
  CAST(julianday('now') - julianday(create_date) AS INTEGER) AS age_days
FROM aws.iam.access_keys
WHERE region = :region
  AND status = 'Active'
  AND julianday('now') - julianday(create_date) > 180
ORDER BY create_date
