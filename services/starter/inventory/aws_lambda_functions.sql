-- name: AWS: Lambda functions
-- provider: aws
-- description: Every Lambda function of a region with its runtime, size, memory, role and last release.
-- schedule: 20 4 * * *
-- table: aws_lambda_functions
-- key: function_arn
-- parameters: region=*

SELECT
  function_name,
  function_arn,
  split_part(function_arn, ':', 5) AS account_id,
  :region AS region,
  runtime,
  handler,
  memory_size,
  timeout,
  code_size,
  package_type,
  state,
  role,
  json_extract(vpc_config, '$.VpcId') AS vpc_id,
  json_extract(environment, '$.Variables.STAGE') AS stage,
  architectures,
  last_modified
FROM aws.lambda.functions
WHERE region = :region
