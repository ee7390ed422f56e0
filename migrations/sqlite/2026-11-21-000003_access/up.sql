ALTER TABLE users ADD COLUMN last_active INTEGER;
-- Out of sight from then on; what it holds expires with retention.
ALTER TABLE projects ADD COLUMN deleted_at INTEGER;

CREATE TABLE sessions (
    id              BLOB NOT NULL PRIMARY KEY,
    user_id         BLOB NOT NULL REFERENCES users (id),
    digest          BLOB NOT NULL UNIQUE,
    created_at      INTEGER NOT NULL,
    last_seen       INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);

-- What tenants add to the built-in roles, policies and permissions, which are in the code.
CREATE TABLE grants (
    id              BLOB NOT NULL PRIMARY KEY,
    tenant_id       BLOB NOT NULL REFERENCES tenants (id),
    level           TEXT NOT NULL,              -- role, policy or permission
    name            TEXT NOT NULL,
    description     TEXT,
    members         TEXT NOT NULL,              -- JSON array: a role's policies, a policy's permissions
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    UNIQUE (tenant_id, level, name)
) STRICT;

CREATE TABLE members (
    id              BLOB NOT NULL PRIMARY KEY,
    tenant_id       BLOB NOT NULL REFERENCES tenants (id),
    user_id         BLOB NOT NULL REFERENCES users (id),
    role_id         BLOB NOT NULL,              -- built in or of grants
    status          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (tenant_id, user_id)
) STRICT;
CREATE INDEX members_user ON members (user_id);

CREATE TABLE invitations (
    id              BLOB NOT NULL PRIMARY KEY,
    tenant_id       BLOB NOT NULL REFERENCES tenants (id),
    email           TEXT NOT NULL,
    role_id         BLOB NOT NULL,
    digest          BLOB NOT NULL UNIQUE,
    invited_by      TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    accepted_at     INTEGER
) STRICT;
CREATE UNIQUE INDEX invitations_open ON invitations (tenant_id, email) WHERE accepted_at IS NULL;

CREATE TABLE system_users (
    id              BLOB NOT NULL PRIMARY KEY,
    tenant_id       BLOB NOT NULL REFERENCES tenants (id),
    name            TEXT NOT NULL,
    role_id         BLOB NOT NULL,
    digest          BLOB NOT NULL UNIQUE,
    preview         TEXT NOT NULL,
    active          INTEGER NOT NULL,
    expires_at      INTEGER,
    last_used       INTEGER,
    created_at      INTEGER NOT NULL,
    UNIQUE (tenant_id, name)
) STRICT;

CREATE TABLE audit (
    id              BLOB NOT NULL PRIMARY KEY,
    tenant_id       BLOB NOT NULL,
    actor           TEXT NOT NULL,
    action          TEXT NOT NULL,
    target          TEXT NOT NULL,
    detail          TEXT,
    ip_address      TEXT,
    request_id      TEXT NOT NULL,
    at              INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_tenant ON audit (tenant_id, id);

-- One row.
CREATE TABLE platform (
    single          INTEGER NOT NULL PRIMARY KEY DEFAULT 1 CHECK (single = 1),
    maintenance     INTEGER NOT NULL
) STRICT;
INSERT INTO platform (maintenance) VALUES (0);
