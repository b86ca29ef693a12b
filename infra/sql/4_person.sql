-- A person has left: what was theirs alone goes, what others use gets somebody else who answers for it. Run by the
-- Lakebase project's owner, who is a member of inventory_owner (1_roles.sql); may be repeated, all of it or nothing.
--
--   psql -v person="anna@example.com" -v heir="ben@example.com" -f infra/sql/4_person.sql
--
-- Who made, saved or started something stays as it is: the record of what was done is no possession. Their rights in the
-- app are the workspace's: they end when the account or its membership of the engineers' group does.

\set ON_ERROR_STOP on
BEGIN;
SET LOCAL ROLE inventory_owner;

-- theirs alone: editor tabs, what they ran, their stars, the view that they begin with, what they watch with all that it
-- told, and when they were last here
DELETE FROM stackql_app.drafts WHERE user_name = :'person';
DELETE FROM stackql_app.query_history WHERE user_name = :'person';
DELETE FROM stackql_app.favourite_queries WHERE user_name = :'person';
DELETE FROM stackql_app.default_views WHERE user_name = :'person';
DELETE FROM stackql_app.watches WHERE user_name = :'person';
DELETE FROM stackql_app.visits WHERE user_name = :'person';

-- everybody's: saved views and pinned charts, which their maker may delete, and schedules, for which the owner answers,
-- or whoever made one that names none. The version counts up as for every change, so that an open form says so
UPDATE stackql_app.saved_views SET user_name = :'heir' WHERE user_name = :'person';
UPDATE stackql_app.pinned_charts SET user_name = :'heir' WHERE user_name = :'person';
UPDATE stackql_app.inbox_states SET owner = :'heir', version = version + 1 WHERE owner = :'person';
UPDATE stackql_app.schedules SET owner = :'heir', version = version + 1
 WHERE owner = :'person' OR owner = '' AND created_by = :'person';

COMMIT;
