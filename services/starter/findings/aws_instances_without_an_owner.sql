-- name: AWS: instances without an owner
-- provider: aws
-- description: Instances that carry no team tag: nobody will answer for them.
-- columns: Column names are those that StackQL documented in September 2025; DESCRIBE the resource to see those of your provider documents.

SELECT instance_id, instance_type, json_extract(state, '$.Name') AS state, launch_time, iam_instance_profile, tags
FROM aws.ec2.instances
WHERE region = :region
  AND coalesce(tags, '') NOT LIKE '%"team"%'
ORDER BY launch_time
