-- name: AWS: Lambda functions on retired runtimes
-- provider: aws
-- description: Functions on runtimes that AWS no longer patches.

SELECT function_name, runtime, last_modified, memory_size, role
FROM aws.lambda.functions
WHERE region = :region
  AND runtime IN (
    'python3.6', 'python3.7', 'python3.8', 'python3.9', 'nodejs12.x', 'nodejs14.x', 'nodejs16.x', 'nodejs18.x',
    'dotnetcore3.1', 'dotnet6', 'java8', 'ruby2.7', 'go1.x'
  )
ORDER BY runtime, last_modified
