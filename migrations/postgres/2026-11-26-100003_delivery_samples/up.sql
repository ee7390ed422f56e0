-- Attempts to send a message, of deliveries and of channels' tests alike. Kept as long as other samples.
CREATE TABLE delivery_samples (
    tenant_id      uuid NOT NULL,
    at             timestamptz NOT NULL,
    id             uuid NOT NULL,
    channel        text NOT NULL,
    succeeded      boolean NOT NULL,
    took_us        bigint NOT NULL,
    PRIMARY KEY (tenant_id, at, id)
);
CREATE INDEX delivery_samples_at ON delivery_samples (at);
