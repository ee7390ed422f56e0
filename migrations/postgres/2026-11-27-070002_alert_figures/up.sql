-- The highest value that was measured for a rule in each of its last hours.
CREATE TABLE rule_peaks (
    rule_id      uuid NOT NULL,
    hour         timestamptz NOT NULL,
    value        double precision NOT NULL,
    PRIMARY KEY (rule_id, hour)
);

-- What came of the latest attempt to deliver, and of the last test of a channel.
ALTER TABLE deliveries ADD COLUMN result text;
ALTER TABLE deliveries ADD COLUMN last_attempt_at timestamptz;
ALTER TABLE deliveries ADD COLUMN took_us bigint;
CREATE INDEX deliveries_tenant ON deliveries (tenant_id, status, channel);
ALTER TABLE integrations ADD COLUMN last_result text;
ALTER TABLE integrations ADD COLUMN last_took_us bigint;
