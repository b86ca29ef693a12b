-- A Postgres role for a service principal that is not bound to the app: the jobs', where they run as another one.
-- Run by the Lakebase project's owner, connected to the database with a token.
--
--   psql -v principal="<client id>" -f infra/sql/0_principal.sql

\set ON_ERROR_STOP on

CREATE EXTENSION IF NOT EXISTS databricks_auth;
SELECT databricks_create_role(:'principal', 'SERVICE_PRINCIPAL')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'principal');
