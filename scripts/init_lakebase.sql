-- The product's schemas. Safe to run again: it creates what is missing and upgrades an older database in place.
-- stackql_app holds the app's own records; stackql_inventory holds what analysts may see.

CREATE SCHEMA IF NOT EXISTS stackql_app;
CREATE SCHEMA IF NOT EXISTS stackql_inventory;

COMMENT ON SCHEMA stackql_app IS 'StackQL Cloud Inventory: the app''s own records (queries, schedules, runs)';
COMMENT ON SCHEMA stackql_inventory IS 'StackQL Cloud Inventory: tables kept up to date from cloud APIs';

CREATE TABLE IF NOT EXISTS stackql_app.queries (
    id          serial PRIMARY KEY,
    name        text NOT NULL,
    description text,
    query_text  text NOT NULL,
    provider    text,
    created_by  text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE stackql_app.queries
    -- optimistic lock: a save names the version that it began from, and counts it up
    ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 1,
    ADD COLUMN IF NOT EXISTS saved_by text,
    -- of the save that made it: who, from which tab or dialog, and what. The same save twice is one query
    ADD COLUMN IF NOT EXISTS save_key text;
CREATE UNIQUE INDEX IF NOT EXISTS queries_by_save ON stackql_app.queries (save_key);

-- What a saved query was before each save, the newest 100 of each.
CREATE TABLE IF NOT EXISTS stackql_app.query_revisions (
    query_id    int NOT NULL REFERENCES stackql_app.queries (id) ON DELETE CASCADE,
    version     bigint NOT NULL,
    name        text NOT NULL,
    description text NOT NULL DEFAULT '',
    query_text  text NOT NULL,
    provider    text NOT NULL DEFAULT '',
    saved_by    text NOT NULL DEFAULT '',
    saved_at    timestamptz NOT NULL,
    PRIMARY KEY (query_id, version)
);

-- what a text is run against: the live cloud, or the inventory itself
ALTER TABLE stackql_app.queries ADD COLUMN IF NOT EXISTS source text NOT NULL DEFAULT 'live'
    CHECK (source IN ('live', 'inventory'));
ALTER TABLE stackql_app.query_revisions ADD COLUMN IF NOT EXISTS source text NOT NULL DEFAULT 'live';
-- where the drawer lists it; empty: under its provider
ALTER TABLE stackql_app.queries ADD COLUMN IF NOT EXISTS folder text NOT NULL DEFAULT '';
ALTER TABLE stackql_app.query_revisions ADD COLUMN IF NOT EXISTS folder text NOT NULL DEFAULT '';

-- The saved queries that a person has starred: the drawer lists them first.
CREATE TABLE IF NOT EXISTS stackql_app.favourite_queries (
    user_name text NOT NULL,
    query_id  int NOT NULL REFERENCES stackql_app.queries (id) ON DELETE CASCADE,
    PRIMARY KEY (user_name, query_id)
);
CREATE INDEX IF NOT EXISTS favourite_queries_by_query ON stackql_app.favourite_queries (query_id);

CREATE TABLE IF NOT EXISTS stackql_app.schedules (
    id              serial PRIMARY KEY,
    query_id        int NOT NULL REFERENCES stackql_app.queries (id),
    job_id          text,
    cron_expression text NOT NULL,
    target_schema   text NOT NULL DEFAULT 'stackql_inventory',
    target_table    text NOT NULL,
    is_active       boolean NOT NULL DEFAULT true,
    last_run_at     timestamptz,
    last_run_status text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE stackql_app.schedules
    ADD COLUMN IF NOT EXISTS timezone text NOT NULL DEFAULT 'UTC',
    ADD COLUMN IF NOT EXISTS write_mode text NOT NULL DEFAULT 'replace' CHECK (write_mode IN ('replace', 'append')),
    ADD COLUMN IF NOT EXISTS key_columns text[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS ignored_columns text[] NOT NULL DEFAULT '{}',
    -- JSON columns whose lists an engineer has said to mean the same in any order, and those of which each order counts
    ADD COLUMN IF NOT EXISTS unordered_columns text[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS ordered_columns text[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS parameter_values jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS allow_empty boolean NOT NULL DEFAULT false,
    -- of a list that StackQL cannot read to its end, rows are added and changed, and never removed
    ADD COLUMN IF NOT EXISTS adds_only boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS retention_days int CHECK (retention_days > 0),
    ADD COLUMN IF NOT EXISTS created_by text,
    -- why the job could not be made or changed; empty where it matches the schedule
    ADD COLUMN IF NOT EXISTS job_error text NOT NULL DEFAULT '',
    -- the local scheduler's mark: the newest cron time that it has acted on
    ADD COLUMN IF NOT EXISTS last_fired_at timestamptz,
    -- optimistic lock of what the form saves; pausing, the job and runs do not count it up
    ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 1,
    ADD COLUMN IF NOT EXISTS saved_by text,
    ADD COLUMN IF NOT EXISTS saved_at timestamptz,
    -- who answers for it (empty: who created it), and what it is for
    ADD COLUMN IF NOT EXISTS owner text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS description text NOT NULL DEFAULT '',
    -- whom its job tells of failed and of long runs: {"emails": […], "destinations": {id: name}, "on_failure": …,
    -- "after_minutes": …}; what is as usual is left out
    ADD COLUMN IF NOT EXISTS notifications jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(notifications) = 'object'),
    -- what the table's rows are, where an engineer has said it; empty: as the query tells
    ADD COLUMN IF NOT EXISTS table_kind text NOT NULL DEFAULT ''
        CHECK (table_kind IN ('', 'inventory', 'findings', 'counts'));
CREATE UNIQUE INDEX IF NOT EXISTS schedules_one_per_target ON stackql_app.schedules (target_schema, target_table);
CREATE INDEX IF NOT EXISTS schedules_by_query ON stackql_app.schedules (query_id);

-- A mapping is never changed: one that replaces another has an id of its own, which is its version.
CREATE TABLE IF NOT EXISTS stackql_app.provider_config (
    id           serial PRIMARY KEY,
    provider     text NOT NULL,
    env_var_name text NOT NULL,
    secret_scope text NOT NULL,
    secret_key   text NOT NULL,
    created_by   text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (provider, env_var_name)
);

CREATE TABLE IF NOT EXISTS stackql_app.runs (
    id               bigserial PRIMARY KEY,
    schedule_id      int REFERENCES stackql_app.schedules (id) ON DELETE SET NULL,
    query_id         int,
    query_name       text NOT NULL DEFAULT '',
    query_text       text NOT NULL DEFAULT '',
    target_schema    text NOT NULL,
    target_table     text NOT NULL,
    status           text NOT NULL,
    trigger          text NOT NULL DEFAULT 'manual',
    engine           text NOT NULL DEFAULT '',
    engine_version   text NOT NULL DEFAULT '',
    requested_by     text NOT NULL DEFAULT '',
    as_of            timestamptz,
    started_at       timestamptz NOT NULL DEFAULT now(),
    finished_at      timestamptz,
    heartbeat_at     timestamptz NOT NULL DEFAULT now(),
    cancel_requested boolean NOT NULL DEFAULT false,
    rows_read        bigint NOT NULL DEFAULT 0,
    rows_total       bigint,
    added            bigint NOT NULL DEFAULT 0,
    removed          bigint NOT NULL DEFAULT 0,
    changed          bigint NOT NULL DEFAULT 0,
    scopes_total     int NOT NULL DEFAULT 0,
    scopes_ok        int NOT NULL DEFAULT 0,
    message          text NOT NULL DEFAULT '',
    warnings         jsonb NOT NULL DEFAULT '[]',
    job_run_id       text,
    job_run_url      text
);
CREATE INDEX IF NOT EXISTS runs_by_schedule ON stackql_app.runs (schedule_id, started_at DESC);
CREATE INDEX IF NOT EXISTS runs_by_target ON stackql_app.runs (target_schema, target_table, started_at DESC);
CREATE INDEX IF NOT EXISTS runs_running ON stackql_app.runs (heartbeat_at) WHERE status = 'RUNNING';
-- what failed since somebody was last here
CREATE INDEX IF NOT EXISTS runs_failed ON stackql_app.runs ((coalesce(finished_at, started_at)) DESC)
    WHERE status IN ('FAILED', 'LOST');
-- one run of a table at a time, whoever starts it
CREATE UNIQUE INDEX IF NOT EXISTS runs_one_at_a_time ON stackql_app.runs (target_schema, target_table)
    WHERE status = 'RUNNING';

CREATE TABLE IF NOT EXISTS stackql_app.run_scopes (
    run_id      bigint NOT NULL REFERENCES stackql_app.runs (id) ON DELETE CASCADE,
    scope       text NOT NULL,
    ordinal     int NOT NULL DEFAULT 0,
    status      text NOT NULL,
    rows        bigint NOT NULL DEFAULT 0,
    duration_ms bigint NOT NULL DEFAULT 0,
    attempts    int NOT NULL DEFAULT 0,
    message     text NOT NULL DEFAULT '',
    started_at  timestamptz,
    PRIMARY KEY (run_id, scope)
);
-- the provider's own words behind the message
ALTER TABLE stackql_app.run_scopes ADD COLUMN IF NOT EXISTS details text NOT NULL DEFAULT '';

-- One row per inventory table, written with the data: exact counts and where the table comes from.
CREATE TABLE IF NOT EXISTS stackql_app.inventory_tables (
    target_schema text NOT NULL,
    target_table  text NOT NULL,
    schedule_id   int REFERENCES stackql_app.schedules (id) ON DELETE SET NULL,
    query_id      int,
    provider      text NOT NULL DEFAULT '',
    service       text NOT NULL DEFAULT '',
    resource      text NOT NULL DEFAULT '',
    write_mode    text NOT NULL DEFAULT 'replace',
    key_columns   text[] NOT NULL DEFAULT '{}',
    asset_rules   jsonb NOT NULL DEFAULT '{}',
    row_count     bigint NOT NULL DEFAULT 0,
    scopes_total  int NOT NULL DEFAULT 0,
    scopes_ok     int NOT NULL DEFAULT 0,
    -- when every row in it was last confirmed, the newest run that changed it, and the newest run at all
    complete_at   timestamptz,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    changed_at    timestamptz,
    last_run_id   bigint,
    PRIMARY KEY (target_schema, target_table)
);
ALTER TABLE stackql_app.inventory_tables
    -- the columns of the newest results, each with the time since when; how rows are known and assets are made
    ADD COLUMN IF NOT EXISTS columns jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS identity jsonb NOT NULL DEFAULT '{}',
    -- the newest run that read rows: an append table's current rows are this run's
    ADD COLUMN IF NOT EXISTS data_run_id bigint,
    -- before this time the table cannot be shown as it was
    ADD COLUMN IF NOT EXISTS history_from timestamptz,
    -- what the query's columns are called in the table, by the names that the query gives: decided once. NULL where no
    -- run has noted it yet. And text columns that were made while nobody could tell what their declared types are
    ADD COLUMN IF NOT EXISTS column_names jsonb,
    ADD COLUMN IF NOT EXISTS untyped_columns text[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS id int GENERATED BY DEFAULT AS IDENTITY,
    -- optimistic lock of asset_rules, the one thing in here that people write; runs leave it alone
    ADD COLUMN IF NOT EXISTS rules_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS rules_saved_by text,
    ADD COLUMN IF NOT EXISTS rules_saved_at timestamptz,
    -- the changed_at of which the search holds everything: another one, and it is behind
    ADD COLUMN IF NOT EXISTS searchable_at timestamptz,
    -- what its rows are: resources, findings about resources, or counts. Only an inventory's resources count in totals
    ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'inventory' CHECK (kind IN ('inventory', 'findings', 'counts')),
    -- how many resources count here, and how many rows count elsewhere, by the other table's id (0: nowhere). NULL
    -- where no run has told it yet: then all rows count
    ADD COLUMN IF NOT EXISTS counted_rows bigint,
    ADD COLUMN IF NOT EXISTS counted_in jsonb NOT NULL DEFAULT '{}',
    -- of the first merge that was recorded: a baseline, or what a schedule took over. NULL in tables from before it was noted
    ADD COLUMN IF NOT EXISTS began_at timestamptz;
CREATE INDEX IF NOT EXISTS inventory_tables_by_id ON stackql_app.inventory_tables (id);
CREATE INDEX IF NOT EXISTS inventory_tables_by_age ON stackql_app.inventory_tables (updated_at);
CREATE INDEX IF NOT EXISTS schedules_by_age ON stackql_app.schedules (updated_at);
CREATE INDEX IF NOT EXISTS schedules_by_run ON stackql_app.schedules (last_run_at);

-- What changed in the inventory and left no time on a row: a table or a schedule that went, a table that is another kind.
CREATE TABLE IF NOT EXISTS stackql_app.inventory_edits (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
CREATE OR REPLACE FUNCTION stackql_app.note_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stackql_app.inventory_edits DEFAULT VALUES;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER inventory_tables_gone AFTER DELETE ON stackql_app.inventory_tables
    FOR EACH STATEMENT EXECUTE FUNCTION stackql_app.note_edit();
CREATE OR REPLACE TRIGGER schedules_gone AFTER DELETE ON stackql_app.schedules
    FOR EACH STATEMENT EXECUTE FUNCTION stackql_app.note_edit();
CREATE INDEX IF NOT EXISTS inventory_tables_by_resource ON stackql_app.inventory_tables (provider, service, resource);

-- What people made a table's views of: the columns that rows are counted by, null for all rows.
CREATE TABLE IF NOT EXISTS stackql_app.table_views (
    target_schema text NOT NULL,
    target_table  text NOT NULL,
    group_by      text[],
    version       bigint NOT NULL DEFAULT 1,
    saved_by      text NOT NULL DEFAULT '',
    saved_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (target_schema, target_table)
);

-- Which state of a table each materialised view over it holds: the table's changed_at when the view was last refreshed.
-- Another one, or none, and the view is older than the table: the next run refreshes it, changed or not.
CREATE TABLE IF NOT EXISTS stackql_app.view_refreshes (
    view_schema   text NOT NULL,
    view_name     text NOT NULL,
    target_schema text NOT NULL,
    target_table  text NOT NULL,
    holds         timestamptz,
    refreshed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (view_schema, view_name, target_schema, target_table),
    FOREIGN KEY (target_schema, target_table)
        REFERENCES stackql_app.inventory_tables ON UPDATE CASCADE ON DELETE CASCADE
);

-- The newest outcome of each scope of a table, and when it was last read whole.
CREATE TABLE IF NOT EXISTS stackql_app.table_scopes (
    target_schema text NOT NULL,
    target_table  text NOT NULL,
    scope         text NOT NULL,
    status        text NOT NULL,
    rows          bigint NOT NULL DEFAULT 0,
    message       text NOT NULL DEFAULT '',
    since         timestamptz NOT NULL DEFAULT now(),
    ok_at         timestamptz,
    last_run_id   bigint,
    PRIMARY KEY (target_schema, target_table, scope)
);
ALTER TABLE stackql_app.table_scopes ADD COLUMN IF NOT EXISTS details text NOT NULL DEFAULT '';

-- One row per table and day, so that charts over time cost the same however many runs there were.
CREATE TABLE IF NOT EXISTS stackql_app.table_history (
    day           date NOT NULL,
    target_schema text NOT NULL,
    target_table  text NOT NULL,
    provider      text NOT NULL DEFAULT '',
    service       text NOT NULL DEFAULT '',
    row_count     bigint NOT NULL,
    added         bigint NOT NULL DEFAULT 0,
    removed       bigint NOT NULL DEFAULT 0,
    changed       bigint NOT NULL DEFAULT 0,
    scopes_total  int NOT NULL DEFAULT 0,
    scopes_ok     int NOT NULL DEFAULT 0,
    PRIMARY KEY (day, target_schema, target_table)
);
-- the same of the resources that count in this table, which those do that no other table counts. NULL: not told then
ALTER TABLE stackql_app.table_history
    ADD COLUMN IF NOT EXISTS counted_rows bigint,
    ADD COLUMN IF NOT EXISTS counted_added bigint,
    ADD COLUMN IF NOT EXISTS counted_removed bigint,
    ADD COLUMN IF NOT EXISTS counted_changed bigint;

-- for a table's value on a day on which nothing was recorded: the newest one before
CREATE INDEX IF NOT EXISTS table_history_by_table
    ON stackql_app.table_history (target_schema, target_table, day DESC);
CREATE INDEX IF NOT EXISTS table_scopes_not_ok
    ON stackql_app.table_scopes (target_schema, target_table) WHERE status <> 'ok';

-- How a table's resources divide by region, account, owner and state, and how many have each of their most frequent
-- tags, written with the data. A row says how many
-- there were from its day on; a value that is gone has a row of 0. Empty value: not known.
CREATE TABLE IF NOT EXISTS stackql_app.table_breakdowns (
    target_schema text NOT NULL,
    target_table  text NOT NULL,
    dimension     text NOT NULL,
    value         text NOT NULL,
    day           date NOT NULL,
    row_count     bigint NOT NULL,
    is_current    boolean NOT NULL DEFAULT true,
    PRIMARY KEY (target_schema, target_table, dimension, value, day)
);
CREATE INDEX IF NOT EXISTS table_breakdowns_current
    ON stackql_app.table_breakdowns (dimension, value) WHERE is_current;
CREATE INDEX IF NOT EXISTS table_breakdowns_by_value ON stackql_app.table_breakdowns (dimension, value, day);

-- How many resources of a table are alike in all that the facets of the list of all resources tell apart, written with
-- the data: any filter on these is counted here. Of a table with very many combinations the rarest are missing: the sum
-- is less than its count then.
CREATE TABLE IF NOT EXISTS stackql_app.asset_cells (
    target_schema text NOT NULL,
    target_table  text NOT NULL,
    provider      text NOT NULL,
    service       text NOT NULL,
    type          text NOT NULL,
    region        text,
    account       text,
    owner         text,
    is_public     boolean,
    row_count     bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS asset_cells_by_table ON stackql_app.asset_cells (target_schema, target_table);

CREATE TABLE IF NOT EXISTS stackql_app.query_history (
    id          bigserial PRIMARY KEY,
    user_name   text NOT NULL,
    query_text  text NOT NULL,
    provider    text NOT NULL DEFAULT '',
    parameters  jsonb NOT NULL DEFAULT '{}',
    status      text NOT NULL,
    rows        bigint,
    duration_ms bigint,
    error       text NOT NULL DEFAULT '',
    started_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS query_history_by_user ON stackql_app.query_history (user_name, started_at DESC);
-- what is too old is looked for by its time alone
CREATE INDEX IF NOT EXISTS query_history_by_time ON stackql_app.query_history (started_at);

CREATE TABLE IF NOT EXISTS stackql_app.drafts (
    user_name  text NOT NULL,
    tab_id     text NOT NULL,
    position   int NOT NULL DEFAULT 0,
    title      text NOT NULL DEFAULT '',
    query_id   int,
    content    text NOT NULL DEFAULT '',
    provider   text NOT NULL DEFAULT '',
    parameters jsonb NOT NULL DEFAULT '{}',
    version    bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_name, tab_id)
);
-- the version of the saved query that the tab began from; null where that is not known
ALTER TABLE stackql_app.drafts ADD COLUMN IF NOT EXISTS query_version bigint;
ALTER TABLE stackql_app.drafts ADD COLUMN IF NOT EXISTS source text NOT NULL DEFAULT 'live';
ALTER TABLE stackql_app.query_history ADD COLUMN IF NOT EXISTS source text NOT NULL DEFAULT 'live';

-- Filters of the list of all resources under a name, for everybody; and which of them a person begins with.
CREATE TABLE IF NOT EXISTS stackql_app.saved_views (
    id         serial PRIMARY KEY,
    name       text NOT NULL,
    filter     text NOT NULL,
    user_name  text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX IF NOT EXISTS saved_views_by_name ON stackql_app.saved_views (lower(name));
CREATE TABLE IF NOT EXISTS stackql_app.default_views (
    user_name text PRIMARY KEY,
    view_id   int NOT NULL REFERENCES stackql_app.saved_views (id) ON DELETE CASCADE
);

-- What each column of a table holds, counted once for one state of the table: `version` says which, and another one's is
-- never shown. `problem` says why it could not be counted.
CREATE TABLE IF NOT EXISTS stackql_app.table_profiles (
    target_schema text NOT NULL,
    target_table  text NOT NULL,
    version       text NOT NULL,
    profile       jsonb,
    problem       text NOT NULL DEFAULT '',
    made_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (target_schema, target_table),
    FOREIGN KEY (target_schema, target_table)
        REFERENCES stackql_app.inventory_tables ON UPDATE CASCADE ON DELETE CASCADE
);

-- Charts that people pinned to a table's page, for everybody.
CREATE TABLE IF NOT EXISTS stackql_app.pinned_charts (
    id            serial PRIMARY KEY,
    target_schema text NOT NULL,
    target_table  text NOT NULL,
    choice        jsonb NOT NULL,
    user_name     text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (target_schema, target_table, choice),
    FOREIGN KEY (target_schema, target_table)
        REFERENCES stackql_app.inventory_tables ON UPDATE CASCADE ON DELETE CASCADE
);

-- What people did about an entry of the inbox. An entry is derived from what is recorded and is never stored: `key` says
-- which it is, and `since` up to which cause this holds, so that a newer cause of the same key is open again.
CREATE TABLE IF NOT EXISTS stackql_app.inbox_states (
    key             text PRIMARY KEY,
    since           timestamptz NOT NULL,
    acknowledged_by text NOT NULL DEFAULT '',
    acknowledged_at timestamptz,
    muted_until     timestamptz,
    owner           text NOT NULL DEFAULT '',
    version         int NOT NULL DEFAULT 1,
    changed_by      text NOT NULL DEFAULT '',
    changed_at      timestamptz NOT NULL DEFAULT now()
);

-- When a person was last here. `seen_at`: their newest page; `began_at`: the first of this visit; `previous_at`: the last
-- of the visit before, NULL on the first; `dismissed`: they have read what happened in between.
CREATE TABLE IF NOT EXISTS stackql_app.visits (
    user_name   text PRIMARY KEY,
    seen_at     timestamptz NOT NULL,
    began_at    timestamptz NOT NULL,
    previous_at timestamptz,
    dismissed   boolean NOT NULL DEFAULT false
);

-- What a person watches. target: a table, a resource, a filter of all resources, or a statement over the inventory.
-- looked: the tables that a statement reads, by their ids, as they were when it was run last; result: its rows then.
CREATE TABLE IF NOT EXISTS stackql_app.watches (
    id         bigserial PRIMARY KEY,
    user_name  text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('table', 'resource', 'view', 'query')),
    name       text NOT NULL,
    target     jsonb NOT NULL,
    events     int NOT NULL DEFAULT 0,
    looked     jsonb,
    result     jsonb,
    problem    text NOT NULL DEFAULT '',
    note       text NOT NULL DEFAULT '',
    looked_at  timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX IF NOT EXISTS watches_by_target ON stackql_app.watches (user_name, kind, md5(target::text));

-- How far a watch has told the feed of a table: up to the changed_at of a merge. Merges of a table come one after the
-- other, each with a later changed_at, so that whatever is committed later stands behind it. By the table's id, which a
-- table that is made anew does not share.
CREATE TABLE IF NOT EXISTS stackql_app.watch_positions (
    watch_id bigint NOT NULL REFERENCES stackql_app.watches (id) ON DELETE CASCADE,
    table_id int NOT NULL,
    told_at  timestamptz NOT NULL,
    PRIMARY KEY (watch_id, table_id)
);

-- What a watch saw, once: how much, and the newest changes with their values. whole: the numbers are of all of it.
CREATE TABLE IF NOT EXISTS stackql_app.watch_events (
    id       bigserial PRIMARY KEY,
    watch_id bigint NOT NULL REFERENCES stackql_app.watches (id) ON DELETE CASCADE,
    number   int NOT NULL,
    told_at  timestamptz NOT NULL,
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL,
    added    bigint NOT NULL,
    removed  bigint NOT NULL,
    changed  bigint NOT NULL,
    whole    boolean NOT NULL,
    changes  jsonb NOT NULL,
    UNIQUE (watch_id, number)
);

-- A JSON value with its lists sorted whose order means nothing: two are equal where only that differs. Those are tags, in
-- every shape that clouds give them, and lists of ids; `every` says it of all lists. name: the column's, then the field's.
CREATE OR REPLACE FUNCTION stackql_app.without_order(node jsonb, name text, every boolean, depth int DEFAULT 0)
    RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    tags constant text := '(^|_)(tag|tags|labels|tag_?set|tag_?list)$';
    id   constant text := '^(arn:.+|/(subscriptions|providers)/.+|https://[a-z.]*googleapis\.com/.+|projects/.+/.+|ocid1\..+'
                          '|[a-z][a-z0-9]*-(?=[0-9a-f]*[0-9])[0-9a-f]+|[0-9]{12}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$';
    loose boolean := every OR name ~* tags;
BEGIN
    -- deeper than any cloud's answer means; and the server's stack has an end
    IF depth > 60 OR jsonb_typeof(node) NOT IN ('object', 'array') OR position('[' IN node::text) = 0 THEN
        RETURN node;
    ELSIF jsonb_typeof(node) = 'object' THEN
        RETURN (SELECT jsonb_object_agg(m.key, stackql_app.without_order(
                           m.value, CASE WHEN name ~* tags THEN name ELSE m.key END, every, depth + 1))
                  FROM jsonb_each(node) m);
    END IF;
    loose := loose OR (SELECT bool_and(CASE jsonb_typeof(e.value)
            WHEN 'string' THEN e.value #>> '{}' ~* id OR name ~* '(ids|arns)$'
            -- {Key, Value}, TagKey, tag_key …; an id alone, or with its name
            WHEN 'object' THEN (SELECT bool_or(f.key ~* '^(tag_?)?key$')
                                       AND (bool_or(f.key ~* '^(tag_?)?value$') OR count(*) = 1)
                                    OR bool_or(f.key ~* '(id|arn)$' AND f.value #>> '{}' ~* id)
                                       AND bool_and(f.key ~* '(id|arn|name)$')
                                  FROM jsonb_each(e.value) f)
            ELSE false END) FROM jsonb_array_elements(node) e);
    RETURN (SELECT coalesce(jsonb_agg(s.item ORDER BY CASE WHEN loose THEN s.item::text COLLATE "C" END, s.place), '[]')
              FROM (SELECT stackql_app.without_order(e.value, name, every, depth + 1) AS item, e.place
                      FROM jsonb_array_elements(node) WITH ORDINALITY e(value, place)) s);
END $$;

-- What changed, row by row; the first load of a table is a baseline and writes nothing here.
CREATE TABLE IF NOT EXISTS stackql_inventory.resource_changes (
    id              bigserial PRIMARY KEY,
    target_schema   text NOT NULL DEFAULT 'stackql_inventory',
    table_name      text NOT NULL,
    run_id          bigint,
    changed_at      timestamptz NOT NULL,
    change          text NOT NULL CHECK (change IN ('added', 'removed', 'changed')),
    resource_key    text NOT NULL,
    scope           text NOT NULL DEFAULT '{}',
    before          jsonb,
    after           jsonb,
    changed_columns text[]
);
ALTER TABLE stackql_inventory.resource_changes
    -- the row that left or changed was as `before` says from valid_from until changed_at
    ADD COLUMN IF NOT EXISTS first_seen_at timestamptz,
    ADD COLUMN IF NOT EXISTS valid_from timestamptz,
    -- `before` and `after` hold the changed columns alone
    ADD COLUMN IF NOT EXISTS partial boolean NOT NULL DEFAULT false;
-- ascending, so that what a run adds comes at the end; the newest are read backwards
CREATE INDEX IF NOT EXISTS resource_changes_by_table
    ON stackql_inventory.resource_changes (target_schema, table_name, changed_at, id);
CREATE INDEX IF NOT EXISTS resource_changes_by_time ON stackql_inventory.resource_changes (changed_at, id);
-- one resource's timeline: by the hash of its key, four bytes a row, since keys are long. A run that changed most of
-- a table writes too many rows for an index that is not in their order: those are found by their day
CREATE INDEX IF NOT EXISTS resource_changes_by_key ON stackql_inventory.resource_changes (hashtext(resource_key))
    WHERE NOT partial;
-- what became reachable from outside, or stopped being: few rows, looked for by the overview
CREATE INDEX IF NOT EXISTS resource_changes_exposure ON stackql_inventory.resource_changes (changed_at DESC)
    WHERE changed_columns && ARRAY['is_public', 'publicly_accessible', 'public_network_access',
                                   'public_access_prevention', 'allow_blob_public_access'];
COMMENT ON TABLE stackql_inventory.resource_changes IS
    'Every resource that appeared, vanished or changed, by run: the values before and after';

-- Tags in any shape that clouds give them, as one map: a map as it is; lists of {Key, Value}, {TagKey, TagValue}, {name,
-- value} (in any case), of {"team": "pay"}, of "team=pay" or "team:pay", and of names alone; each also inside `items`,
-- `Tags`, `TagSet` … An empty value never wins over a filled one of the same name.
CREATE OR REPLACE FUNCTION stackql_app.tags_map(node jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    list jsonb := CASE jsonb_typeof(node) WHEN 'array' THEN node WHEN 'object' THEN
        (SELECT m.value FROM jsonb_each(node) m WHERE jsonb_typeof(m.value) = 'array'
            AND lower(replace(m.key, '_', '')) IN ('items', 'item', 'tags', 'tag', 'tagset', 'taglist') LIMIT 1) END;
BEGIN
    IF list IS NULL THEN
        RETURN CASE jsonb_typeof(node) WHEN 'object' THEN node END;
    END IF;
    RETURN (SELECT coalesce(jsonb_object_agg(t.name, t.value), '{}') FROM (
        SELECT DISTINCT ON (e.name) e.name, coalesce(e.value, '') AS value FROM (
            SELECT i.place, CASE jsonb_typeof(i.item)
                     WHEN 'object' THEN coalesce(f.name, f.only_name)
                     WHEN 'string' THEN regexp_replace(i.item #>> '{}', '[=:].*$', '')
                     ELSE i.item #>> '{}' END AS name,
                   CASE jsonb_typeof(i.item)
                     WHEN 'object' THEN CASE WHEN f.name IS NULL THEN f.only_value ELSE f.value END
                     WHEN 'string' THEN substring(i.item #>> '{}' FROM '[=:](.*)$') END AS value
              FROM jsonb_array_elements(list) WITH ORDINALITY i(item, place)
              LEFT JOIN LATERAL (
                   SELECT min(p.value) FILTER (WHERE p.folded IN ('key', 'tagkey')) AS key,
                          coalesce(min(p.value) FILTER (WHERE p.folded IN ('key', 'tagkey')),
                                   min(p.value) FILTER (WHERE p.folded IN ('name', 'tagname'))) AS name,
                          min(p.value) FILTER (WHERE p.folded IN ('value', 'tagvalue')) AS value,
                          CASE count(*) WHEN 1 THEN min(p.key) END AS only_name,
                          CASE count(*) WHEN 1 THEN min(p.value) END AS only_value
                     FROM (SELECT o.key, o.value, lower(replace(o.key, '_', '')) AS folded
                             FROM jsonb_each_text(CASE jsonb_typeof(i.item) WHEN 'object' THEN i.item ELSE '{}' END) o) p
                   ) f ON true) e
         WHERE e.name <> '' ORDER BY e.name, coalesce(e.value, '') = '', e.place) t);
END $$;

-- The first filled value of a tags map among names in lower case, whatever the case of its own.
CREATE OR REPLACE FUNCTION stackql_app.tag_value(tags jsonb, names text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT t.value FROM jsonb_each_text(CASE jsonb_typeof(tags) WHEN 'object' THEN tags ELSE '{}' END) t
     WHERE lower(t.key) = ANY (names) AND t.value <> '' ORDER BY array_position(names, lower(t.key)), t.key LIMIT 1
$$;

-- A moment as clouds spell it: ISO 8601 and its kin, RFC 1123, Go's "… +0000 UTC", .NET's /Date(ms)/, and seconds, milli-,
-- micro- or nanoseconds since 1970. NULL for what is none, for 01/02/2026, which is two days, and for what stands for
-- "never": the year 1 and the first day of 1970. What has no zone is UTC.
CREATE OR REPLACE FUNCTION stackql_app.read_time(given text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET timezone = 'UTC' AS $$
DECLARE
    plain text := regexp_replace(trim(given), ' ([+-][0-9]{4}) [A-Z]{3,4}( m=.*)?$', '\1');
    number text := coalesce(substring(plain FROM '^/Date\((-?[0-9]{1,19})[^)]*\)/$') || 'ms', plain);
    moment timestamptz;
BEGIN
    IF number ~ '^[0-9]{9,20}(\.[0-9]+)?(ms)?$' THEN
        moment := to_timestamp(CASE WHEN number LIKE '%ms' THEN rtrim(number, 'ms')::numeric / 1000
            WHEN number::numeric < 1e11 THEN number::numeric WHEN number::numeric < 1e14 THEN number::numeric / 1e3
            WHEN number::numeric < 1e17 THEN number::numeric / 1e6 ELSE number::numeric / 1e9 END::float8);
    ELSIF plain ~ '[0-9]{4}' AND plain !~ '^[0-9]{1,2}[/.-][0-9]{1,2}[/.-]' AND plain !~ '^[+-]?[0-9.]+$'
          AND pg_input_is_valid(plain, 'timestamptz') THEN
        moment := plain::timestamptz;
    END IF;
    RETURN CASE WHEN moment >= '1970-01-02' AND moment < '2500-01-01' THEN moment END;
END $$;

-- Whose a resource is: one list of rules, of which the first that fits gives the owner. One row; engineers change it as a
-- whole, so that its order is what they saw. Until they do, the tags that most teams write decide.
CREATE TABLE IF NOT EXISTS stackql_app.owner_rules (
    id       int PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    rules    jsonb NOT NULL,
    version  bigint NOT NULL DEFAULT 1,
    saved_by text NOT NULL DEFAULT '',
    saved_at timestamptz
);
INSERT INTO stackql_app.owner_rules (rules)
VALUES ('[{"source": "tag", "tag": "owner"}, {"source": "tag", "tag": "team"}]') ON CONFLICT DO NOTHING;

-- One row per resource of every table, under common names; what several tables hold has a row of each.
DO $$ BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('stackql_inventory.assets')) = 'r' THEN
        ALTER TABLE stackql_inventory.assets SET SCHEMA stackql_app;
    END IF;
END $$;
CREATE TABLE IF NOT EXISTS stackql_app.assets (
    target_schema text NOT NULL DEFAULT 'stackql_inventory',
    table_name    text NOT NULL,
    scope         text NOT NULL DEFAULT '{}',
    resource_key  text NOT NULL,
    provider      text NOT NULL DEFAULT '',
    service       text NOT NULL DEFAULT '',
    type          text NOT NULL DEFAULT '',
    id            text,
    name          text,
    region        text,
    account       text,
    tags          jsonb,
    created_at    timestamptz,
    first_seen_at timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL
);
ALTER TABLE stackql_app.assets
    ADD COLUMN IF NOT EXISTS arn text,
    ADD COLUMN IF NOT EXISTS asset_id uuid,
    ADD COLUMN IF NOT EXISTS state text,
    -- whether it can be reached from outside; NULL where its columns do not say
    ADD COLUMN IF NOT EXISTS is_public boolean,
    -- NULL: it counts here. Else the id of the table whose row of the same resource counts, 0 where none does
    ADD COLUMN IF NOT EXISTS counted_by int,
    -- of what names a resource in the whole world: an ARN, an OCID, an Azure id, a Google link
    ADD COLUMN IF NOT EXISTS global_key bigint GENERATED ALWAYS AS (CASE
        WHEN coalesce(arn, id) LIKE 'arn:%' OR coalesce(arn, id) LIKE 'ocid1.%'
            THEN hashtextextended(rtrim(coalesce(arn, id), '/:*'), 0)
        WHEN coalesce(arn, id) ILIKE '/subscriptions/%' THEN hashtextextended(lower(rtrim(coalesce(arn, id), '/')), 0)
        WHEN coalesce(arn, id) LIKE '%projects/%/%'
             AND coalesce(arn, id) ~ '^((https?:)?//[^/]*googleapis[.]com/.*)?projects/[^/]+/.+/'
            THEN hashtextextended(substring(coalesce(arn, id) FROM 'projects/.*$'), 0) END) STORED;
-- the owner by the rules; once, since what reads it would say that nobody owns anything until each table's next run
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'stackql_app.assets'::regclass AND attname = 'owner') THEN
        ALTER TABLE stackql_app.assets ADD COLUMN owner text;
        UPDATE stackql_app.assets SET owner = stackql_app.tag_value(tags, ARRAY['owner', 'team'])
         WHERE stackql_app.tag_value(tags, ARRAY['owner', 'team']) IS NOT NULL;
        UPDATE stackql_app.inventory_tables SET identity = jsonb_set(identity, '{assets,owners}', '"1"')
         WHERE identity ? 'assets';
    END IF;
END $$;
CREATE UNIQUE INDEX IF NOT EXISTS assets_by_id ON stackql_app.assets (asset_id);
CREATE INDEX IF NOT EXISTS assets_by_table ON stackql_app.assets (target_schema, table_name);
-- of a tag with its value
CREATE INDEX IF NOT EXISTS assets_by_tag ON stackql_app.assets USING gin (tags jsonb_path_ops);
CREATE INDEX IF NOT EXISTS assets_by_global_key ON stackql_app.assets (global_key) WHERE global_key IS NOT NULL;

-- What analysts and pages read: each resource once, whichever tables hold it.
CREATE OR REPLACE VIEW stackql_inventory.assets AS
SELECT target_schema, table_name, scope, resource_key, provider, service, type, id, name, region, account, tags,
       created_at, first_seen_at, changed_at, arn, asset_id, state, is_public, owner
  FROM stackql_app.assets WHERE counted_by IS NULL;
COMMENT ON VIEW stackql_inventory.assets IS
    'Every resource of the inventory once, under common names: provider, service, type, id, name, region, account, tags, owner';

-- The words of every asset, for the search; brought up to date after each merge.
CREATE TABLE IF NOT EXISTS stackql_app.asset_search (
    table_id   int NOT NULL,
    asset_id   uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    document   text NOT NULL,
    terms      tsvector NOT NULL,
    PRIMARY KEY (table_id, asset_id)
);
CREATE INDEX IF NOT EXISTS asset_search_terms ON stackql_app.asset_search USING gin (terms);

-- The role that the IDE's queries of the inventory run as: it reads stackql_inventory and nothing else. Where this login
-- may make no roles, an operator does (infra/sql/1_roles.sql), and what is granted here is granted at the next start.
DO $$
DECLARE
    missing text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'inventory_reader') THEN
        CREATE ROLE inventory_reader NOLOGIN;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
       AND NOT pg_has_role(session_user, 'inventory_reader', 'MEMBER') THEN
        GRANT inventory_reader TO CURRENT_USER;
    END IF;
    IF NOT has_schema_privilege('inventory_reader', 'stackql_inventory', 'USAGE') THEN
        GRANT USAGE ON SCHEMA stackql_inventory TO inventory_reader;
        ALTER DEFAULT PRIVILEGES IN SCHEMA stackql_inventory GRANT SELECT ON TABLES TO inventory_reader;
    END IF;
    -- each by itself, and only where it is missing: a grant writes the catalogue, where it may meet a run's own change
    FOR missing IN SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'stackql_inventory' AND c.relkind IN ('r', 'p', 'v', 'm')
                      AND NOT has_table_privilege('inventory_reader', c.oid, 'SELECT')
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO inventory_reader', missing);
    END LOOP;
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
    RAISE NOTICE 'inventory_reader: %', SQLERRM;
END
$$;
