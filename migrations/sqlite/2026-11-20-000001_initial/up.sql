-- Names: ids and fingerprints are 16-byte blobs (ids UUIDv7, so that they sort by time), times are
-- microseconds since 1970 UTC. The tables mirror migrations/postgres, apart from what only
-- concurrent writers need (errors.revision, errors.regression_id, last_seen by the minute).
--
-- WITHOUT ROWID where a row is little more than its key; not for errors and occurrences, whose rows
-- are too wide for the inner pages of a key-ordered tree.

CREATE TABLE tenants (
    id          BLOB NOT NULL PRIMARY KEY,
    slug        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    suspended   INTEGER NOT NULL DEFAULT 0,
    created_at  INTEGER NOT NULL,
    deleted_at  INTEGER
) STRICT;

CREATE TABLE projects (
    id              BLOB NOT NULL PRIMARY KEY,
    tenant_id       BLOB NOT NULL REFERENCES tenants (id),
    number          INTEGER NOT NULL UNIQUE,
    slug            TEXT NOT NULL,
    name            TEXT NOT NULL,
    platform        TEXT,
    public_key      TEXT NOT NULL UNIQUE,
    retention_days  INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    UNIQUE (tenant_id, slug)
) STRICT;

CREATE TABLE api_keys (
    id              BLOB NOT NULL PRIMARY KEY,
    tenant_id       BLOB NOT NULL REFERENCES tenants (id),
    project_id      BLOB REFERENCES projects (id),
    name            TEXT NOT NULL,
    digest          BLOB NOT NULL UNIQUE,
    preview         TEXT NOT NULL,
    permissions     TEXT NOT NULL,              -- JSON array of names
    platform_admin  INTEGER NOT NULL DEFAULT 0,
    rate_limit      INTEGER,
    expires_at      INTEGER,
    revoked_at      INTEGER,
    last_used       INTEGER,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, created_at);

CREATE TABLE users (
    id              BLOB NOT NULL PRIMARY KEY,
    email           TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    password_hash   TEXT NOT NULL,
    platform_admin  INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL
) STRICT;

-- An error. Each batch changes its row once.
CREATE TABLE errors (
    project_id   BLOB NOT NULL,
    id           BLOB NOT NULL,
    count        INTEGER NOT NULL,
    first_seen   INTEGER NOT NULL,
    last_seen    INTEGER NOT NULL,
    resolved     INTEGER NOT NULL DEFAULT 0,
    resolved_at  INTEGER,
    regressed    INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    -- the latest occurrence, without its heavy columns
    fingerprint  BLOB NOT NULL,
    latest_id    BLOB NOT NULL,
    event_id     BLOB NOT NULL,
    level        TEXT NOT NULL,
    severity     TEXT NOT NULL,
    source       TEXT NOT NULL,
    environment  TEXT NOT NULL,
    message      TEXT NOT NULL,
    url          TEXT,
    user_agent   TEXT,
    ip_address   TEXT,
    release      TEXT,
    PRIMARY KEY (project_id, id)
) STRICT;
-- Answers every list from the index alone: order, filters, count. The rows are wide, the page is
-- short, so only the page's own rows are read.
CREATE INDEX errors_list ON errors
    (project_id, last_seen, id, count, first_seen, resolved, level, severity, environment, source);

CREATE TABLE error_fingerprints (
    project_id   BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    version      INTEGER NOT NULL,
    error_id     BLOB NOT NULL,
    PRIMARY KEY (project_id, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX error_fingerprints_error ON error_fingerprints (project_id, error_id);

-- Belongs to a fingerprint, not to an error: merge and split then touch no occurrence.
CREATE TABLE occurrences (
    project_id          BLOB NOT NULL,
    id                  BLOB NOT NULL,
    event_id            BLOB NOT NULL,
    fingerprint         BLOB NOT NULL,
    fingerprint_version INTEGER NOT NULL,
    timestamp           INTEGER NOT NULL,
    received_at         INTEGER NOT NULL,
    level               TEXT NOT NULL,
    severity            TEXT NOT NULL,
    message             TEXT NOT NULL,
    source              TEXT NOT NULL,
    environment         TEXT NOT NULL,
    stack_trace         TEXT,
    context             TEXT,                   -- JSON
    url                 TEXT,
    user_agent          TEXT,
    ip_address          TEXT,
    release             TEXT,
    tags                TEXT,                   -- JSON
    reporter            TEXT,                   -- JSON, the report's `user`
    custom_fingerprint  TEXT,                   -- JSON
    PRIMARY KEY (project_id, id)
) STRICT;
-- With the timestamp, a split finds a fingerprint's first and last sight without reading its rows.
CREATE INDEX occurrences_fingerprint ON occurrences (project_id, fingerprint, id, timestamp);

-- Names that callers gave to their reports, so that a repeat counts nothing.
CREATE TABLE event_ids (
    project_id   BLOB NOT NULL,
    event_id     BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    stored_at    INTEGER NOT NULL,
    PRIMARY KEY (project_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_ids_stored_at ON event_ids (stored_at);

-- source and environment are cut to 200 characters here.
CREATE TABLE project_hourly (
    project_id   BLOB NOT NULL,
    hour         INTEGER NOT NULL,
    source       TEXT NOT NULL,
    environment  TEXT NOT NULL,
    level        TEXT NOT NULL,
    severity     TEXT NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (project_id, hour, source, environment, level, severity)
) STRICT, WITHOUT ROWID;

CREATE TABLE error_hourly (
    project_id   BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    hour         INTEGER NOT NULL,
    source       TEXT NOT NULL,
    environment  TEXT NOT NULL,
    level        TEXT NOT NULL,
    severity     TEXT NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (project_id, fingerprint, hour, source, environment, level, severity)
) STRICT, WITHOUT ROWID;

CREATE TABLE error_activity (
    project_id  BLOB NOT NULL,
    id          BLOB NOT NULL,
    error_id    BLOB NOT NULL,
    kind        TEXT NOT NULL,
    actor       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    detail      TEXT,
    PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX error_activity_error ON error_activity (project_id, error_id, id);
CREATE INDEX error_activity_at ON error_activity (project_id, at);
