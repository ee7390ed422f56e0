-- Names: ids are UUIDv7, fingerprints the 16 bytes of a hash kept as uuid, times UTC.
-- Every table of volume leads its keys with project_id, the distribution column of a sharded
-- PostgreSQL; no foreign key leaves it.

CREATE TABLE tenants (
    id          uuid PRIMARY KEY,
    slug        text NOT NULL UNIQUE,
    name        text NOT NULL,
    suspended   boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    deleted_at  timestamptz
);

CREATE TABLE projects (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    number          bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    slug            text NOT NULL,
    name            text NOT NULL,
    platform        text,
    public_key      text NOT NULL UNIQUE,
    retention_days  integer,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    UNIQUE (tenant_id, slug)
);

CREATE TABLE api_keys (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    project_id      uuid REFERENCES projects (id),
    name            text NOT NULL,
    digest          bytea NOT NULL UNIQUE,
    preview         text NOT NULL,
    permissions     text NOT NULL,              -- JSON array of names
    platform_admin  boolean NOT NULL DEFAULT false,
    rate_limit      integer,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    last_used       timestamptz,
    created_at      timestamptz NOT NULL
);
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, created_at);

CREATE TABLE users (
    id              uuid PRIMARY KEY,
    email           text NOT NULL UNIQUE,
    name            text NOT NULL,
    password_hash   text NOT NULL,
    platform_admin  boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL
);

-- An error. Each occurrence changes its row, so no indexed column may change with each occurrence:
-- last_seen is indexed by the minute, which keeps most updates heap-only (HOT). The free space of
-- fillfactor is what such updates need.
CREATE TABLE errors (
    project_id       uuid NOT NULL,
    id               uuid NOT NULL,
    count            bigint NOT NULL,
    first_seen       timestamptz NOT NULL,
    last_seen        timestamptz NOT NULL,
    last_seen_minute timestamptz NOT NULL,      -- last_seen cut to the minute
    resolved         boolean NOT NULL DEFAULT false,
    resolved_at      timestamptz,
    regressed        boolean NOT NULL DEFAULT false,
    regression_id    uuid,                      -- the activity of the latest regression
    revision         bigint NOT NULL DEFAULT 0, -- grows when fingerprints move in or out
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    -- the latest occurrence, without its heavy columns
    fingerprint      uuid NOT NULL,
    latest_id        uuid NOT NULL,
    event_id         uuid NOT NULL,
    level            text NOT NULL,
    severity         text NOT NULL,
    message          text NOT NULL,
    source           text NOT NULL,
    environment      text NOT NULL,
    url              text,
    user_agent       text,
    ip_address       text,
    release          text,
    PRIMARY KEY (project_id, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX errors_last_seen ON errors (project_id, last_seen_minute DESC);

CREATE TABLE error_fingerprints (
    project_id   uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    version      smallint NOT NULL,
    error_id     uuid NOT NULL,
    -- The error's revision. A statement that read this row before the fingerprint moved carries the
    -- old one, finds no error with it, and starts over.
    revision     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, fingerprint)
);
CREATE INDEX error_fingerprints_error ON error_fingerprints (project_id, error_id);

-- Partitioned by day of receipt, which the id carries; no default partition, because ordered scans
-- would then have to sort. Faultbook makes partitions ahead. Belongs to a fingerprint, not to an error:
-- merge and split then touch no occurrence.
CREATE TABLE occurrences (
    project_id          uuid NOT NULL,
    id                  uuid NOT NULL,
    event_id            uuid NOT NULL,
    fingerprint         uuid NOT NULL,
    fingerprint_version smallint NOT NULL,
    timestamp           timestamptz NOT NULL,
    received_at         timestamptz NOT NULL,
    level               text NOT NULL,
    severity            text NOT NULL,
    message             text NOT NULL,
    source              text NOT NULL,
    environment         text NOT NULL,
    stack_trace         text,
    context             text,                   -- JSON, as text: twice as fast to write as jsonb
    url                 text,
    user_agent          text,
    ip_address          text,
    release             text,
    tags                text,                   -- JSON
    reporter            text,                   -- JSON, the report's `user`
    custom_fingerprint  text,                   -- JSON
    PRIMARY KEY (project_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX occurrences_fingerprint ON occurrences (project_id, fingerprint, id);

-- Names that callers gave to their reports, so that a repeat counts nothing.
CREATE TABLE event_ids (
    project_id   uuid NOT NULL,
    event_id     uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    stored_at    timestamptz NOT NULL,
    PRIMARY KEY (project_id, event_id)
);
CREATE INDEX event_ids_stored_at ON event_ids (stored_at);

-- source and environment are cut to 200 characters here.
CREATE TABLE project_hourly (
    project_id   uuid NOT NULL,
    hour         timestamptz NOT NULL,
    source       text NOT NULL,
    environment  text NOT NULL,
    level        text NOT NULL,
    severity     text NOT NULL,
    count        bigint NOT NULL,
    PRIMARY KEY (project_id, hour, source, environment, level, severity)
) WITH (fillfactor = 70);

CREATE TABLE error_hourly (
    project_id   uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    hour         timestamptz NOT NULL,
    source       text NOT NULL,
    environment  text NOT NULL,
    level        text NOT NULL,
    severity     text NOT NULL,
    count        bigint NOT NULL,
    PRIMARY KEY (project_id, fingerprint, hour, source, environment, level, severity)
) WITH (fillfactor = 70);

CREATE TABLE error_activity (
    project_id  uuid NOT NULL,
    id          uuid NOT NULL,
    error_id    uuid NOT NULL,
    kind        text NOT NULL,
    actor       text NOT NULL,
    at          timestamptz NOT NULL,
    detail      text,
    PRIMARY KEY (project_id, id)
);
-- In order of writing: ids carry its time.
CREATE INDEX error_activity_error ON error_activity (project_id, error_id, id);
CREATE INDEX error_activity_at ON error_activity (project_id, at);

-- Ends a statement that found its picture of the errors out of date, with the code that tells a
-- client to try again.
CREATE FUNCTION faultbook_start_over() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION 'an error changed hands meanwhile' USING ERRCODE = 'serialization_failure';
END
$$;
