-- name: AWS: roles that strangers may assume
-- provider: aws
-- description: Roles that trust a principal of another account, with when each was last used.

SELECT
  role_name,
  arn,
  json_extract(assume_role_policy_document, '$.Statement[0].Principal.AWS') AS trusted,
  json_extract(role_last_used, '$.LastUsedDate') AS last_used,
  create_date
FROM aws.iam.roles
WHERE region = :region
  AND split_part(json_extract(assume_role_policy_document, '$.Statement[0].Principal.AWS'), ':', 5)
    <> split_part(arn, ':', 5)
ORDER BY role_name
