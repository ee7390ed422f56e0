-- An update for which its page has no room gives the row a new entry in every index. Of entries that
-- share one key and are kept together, none can be removed while one of them is alive, so each lookup
-- visited all the dead ones. Kept apart, they go as they are met.
ALTER INDEX error_hourly_pkey SET (deduplicate_items = off);
ALTER INDEX project_hourly_pkey SET (deduplicate_items = off);

-- Made again for its place too. In a table that PostgreSQL knows nothing of yet, this index and
-- errors_last_seen cost the same by its reckoning, and of two such it takes the younger: recording read
-- all errors of a project for each that it looked up, until the first ANALYZE.
ALTER TABLE errors DROP CONSTRAINT errors_pkey,
    ADD PRIMARY KEY (project_id, id) WITH (deduplicate_items = off);
