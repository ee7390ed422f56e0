ALTER TABLE users ADD COLUMN last_active timestamptz;
-- Out of sight from then on; what it holds expires with retention.
ALTER TABLE projects ADD COLUMN deleted_at timestamptz;

CREATE TABLE sessions (
    id              uuid PRIMARY KEY,
    user_id         uuid NOT NULL REFERENCES users (id),
    digest          bytea NOT NULL UNIQUE,
    created_at      timestamptz NOT NULL,
    last_seen       timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

-- What tenants add to the built-in roles, policies and permissions, which are in the code.
CREATE TABLE grants (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    level           text NOT NULL,              -- role, policy or permission
    name            text NOT NULL,
    description     text,
    members         text NOT NULL,              -- JSON array: a role's policies, a policy's permissions
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    UNIQUE (tenant_id, level, name)
);

CREATE TABLE members (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    user_id         uuid NOT NULL REFERENCES users (id),
    role_id         uuid NOT NULL,              -- built in or of grants
    status          text NOT NULL,
    created_at      timestamptz NOT NULL,
    UNIQUE (tenant_id, user_id)
);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE invitations (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    email           text NOT NULL,
    role_id         uuid NOT NULL,
    digest          bytea NOT NULL UNIQUE,
    invited_by      text NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    accepted_at     timestamptz
);
CREATE UNIQUE INDEX invitations_open ON invitations (tenant_id, email) WHERE accepted_at IS NULL;

CREATE TABLE system_users (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    name            text NOT NULL,
    role_id         uuid NOT NULL,
    digest          bytea NOT NULL UNIQUE,
    preview         text NOT NULL,
    active          boolean NOT NULL,
    expires_at      timestamptz,
    last_used       timestamptz,
    created_at      timestamptz NOT NULL,
    UNIQUE (tenant_id, name)
);

CREATE TABLE audit (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL,
    actor           text NOT NULL,
    action          text NOT NULL,
    target          text NOT NULL,
    detail          text,
    ip_address      text,
    request_id      text NOT NULL,
    at              timestamptz NOT NULL
);
CREATE INDEX audit_tenant ON audit (tenant_id, id);

-- One row.
CREATE TABLE platform (
    single          boolean PRIMARY KEY DEFAULT true CHECK (single),
    maintenance     boolean NOT NULL
);
INSERT INTO platform (maintenance) VALUES (false);
