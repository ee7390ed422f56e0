-- The highest value that was measured for a rule in each of its last hours.
CREATE TABLE rule_peaks (
    rule_id      BLOB NOT NULL,
    hour         INTEGER NOT NULL,
    value        REAL NOT NULL,
    PRIMARY KEY (rule_id, hour)
) STRICT, WITHOUT ROWID;

-- What came of the latest attempt to deliver, and of the last test of a channel.
ALTER TABLE deliveries ADD COLUMN result TEXT;
ALTER TABLE deliveries ADD COLUMN last_attempt_at INTEGER;
ALTER TABLE deliveries ADD COLUMN took_us INTEGER;
CREATE INDEX deliveries_tenant ON deliveries (tenant_id, status, channel);
ALTER TABLE integrations ADD COLUMN last_result TEXT;
ALTER TABLE integrations ADD COLUMN last_took_us INTEGER;
