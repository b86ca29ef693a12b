-- name: Okta: users
-- provider: okta
-- description: Every Okta user with status, department and the dates that tell whether the account is alive.
-- schedule: 0 3 * * *
-- timezone: America/New_York
-- table: okta_users
-- key: id
-- parameters: subdomain=*
-- ignored: last_login, last_updated

SELECT
  id,
  json_extract(profile, '$.login') AS login,
  json_extract(profile, '$.firstName') || ' ' || json_extract(profile, '$.lastName') AS name,
  status,
  json_extract(profile, '$.department') AS department,
  json_extract(profile, '$.title') AS title,
  json_extract(profile, '$.userType') AS user_type,
  json_extract(profile, '$.city') AS city,
  json_extract(profile, '$.countryCode') AS country,
  created AS created_at,
  statusChanged AS status_changed,
  lastLogin AS last_login,
  lastUpdated AS last_updated
FROM okta.users.users
WHERE subdomain = :subdomain
