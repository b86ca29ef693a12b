-- Who may do what in the inventory's database. Run once by the Lakebase project's owner, connected to the database
-- (`databricks psql`), and again when a principal is added: everything here may be repeated.
--
--   psql -v app="<the app's client id>" -v jobs="<the jobs' client id, or the app's>" -f infra/sql/1_roles.sql
--
-- The roles of the two principals exist by now: the app's comes with its binding, and another one's with
-- 0_principal.sql. Both act as `inventory_owner` from the moment they connect, so that whatever a job makes is the
-- app's too: a table can be altered, indexed and dropped by its owner alone, and grants do not change that.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'inventory_owner') THEN
        CREATE ROLE inventory_owner NOLOGIN;
    END IF;
END
$$;

GRANT inventory_owner TO :"app", :"jobs";
ALTER ROLE :"app" SET role TO 'inventory_owner';
ALTER ROLE :"jobs" SET role TO 'inventory_owner';

SELECT format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO inventory_owner', current_database()) 
\gexec

-- what was made before the roles were shared
GRANT inventory_owner TO CURRENT_USER;
REASSIGN OWNED BY :"app" TO inventory_owner;
REASSIGN OWNED BY :"jobs" TO inventory_owner;
