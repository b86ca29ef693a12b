-- Who may do what in the inventory's database. Run by the Lakebase project's owner, who is no superuser, connected to
-- the database (`databricks psql`), before the app's first start or after it, and again when a principal is added:
-- everything here may be repeated, and all of it happens or nothing.
--
--   psql -v app="<the app's client id>" -v jobs="<the jobs' client id, or the app's>" -f infra/sql/1_roles.sql
--
-- The roles of the two principals exist by now: the app's comes with its binding, and another one's with
-- 0_principal.sql. Both act as `inventory_owner` from the moment they connect, so that whatever a job makes is the
-- app's too: a table can be altered, indexed and dropped by its owner alone, and grants do not change that.
-- Whoever runs this has the ADMIN option on these roles, as the one who made a role does.

\set ON_ERROR_STOP on
BEGIN;

-- one name where the jobs run as the app: Postgres refuses to revoke from the same role twice in a statement
SELECT string_agg(DISTINCT quote_ident(name), ', ') AS principals FROM (VALUES (:'app'), (:'jobs')) AS principal (name)
\gset

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'inventory_owner') THEN
        CREATE ROLE inventory_owner NOLOGIN;
    END IF;
    -- what the IDE's queries of the inventory run as; 2_unity_catalog.sql says what it may read
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'inventory_reader') THEN
        CREATE ROLE inventory_reader NOLOGIN;
    END IF;
END
$$;

-- first of all, since the database may be inventory_owner's: only it may then grant what follows
GRANT inventory_owner TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;
SELECT format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO inventory_owner', current_database())
\gexec

GRANT inventory_owner TO :principals;
-- to become it, and no more: whoever reads as inventory_owner has all of its rights anyway
GRANT inventory_reader TO inventory_owner WITH INHERIT FALSE, SET TRUE;
ALTER ROLE :"app" SET role TO 'inventory_owner';
ALTER ROLE :"jobs" SET role TO 'inventory_owner';

-- What was made before the roles were shared. Only who has a role's rights may give away what it owns, and the ADMIN
-- option is no such right: it is taken for as long as that lasts.
GRANT :principals TO CURRENT_USER WITH INHERIT TRUE;
-- The schemas first: a table is given only to who may create in its schema, and REASSIGN OWNED takes things in
-- whatever order the catalogue happens to hold them.
SELECT format('ALTER SCHEMA %I OWNER TO inventory_owner', nspname)
FROM pg_namespace WHERE pg_get_userbyid(nspowner) IN (:'app', :'jobs')
\gexec
REASSIGN OWNED BY :principals TO inventory_owner;
REVOKE :principals FROM CURRENT_USER;

COMMIT;
