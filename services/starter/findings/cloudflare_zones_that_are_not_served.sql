-- name: Cloudflare: zones that are not served
-- provider: cloudflare
-- description: Zones that are paused, pending or moved away.

SELECT
  name,
  json_extract(account, '$.name') AS account,
  status,
  paused,
  json_extract(plan, '$.name') AS plan,
  created_on
FROM cloudflare.zones.zones
WHERE status <> 'active' OR paused = 1
ORDER BY created_on DESC
