-- Does it hold? Every line should say t.
--
--   psql -v app="…" -v jobs="…" -v reader="…" -f infra/sql/3_check.sql

\set ON_ERROR_STOP on

SELECT 'the app and the jobs act as inventory_owner' AS what,
       NOT EXISTS (SELECT FROM (VALUES (:'app'), (:'jobs')) AS principal (name)
                   WHERE NOT EXISTS (SELECT FROM pg_roles
                                     WHERE rolname = name AND pg_has_role(oid, 'inventory_owner', 'MEMBER')
                                       AND 'role=inventory_owner' = ANY (rolconfig))) AS holds
UNION ALL
SELECT 'everything belongs to inventory_owner',
       NOT EXISTS (SELECT FROM pg_namespace n,
                        LATERAL (SELECT n.nspowner AS owner
                                 UNION ALL SELECT relowner FROM pg_class WHERE relnamespace = n.oid
                                 UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = n.oid) AS thing
                   WHERE nspname IN ('stackql_app', 'stackql_inventory')
                     AND pg_get_userbyid(owner) <> 'inventory_owner')
UNION ALL
SELECT 'analysts see the inventory', has_schema_privilege(:'reader', 'stackql_inventory', 'USAGE')
UNION ALL
SELECT 'analysts do not see the app''s records', NOT has_schema_privilege(:'reader', 'stackql_app', 'USAGE')
UNION ALL
SELECT 'queries of the inventory read it and nothing else',
       pg_has_role(:'app', 'inventory_reader', 'MEMBER')
       AND has_schema_privilege('inventory_reader', 'stackql_inventory', 'USAGE')
       AND NOT has_schema_privilege('inventory_reader', 'stackql_inventory', 'CREATE')
       AND NOT has_schema_privilege('inventory_reader', 'stackql_app', 'USAGE')
       AND NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE nspname = 'stackql_inventory' AND relkind IN ('r', 'p', 'v', 'm')
                          AND (NOT has_table_privilege('inventory_reader', c.oid, 'SELECT')
                               OR has_table_privilege('inventory_reader', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')))
       AND NOT EXISTS (SELECT FROM pg_auth_members WHERE member = 'inventory_reader'::regrole)
       AND NOT (SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls
                  FROM pg_roles WHERE rolname = 'inventory_reader');
