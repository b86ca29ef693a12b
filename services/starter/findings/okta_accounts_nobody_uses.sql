-- name: Okta: accounts nobody uses
-- provider: okta
-- description: Active users who have not signed in for 60 days, or never since they were made.

SELECT
  json_extract(profile, '$.login') AS login,
  json_extract(profile, '$.department') AS department,
  status,
  lastLogin AS last_login,
  CAST(julianday('now') - julianday(coalesce(lastLogin, created)) AS INTEGER) AS idle_days
FROM okta.users.users
WHERE subdomain = :subdomain
  AND status = 'ACTIVE'
  AND julianday('now') - julianday(coalesce(lastLogin, created)) > 60
ORDER BY coalesce(lastLogin, created)
