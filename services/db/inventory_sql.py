"""The overview's statements: few, indexed, and over what was recorded with the data, never over the data itself."""

from __future__ import annotations

# every table that was loaded, and every schedule whose table was not
TABLES = """
SELECT coalesce(t.target_schema, s.target_schema) AS schema, coalesce(t.target_table, s.target_table) AS name,
       coalesce(nullif(t.provider, ''), q.provider, '') AS provider, coalesce(t.service, '') AS service,
       coalesce(t.resource, '') AS resource, t.row_count AS rows, t.counted_rows AS counted,
       coalesce(t.kind, nullif(s.table_kind, ''), 'inventory') AS kind,
       coalesce(t.write_mode, s.write_mode) AS write_mode,
       coalesce(t.scopes_total, 0) AS scopes_total, coalesce(t.scopes_ok, 0) AS scopes_ok,
       t.updated_at, t.complete_at, t.changed_at, coalesce(s.id, t.schedule_id) AS schedule_id,
       coalesce(s.query_id, t.query_id) AS query_id, s.cron_expression AS cron, s.timezone, s.is_active,
       s.last_run_status, s.last_run_at, coalesce(h.added, 0) AS added, coalesce(h.removed, 0) AS removed,
       coalesce(h.changed, 0) AS changed, v.relname IS NOT NULL AS has_view,
       coalesce(u.rows, 0)::bigint AS stale_rows, u.ok_at AS oldest_at, u.some AS unread
  FROM stackql_app.inventory_tables t
  FULL JOIN stackql_app.schedules s ON s.target_schema = t.target_schema AND s.target_table = t.target_table
  LEFT JOIN stackql_app.queries q ON q.id = s.query_id
  LEFT JOIN stackql_app.table_history h
         ON h.day = :today AND h.target_schema = t.target_schema AND h.target_table = t.target_table
  LEFT JOIN (SELECT n.nspname, c.relname FROM (SELECT DISTINCT ev_class FROM pg_rewrite) r
              JOIN pg_class c ON c.oid = r.ev_class AND c.relkind = 'm'
              JOIN pg_namespace n ON n.oid = c.relnamespace) v
         ON v.nspname = t.target_schema AND v.relname = t.target_table || '_mv'
  LEFT JOIN (SELECT target_schema, target_table, sum(rows) FILTER (WHERE status <> 'additive') AS rows,
                    min(ok_at) FILTER (WHERE rows > 0 AND status <> 'additive') AS ok_at,
                    (array_agg(scope ORDER BY scope))[1:3] AS some
               FROM stackql_app.table_scopes WHERE status <> 'ok' GROUP BY 1, 2) u
         ON u.target_schema = t.target_schema AND u.target_table = t.target_table
"""

# how many of a table's resources counted on a day; of a day on which that was not told, as many fewer as now
_COUNTED = """coalesce({0}.counted_rows,
                    greatest(0, {0}.row_count - t.row_count + coalesce(t.counted_rows, t.row_count)))"""
# resources by day and provider, told as steps from one recorded day to the next, so that days without a run cost
# nothing; and per table what its rows did in the last week
HISTORY = f"""
WITH recorded AS (
    SELECT t.id, t.provider, h.day, h.row_count, {_COUNTED.format("h")} AS counted,
           coalesce(h.counted_added, h.added) AS added, coalesce(h.counted_removed, h.removed) AS removed,
           coalesce(h.counted_changed, h.changed) AS changed, h.scopes_ok, h.scopes_total,
           lag(h.row_count) OVER (PARTITION BY t.id ORDER BY h.day) AS before,
           lag({_COUNTED.format("h")}) OVER (PARTITION BY t.id ORDER BY h.day) AS counted_before
      FROM stackql_app.table_history h
      JOIN stackql_app.inventory_tables t USING (target_schema, target_table)
     WHERE h.day > :start AND (:provider = '' OR t.provider = :provider)
), earlier AS (
    SELECT r.id, o.row_count, o.counted
      FROM recorded r
      JOIN stackql_app.inventory_tables t ON t.id = r.id
     CROSS JOIN LATERAL (SELECT row_count, {_COUNTED.format("o")} AS counted FROM stackql_app.table_history o
                          WHERE o.target_schema = t.target_schema AND o.target_table = t.target_table
                            AND o.day <= :start
                          ORDER BY o.day DESC LIMIT 1) o
     WHERE r.before IS NULL
), steps AS (
    SELECT r.*, r.counted - coalesce(r.counted_before, e.counted, 0) AS step,
           r.row_count - coalesce(r.before, e.row_count, 0) AS own,
           coalesce(r.before, e.row_count) IS NOT NULL AS known
      FROM recorded r LEFT JOIN earlier e ON r.before IS NULL AND e.id = r.id
)
SELECT provider, day, NULL AS schema, NULL AS name, sum(step)::bigint AS step, sum(added)::bigint AS added,
       sum(removed)::bigint AS removed, sum(changed)::bigint AS changed, sum(scopes_ok)::bigint AS scopes_ok,
       sum(scopes_total)::bigint AS scopes_total, 0::bigint AS recent, NULL::date AS since
  FROM steps GROUP BY provider, day
UNION ALL
SELECT NULL, NULL, t.target_schema, t.target_table, 0, 0, 0, 0, 0, 0, m.recent, m.since
  FROM (SELECT id, sum(own)::bigint AS recent, max(day) FILTER (WHERE own <> 0) AS since
          FROM steps WHERE known AND day > :week
         GROUP BY id HAVING abs(sum(own)) >= :least
         ORDER BY abs(sum(own)) DESC LIMIT 40) m
  JOIN stackql_app.inventory_tables t ON t.id = m.id
"""  # noqa: S608 — ours

