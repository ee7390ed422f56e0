-- What the latest evaluation of a rule found, for whoever looks at the rule.
ALTER TABLE alert_rules ADD COLUMN state_since INTEGER;     -- since when active is as it is
ALTER TABLE alert_rules ADD COLUMN evaluated_at INTEGER;
ALTER TABLE alert_rules ADD COLUMN value REAL;
ALTER TABLE alert_rules ADD COLUMN failure TEXT;            -- why it could not be evaluated
