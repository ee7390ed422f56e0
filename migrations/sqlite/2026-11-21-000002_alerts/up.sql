CREATE TABLE alert_rules (
    id              BLOB NOT NULL PRIMARY KEY,
    tenant_id       BLOB NOT NULL REFERENCES tenants (id),
    name            TEXT NOT NULL,
    condition       TEXT NOT NULL,
    threshold       REAL NOT NULL,
    time_window     INTEGER NOT NULL,            -- seconds
    enabled         INTEGER NOT NULL,
    notifications   TEXT NOT NULL,              -- names of channels, comma-separated
    open_incident   TEXT,                       -- a severity
    -- between evaluations
    active          INTEGER NOT NULL,
    last_triggered  INTEGER,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_rules_tenant ON alert_rules (tenant_id, id);
CREATE INDEX alert_rules_enabled ON alert_rules (id) WHERE enabled;

CREATE TABLE incidents (
    id              BLOB NOT NULL PRIMARY KEY,
    tenant_id       BLOB NOT NULL REFERENCES tenants (id),
    title           TEXT NOT NULL,
    severity        TEXT NOT NULL,
    status          TEXT NOT NULL,
    description     TEXT NOT NULL,
    assigned_to     TEXT,
    rule_id         BLOB,                       -- the rule that opened it may be gone
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    resolved_at     INTEGER
) STRICT;
CREATE INDEX incidents_tenant ON incidents (tenant_id, id);
-- One incident of a rule at a time.
CREATE UNIQUE INDEX incidents_open ON incidents (rule_id) WHERE resolved_at IS NULL;

CREATE TABLE incident_changes (
    incident_id     BLOB NOT NULL REFERENCES incidents (id),
    place           INTEGER NOT NULL,            -- 1, 2, 3 within the incident
    at              INTEGER NOT NULL,
    actor           TEXT NOT NULL,
    field           TEXT NOT NULL,
    old             TEXT,
    new             TEXT,
    PRIMARY KEY (incident_id, place)
) STRICT;

CREATE TABLE alert_firings (
    id              BLOB NOT NULL PRIMARY KEY,
    tenant_id       BLOB NOT NULL REFERENCES tenants (id),
    rule_id         BLOB NOT NULL,              -- may be gone
    condition       TEXT NOT NULL,
    incident_id     BLOB,
    notification    TEXT NOT NULL               -- JSON
) STRICT;
CREATE INDEX alert_firings_tenant ON alert_firings (tenant_id, id);

-- The outbox: written with the firing, worked off by whichever node comes first.
CREATE TABLE deliveries (
    id              BLOB NOT NULL PRIMARY KEY,
    firing_id       BLOB NOT NULL REFERENCES alert_firings (id),
    tenant_id       BLOB NOT NULL,
    channel         TEXT NOT NULL,
    status          TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    reached         TEXT NOT NULL,              -- JSON array
    reason          TEXT,
    created_at      INTEGER NOT NULL,
    delivered_at    INTEGER
) STRICT;
CREATE INDEX deliveries_firing ON deliveries (firing_id);
CREATE INDEX deliveries_due ON deliveries (channel, next_attempt_at) WHERE status = 'pending';

CREATE TABLE integrations (
    tenant_id       BLOB NOT NULL REFERENCES tenants (id),
    kind            TEXT NOT NULL,
    sealed          BLOB NOT NULL,             -- JSON, encrypted
    updated_at      INTEGER NOT NULL,
    last_test       INTEGER,
    last_error      TEXT,
    PRIMARY KEY (tenant_id, kind)
) STRICT;
