-- Does it hold? Every line should say t.
--
--   psql -v app="…" -v jobs="…" -v reader="…" -f infra/sql/3_check.sql

SELECT 'the app owns what jobs make' AS what,
       pg_has_role(:'app', 'inventory_owner', 'MEMBER') AND pg_has_role(:'jobs', 'inventory_owner', 'MEMBER') AS holds
UNION ALL
SELECT 'everything belongs to inventory_owner',
       NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname IN ('stackql_app', 'stackql_inventory') AND c.relkind IN ('r', 'v', 'm', 'S')
                     AND pg_get_userbyid(c.relowner) <> 'inventory_owner')
UNION ALL
SELECT 'analysts see the inventory', has_schema_privilege(:'reader', 'stackql_inventory', 'USAGE')
UNION ALL
SELECT 'analysts do not see the app''s records', NOT has_schema_privilege(:'reader', 'stackql_app', 'USAGE');
