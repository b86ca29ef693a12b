-- name: Cloudflare: zones
-- provider: cloudflare
-- description: Every zone of every account that the token may read, with status, plan and name servers.
-- schedule: 30 2 * * 1
-- table: cloudflare_zones
-- key: id

SELECT
  id,
  name,
  json_extract(account, '$.name') AS account,
  status,
  paused,
  type,
  json_extract(plan, '$.name') AS plan,
  name_servers,
  created_on AS created_at,
  modified_on AS modified_at
FROM cloudflare.zones.zones
