-- Attempts to send a message, of deliveries and of channels' tests alike. Kept as long as other samples.
CREATE TABLE delivery_samples (
    tenant_id      BLOB NOT NULL,
    at             INTEGER NOT NULL,
    id             BLOB NOT NULL,
    channel        TEXT NOT NULL,
    succeeded      INTEGER NOT NULL,
    took_us        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_samples_at ON delivery_samples (at);
