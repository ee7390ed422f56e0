DROP INDEX errors_last_seen;
CREATE INDEX errors_last_seen ON errors (project_id, last_seen_minute DESC);
ALTER INDEX errors_pkey RESET (deduplicate_items);
ALTER INDEX project_hourly_pkey RESET (deduplicate_items);
ALTER INDEX error_hourly_pkey RESET (deduplicate_items);
