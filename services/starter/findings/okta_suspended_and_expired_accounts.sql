-- name: Okta: suspended and expired accounts
-- provider: okta
-- description: Accounts that nobody can sign in with and that were never closed, longest first.

SELECT
  json_extract(profile, '$.login') AS login,
  json_extract(profile, '$.department') AS department,
  json_extract(profile, '$.userType') AS user_type,
  status,
  statusChanged AS since
FROM okta.users.users
WHERE subdomain = :subdomain
  AND status IN ('SUSPENDED', 'LOCKED_OUT', 'PASSWORD_EXPIRED')
ORDER BY statusChanged
