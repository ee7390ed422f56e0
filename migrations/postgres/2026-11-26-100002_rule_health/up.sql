-- What the latest evaluation of a rule found, for whoever looks at the rule on any node.
ALTER TABLE alert_rules
    ADD COLUMN state_since timestamptz,         -- since when active is as it is
    ADD COLUMN evaluated_at timestamptz,
    ADD COLUMN value double precision,
    ADD COLUMN failure text;                    -- why it could not be evaluated
