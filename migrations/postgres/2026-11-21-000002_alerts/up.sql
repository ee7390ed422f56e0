CREATE TABLE alert_rules (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    name            text NOT NULL,
    condition       text NOT NULL,
    threshold       double precision NOT NULL,
    time_window     bigint NOT NULL,            -- seconds
    enabled         boolean NOT NULL,
    notifications   text NOT NULL,              -- names of channels, comma-separated
    open_incident   text,                       -- a severity
    -- between evaluations
    active          boolean NOT NULL,
    last_triggered  timestamptz,
    version         bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);
CREATE INDEX alert_rules_tenant ON alert_rules (tenant_id, id);
CREATE INDEX alert_rules_enabled ON alert_rules (id) WHERE enabled;

CREATE TABLE incidents (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    title           text NOT NULL,
    severity        text NOT NULL,
    status          text NOT NULL,
    description     text NOT NULL,
    assigned_to     text,
    rule_id         uuid,                       -- the rule that opened it may be gone
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    resolved_at     timestamptz
);
CREATE INDEX incidents_tenant ON incidents (tenant_id, id);
-- One incident of a rule at a time.
CREATE UNIQUE INDEX incidents_open ON incidents (rule_id) WHERE resolved_at IS NULL;

CREATE TABLE incident_changes (
    incident_id     uuid NOT NULL REFERENCES incidents (id),
    place           bigint NOT NULL,            -- 1, 2, 3 within the incident
    at              timestamptz NOT NULL,
    actor           text NOT NULL,
    field           text NOT NULL,
    old             text,
    new             text,
    PRIMARY KEY (incident_id, place)
);

CREATE TABLE alert_firings (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    rule_id         uuid NOT NULL,              -- may be gone
    condition       text NOT NULL,
    incident_id     uuid,
    notification    text NOT NULL               -- JSON
);
CREATE INDEX alert_firings_tenant ON alert_firings (tenant_id, id);

-- The outbox: written with the firing, worked off by whichever node comes first.
CREATE TABLE deliveries (
    id              uuid PRIMARY KEY,
    firing_id       uuid NOT NULL REFERENCES alert_firings (id),
    tenant_id       uuid NOT NULL,
    channel         text NOT NULL,
    status          text NOT NULL,
    attempts        integer NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    reached         text NOT NULL,              -- JSON array
    reason          text,
    created_at      timestamptz NOT NULL,
    delivered_at    timestamptz
);
CREATE INDEX deliveries_firing ON deliveries (firing_id);
CREATE INDEX deliveries_due ON deliveries (channel, next_attempt_at) WHERE status = 'pending';

CREATE TABLE integrations (
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    kind            text NOT NULL,
    sealed          bytea NOT NULL,             -- JSON, encrypted
    updated_at      timestamptz NOT NULL,
    last_test       timestamptz,
    last_error      text,
    PRIMARY KEY (tenant_id, kind)
);
