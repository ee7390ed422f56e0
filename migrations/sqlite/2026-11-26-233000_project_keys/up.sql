-- Credentials of SDKs. projects.public_key is written as before, for nodes of an earlier version.
CREATE TABLE project_keys (
    id               BLOB NOT NULL PRIMARY KEY,
    tenant_id        BLOB NOT NULL REFERENCES tenants (id),
    project_id       BLOB NOT NULL REFERENCES projects (id),
    name             TEXT NOT NULL,
    public_key       TEXT NOT NULL UNIQUE,
    enabled          INTEGER NOT NULL DEFAULT 1,
    allowed_origins  TEXT NOT NULL DEFAULT '[]',  -- JSON array of origins
    source           TEXT,
    rate_limit       INTEGER,
    last_used        INTEGER,
    created_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX project_keys_project ON project_keys (tenant_id, project_id, created_at);

-- A project's first key has the project's id.
INSERT INTO project_keys (id, tenant_id, project_id, name, public_key, created_at)
SELECT id, tenant_id, id, 'Default', public_key, created_at FROM projects;
