ALTER TABLE alert_rules DROP COLUMN failure;
ALTER TABLE alert_rules DROP COLUMN value;
ALTER TABLE alert_rules DROP COLUMN evaluated_at;
ALTER TABLE alert_rules DROP COLUMN state_since;
