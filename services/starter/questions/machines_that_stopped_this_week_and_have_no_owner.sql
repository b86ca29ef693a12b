-- name: Machines that stopped this week and have no owner
-- source: inventory
-- description: Instances and virtual machines of all clouds that stopped in the last seven days, are still stopped, and have no owner by the owner rules.

SELECT a.provider, a.name, a.id, a.region, a.account, a.state, max(c.changed_at) AS stopped_at
FROM assets a
JOIN resource_changes c
  ON c.target_schema = a.target_schema AND c.table_name = a.table_name AND c.resource_key = a.resource_key
WHERE a.type IN ('instances', 'virtual_machines')
  AND a.state IN ('stopped', 'terminated', 'deallocated', 'suspended')
  AND a.owner IS NULL
  AND c.change = 'changed'
  AND c.changed_at >= now() - interval '7 days'
  -- the clouds call the column differently: a change counts that ends in the state of now
  AND lower(coalesce(c.after ->> 'state', c.after ->> 'status')) = a.state
  AND (c.changed_columns && ARRAY['state', 'status'])
GROUP BY a.provider, a.name, a.id, a.region, a.account, a.state
ORDER BY stopped_at DESC, a.provider, a.name
