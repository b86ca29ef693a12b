-- name: AWS: IAM access keys
-- provider: aws
-- description: Every access key of the account with its user, status and age; IAM answers alike in every region.
-- schedule: 0 6 * * 1-5
-- timezone: Europe/Amsterdam
-- table: aws_iam_access_keys
-- key: access_key_id
-- parameters: region=us-east-1

SELECT
  access_key_id,
  user_name,
  status,
  create_date AS created_at
FROM aws.iam.access_keys
WHERE region = :region