# the same of one region; the steps are net, and a table's first load is a level (step), not a change (net)
REGION_HISTORY = """
WITH recorded AS (
    SELECT t.provider, b.day, b.target_schema, b.target_table, b.row_count,
           lag(b.row_count) OVER (PARTITION BY b.target_schema, b.target_table ORDER BY b.day) AS before,
           b.day > :start AS shown
      FROM stackql_app.table_breakdowns b
      JOIN stackql_app.inventory_tables t USING (target_schema, target_table)
     WHERE b.dimension = 'region' AND b.value = :region AND (:provider = '' OR t.provider = :provider)
)
SELECT provider, day, sum(row_count - coalesce(before, 0))::bigint AS step,
       sum(CASE WHEN before IS NULL AND NOT EXISTS (SELECT FROM stackql_app.table_history h
                                                     WHERE h.target_schema = r.target_schema
                                                       AND h.target_table = r.target_table AND h.day < r.day)
                THEN 0 ELSE row_count - coalesce(before, 0) END)::bigint AS net
  FROM recorded r WHERE shown GROUP BY 1, 2
"""

# the largest values of every dimension, each with its providers, and the others summed up; of a state, their tables
# that have most of it
SHARES = """
WITH counted AS (
    SELECT b.dimension, b.value, t.provider, sum(b.row_count)::bigint AS rows,
           max(ARRAY[b.row_count, t.id]) FILTER (WHERE b.dimension = 'state') AS leading
      FROM stackql_app.table_breakdowns b
      JOIN stackql_app.inventory_tables t USING (target_schema, target_table)
     WHERE b.is_current AND b.row_count > 0 AND b.dimension IN ('region', 'account', 'owner', 'state')
       AND (:provider = '' OR t.provider = :provider)
     GROUP BY b.dimension, b.value, t.provider
), ranked AS (
    SELECT dimension, value,
           value NOT IN ('', 'other') AND row_number() OVER (PARTITION BY dimension, value IN ('', 'other')
                                                                 ORDER BY total DESC, value)
               > CASE dimension WHEN 'region' THEN 60 ELSE 9 END AS is_small
      FROM (SELECT dimension, value, sum(rows) AS total FROM counted GROUP BY 1, 2) t
), shown AS (
    SELECT dimension, CASE WHEN r.is_small THEN 'other' ELSE value END AS value, c.provider,
           sum(c.rows)::bigint AS rows, max(c.leading) AS leading
      FROM counted c JOIN ranked r USING (dimension, value) GROUP BY 1, 2, 3
)
SELECT s.dimension, s.value, s.provider, s.rows, l.target_schema AS schema, l.target_table AS name
  FROM shown s LEFT JOIN stackql_app.inventory_tables l ON l.id = s.leading[2]
 ORDER BY s.dimension, sum(s.rows) OVER (PARTITION BY s.dimension, s.value) DESC, s.value
"""

# how many rows of a table count elsewhere, by the table that counts them (none: nowhere)
COUNTED_IN = """
SELECT o.target_schema AS schema, o.target_table AS name, CAST(c.value AS bigint) AS rows
  FROM stackql_app.inventory_tables t
 CROSS JOIN LATERAL jsonb_each_text(t.counted_in) c
  LEFT JOIN stackql_app.inventory_tables o ON o.id = CAST(c.key AS int)
 WHERE t.target_schema = :schema AND t.target_table = :name
 ORDER BY 3 DESC, 2
"""

MOST_UNCOVERED = 200
MOST_FAILURES = 50

UNCOVERED = f"""
SELECT s.target_schema AS schema, s.target_table AS name, s.status, count(*) AS scopes, min(s.since) AS since,
       max(s.since) AS newest, min(s.ok_at) AS ok_at, sum(s.rows)::bigint AS rows,
       (array_agg(s.scope ORDER BY s.scope))[1:3] AS some
  FROM stackql_app.table_scopes s
  JOIN stackql_app.inventory_tables t USING (target_schema, target_table)
 WHERE s.status <> 'ok' AND (:provider = '' OR t.provider = :provider)
   AND (:region = '' OR position(to_json(CAST(:region AS text))::text IN s.scope) > 0
        -- and those of tables that have rows there and no scope of that name
        OR (s.target_schema, s.target_table) IN
           (SELECT * FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[]))))
 GROUP BY 1, 2, 3 ORDER BY min(s.since) DESC LIMIT {MOST_UNCOVERED}
"""  # noqa: S608 — ours

