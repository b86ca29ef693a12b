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
    ADD COLUMN IF NOT EXISTS parameter_values jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS allow_empty boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS retention_days int CHECK (retention_days > 0),
    ADD COLUMN IF NOT EXISTS created_by text,
    -- why the job could not be made or changed; empty where it matches the schedule
    ADD COLUMN IF NOT EXISTS job_error text NOT NULL DEFAULT '',
    -- the local scheduler's mark: the newest cron time that it has acted on
    ADD COLUMN IF NOT EXISTS last_fired_at timestamptz,
    -- optimistic lock of what the form saves; pausing, the job and runs do not count it up
    ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 1,
    ADD COLUMN IF NOT EXISTS saved_by text,
    ADD COLUMN IF NOT EXISTS saved_at timestamptz;
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
    ADD COLUMN IF NOT EXISTS id int GENERATED BY DEFAULT AS IDENTITY,
    -- optimistic lock of asset_rules, the one thing in here that people write; runs leave it alone
    ADD COLUMN IF NOT EXISTS rules_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS rules_saved_by text,
    ADD COLUMN IF NOT EXISTS rules_saved_at timestamptz;

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

-- for a table's value on a day on which nothing was recorded: the newest one before
CREATE INDEX IF NOT EXISTS table_history_by_table
    ON stackql_app.table_history (target_schema, target_table, day DESC);
CREATE INDEX IF NOT EXISTS table_scopes_not_ok
    ON stackql_app.table_scopes (target_schema, target_table) WHERE status <> 'ok';

-- How a table's resources divide by region, account, owner and state, written with the data. A row says how many
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

-- One row per resource of every table in replace mode, under common names.
CREATE TABLE IF NOT EXISTS stackql_inventory.assets (
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
ALTER TABLE stackql_inventory.assets
    ADD COLUMN IF NOT EXISTS arn text,
    ADD COLUMN IF NOT EXISTS asset_id uuid;
CREATE UNIQUE INDEX IF NOT EXISTS assets_by_id ON stackql_inventory.assets (asset_id);
CREATE INDEX IF NOT EXISTS assets_by_table ON stackql_inventory.assets (target_schema, table_name);
COMMENT ON TABLE stackql_inventory.assets IS
    'Every resource of the inventory under common names: provider, service, type, id, name, region, account, tags';

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

