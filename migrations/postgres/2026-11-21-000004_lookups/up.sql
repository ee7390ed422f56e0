-- An update for which its page has no room gives the row a new entry in every index. Of entries that
-- share one key and are kept together, none can be removed while one of them is alive, so each lookup
-- visited all the dead ones. Kept apart, they go as they are met.
ALTER INDEX error_hourly_pkey SET (deduplicate_items = off);
ALTER INDEX project_hourly_pkey SET (deduplicate_items = off);

-- Of a table that PostgreSQL knows nothing of yet, it takes errors_pkey and errors_last_seen to find an
-- error equally well, prefers the index of fewer levels and, of equals, the younger: recording read all
-- errors of a project for each that it looked up, until the first ANALYZE. Wider, the list's index never
-- has fewer levels than the key, and the key is made again to be the younger.
DROP INDEX errors_last_seen;
CREATE INDEX errors_last_seen ON errors (project_id, last_seen_minute DESC) INCLUDE (id, created_at);
ALTER TABLE errors DROP CONSTRAINT errors_pkey,
    ADD PRIMARY KEY (project_id, id) WITH (deduplicate_items = off);
