-- What analysts may see, and the IDE's queries of the inventory: stackql_inventory, and nothing of stackql_app.
-- Registering a database in Unity Catalog exposes all of it that the reading role may read, so the grants are made here.
--
--   psql -v reader="<the role that Unity Catalog, or a federated connection, reads as>" -f infra/sql/2_unity_catalog.sql
--
-- Run after 1_roles.sql and `inventory-runner init-db` (or the app's first start), by the same person. May be repeated.

\set ON_ERROR_STOP on
BEGIN;

REVOKE ALL ON SCHEMA stackql_app FROM PUBLIC;
REVOKE ALL ON SCHEMA stackql_app FROM :"reader", inventory_reader;
REVOKE ALL ON ALL TABLES IN SCHEMA stackql_app FROM :"reader", inventory_reader;

GRANT USAGE ON SCHEMA stackql_inventory TO :"reader", inventory_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA stackql_inventory TO :"reader", inventory_reader;
-- the tables that schedules make from now on
ALTER DEFAULT PRIVILEGES FOR ROLE inventory_owner IN SCHEMA stackql_inventory GRANT SELECT ON TABLES
    TO :"reader", inventory_reader;

COMMIT;
