DROP TABLE release_hourly;
DROP TABLE fingerprint_release_hourly;
DROP TABLE fingerprint_releases;
DROP TABLE fingerprint_days;
DROP INDEX incidents_unresolved;
DROP INDEX IF EXISTS errors_first_seen;
ALTER TABLE error_fingerprints
    DROP COLUMN expired_count, DROP COLUMN merged_from, DROP COLUMN joined_by, DROP COLUMN joined_at;
DROP TRIGGER errors_decided ON errors;
DROP TRIGGER errors_gone ON errors;
DROP TRIGGER errors_made ON errors;
DROP FUNCTION faultbook_tally();
DROP TABLE error_tallies;
DROP FUNCTION faultbook_state(boolean, boolean, boolean);
