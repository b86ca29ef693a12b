-- name: AWS: S3 buckets
-- provider: aws
-- description: Every S3 bucket of the account, wherever it lies; S3 lists them all from any region.
-- schedule: 0 5 * * *
-- table: aws_s3_buckets
-- key: bucket_arn
-- parameters: region=us-east-1

SELECT
  name,
  bucket_arn,
  bucket_region AS region,
  creation_date AS created_at
FROM aws.s3.buckets
WHERE region = :region
