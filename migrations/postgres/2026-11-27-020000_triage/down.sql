DROP TABLE error_comments;
DROP TABLE error_marks;
ALTER TABLE alert_rules DROP COLUMN include_ignored;
DROP TABLE ignored_hourly;
ALTER TABLE occurrences DROP COLUMN ignored;
DROP TABLE ignored_users;
ALTER TABLE errors
    DROP COLUMN resolved_in,
    DROP COLUMN ignored,
    DROP COLUMN ignore_terms,
    DROP COLUMN reopen_at,
    DROP COLUMN assigned_to;