# the newest failure of each of these tables, and the first since one of its runs wrote anything
FAILURES = f"""
SELECT n.*, (SELECT min(coalesce(f.finished_at, f.started_at)) FROM stackql_app.runs f
              WHERE f.target_schema = n.schema AND f.target_table = n.name AND f.status IN ('FAILED', 'LOST')
                AND f.started_at > coalesce(
                    (SELECT max(w.started_at) FROM stackql_app.runs w
                      WHERE w.target_schema = n.schema AND w.target_table = n.name
                        AND w.status IN ('SUCCESS', 'PARTIAL')), '-infinity')) AS began
  FROM (SELECT DISTINCT ON (target_schema, target_table) target_schema AS schema, target_table AS name, status, message,
               coalesce(finished_at, started_at) AS at
          FROM stackql_app.runs
         WHERE (target_schema, target_table) IN
               (SELECT * FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])))
           AND status IN ('FAILED', 'LOST')
         ORDER BY target_schema, target_table, started_at DESC LIMIT {MOST_FAILURES}) n
"""  # noqa: S608 — ours

# states in which things cost money or do not work; what grows there is worth a look
IDLE_STATES = (
    "unattached",
    "available",
    "detached",
    "orphaned",
    "unused",
    "idle",
    "failed",
    "error",
    "degraded",
    "expired",
    "suspended",
    "unhealthy",
)

# what opened to the outside, or closed; how many are in such a state, and in each region, now and a week ago.
# Regions are of the largest tables, so that a thousand tables cost no more than a hundred.
# The array is written out: the planner must see that the partial index holds every row asked for.
SIGNALS = """
(SELECT 'exposure' AS kind, target_schema AS schema, table_name AS name, resource_key AS key, scope, changed_at AS at,
        before, after, 0::bigint AS rows, 0::bigint AS earlier
   FROM stackql_inventory.resource_changes
  WHERE changed_columns && ARRAY['is_public', 'publicly_accessible', 'public_network_access',
                                 'public_access_prevention', 'allow_blob_public_access']
    AND changed_at > :since
  ORDER BY changed_at DESC LIMIT 500)
UNION ALL
SELECT 'state', b.target_schema, b.target_table, b.value, '', b.day::timestamptz, NULL, NULL, b.row_count, w.row_count
  FROM stackql_app.table_breakdowns b
 CROSS JOIN LATERAL (SELECT row_count FROM stackql_app.table_breakdowns w
                      WHERE w.target_schema = b.target_schema AND w.target_table = b.target_table
                        AND w.dimension = b.dimension AND w.value = b.value AND w.day <= CAST(:since AS date)
                      ORDER BY w.day DESC LIMIT 1) w
 WHERE b.is_current AND b.dimension = 'state' AND b.value = ANY(:states)
   AND b.row_count - w.row_count >= greatest(10, b.row_count / 10)
UNION ALL
(SELECT 'region', '', '', r.value, '', r.day::timestamptz, NULL, NULL, r.rows, r.earlier
   FROM (SELECT b.value, max(b.day) AS day, sum(b.row_count)::bigint AS rows,
                sum(CASE WHEN b.day > CAST(:since AS date) THEN coalesce(w.row_count, 0)
                         ELSE b.row_count END)::bigint AS earlier
           FROM (SELECT t.target_schema, t.target_table FROM stackql_app.inventory_tables t
                  WHERE (:provider = '' OR t.provider = :provider)
                    AND EXISTS (SELECT FROM stackql_app.table_history h
                                 WHERE h.target_schema = t.target_schema AND h.target_table = t.target_table
                                   AND h.day <= CAST(:since AS date))
                  ORDER BY t.row_count DESC LIMIT :largest) l
           JOIN stackql_app.table_breakdowns b
             ON b.target_schema = l.target_schema AND b.target_table = l.target_table
                AND b.dimension = 'region' AND b.is_current AND b.value <> ''
           LEFT JOIN LATERAL (SELECT row_count FROM stackql_app.table_breakdowns w
                               WHERE w.target_schema = b.target_schema AND w.target_table = b.target_table
                                 AND w.dimension = b.dimension AND w.value = b.value
                                 AND w.day <= CAST(:since AS date)
                               ORDER BY w.day DESC LIMIT 1) w ON b.day > CAST(:since AS date)
          GROUP BY b.value) r
  WHERE abs(r.rows - r.earlier) >= :least ORDER BY abs(r.rows - r.earlier) DESC, r.value LIMIT 10)
"""

TRENDS = """
SELECT target_schema AS schema, target_table AS name, day, row_count AS rows FROM stackql_app.table_history
 WHERE day > :start
   AND (target_schema, target_table) IN (SELECT * FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])))
UNION ALL
SELECT w.schema, w.name, :start, o.row_count
  FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])) AS w(schema, name)
 CROSS JOIN LATERAL (SELECT row_count FROM stackql_app.table_history o
                      WHERE o.target_schema = w.schema AND o.target_table = w.name AND o.day <= :start
                      ORDER BY o.day DESC LIMIT 1) o
"""
