-- Credentials of SDKs. projects.public_key is written as before, for nodes of an earlier version.
CREATE TABLE project_keys (
    id               uuid PRIMARY KEY,
    tenant_id        uuid NOT NULL REFERENCES tenants (id),
    project_id       uuid NOT NULL REFERENCES projects (id),
    name             text NOT NULL,
    public_key       text NOT NULL UNIQUE,
    enabled          boolean NOT NULL DEFAULT true,
    allowed_origins  text NOT NULL DEFAULT '[]',  -- JSON array of origins
    source           text,
    rate_limit       integer,
    last_used        timestamptz,
    created_at       timestamptz NOT NULL
);
CREATE INDEX project_keys_project ON project_keys (tenant_id, project_id, created_at);

-- A project's first key has the project's id.
INSERT INTO project_keys (id, tenant_id, project_id, name, public_key, created_at)
SELECT id, tenant_id, id, 'Default', public_key, created_at FROM projects;
