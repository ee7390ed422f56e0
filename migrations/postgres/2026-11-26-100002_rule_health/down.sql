ALTER TABLE alert_rules
    DROP COLUMN failure, DROP COLUMN value, DROP COLUMN evaluated_at, DROP COLUMN state_since;
