-- name: AWS: instances by type and state
-- provider: aws
-- description: How many instances of each type run, and how many only wait.
-- columns: Column names are those that StackQL documented in September 2025; DESCRIBE the resource to see those of your provider documents.

SELECT
  instance_type,
  COUNT(*) AS instances,
  SUM(CASE WHEN json_extract(state, '$.Name') = 'running' THEN 1 ELSE 0 END) AS running,
  SUM(CASE WHEN json_extract(state, '$.Name') = 'stopped' THEN 1 ELSE 0 END) AS stopped
FROM aws.ec2.instances
WHERE region = :region
GROUP BY instance_type
ORDER BY COUNT(*) DESC
