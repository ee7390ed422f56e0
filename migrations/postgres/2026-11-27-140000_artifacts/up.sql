-- Scripts and source maps that build tools upload: bundles arrive in chunks, and are kept as files of their tenant.
CREATE TABLE artifact_chunks (
    tenant_id  uuid NOT NULL,
    digest     bytea NOT NULL,              -- SHA-1
    blob_id    uuid NOT NULL,
    size       bigint NOT NULL,
    stored     bigint NOT NULL,
    added_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, digest)
);
CREATE INDEX artifact_chunks_added ON artifact_chunks (added_at);

CREATE TABLE artifacts (
    id           uuid PRIMARY KEY,
    tenant_id    uuid NOT NULL,
    checksum     bytea NOT NULL,            -- SHA-1 of the bundle
    state        text NOT NULL,             -- created, stored, failed
    failure      text,
    chunks       bytea NOT NULL,            -- their digests, 20 bytes each
    size         bigint NOT NULL,
    files        integer NOT NULL,
    debug_ids    integer NOT NULL,
    uploaded_by  text NOT NULL,
    uploaded_at  timestamptz NOT NULL,
    last_used    timestamptz,
    node         uuid,                      -- that works on it
    given_until  timestamptz,
    told         boolean NOT NULL DEFAULT false,  -- whether what missed it was told
    UNIQUE (tenant_id, checksum)
);
CREATE INDEX artifacts_open ON artifacts (uploaded_at) WHERE state = 'created';
CREATE INDEX artifacts_uploaded ON artifacts (uploaded_at);

CREATE TABLE artifact_places (
    artifact_id  uuid NOT NULL REFERENCES artifacts ON DELETE CASCADE,
    project_id   uuid NOT NULL,
    release      text NOT NULL,             -- '' for none
    dist         text NOT NULL,             -- '' for none
    PRIMARY KEY (artifact_id, project_id, release, dist)
);
CREATE INDEX artifact_places_project ON artifact_places (project_id, release);

CREATE TABLE artifact_files (
    tenant_id  uuid NOT NULL,
    digest     bytea NOT NULL,              -- SHA-256
    blob_id    uuid NOT NULL,
    size       bigint NOT NULL,
    stored     bigint NOT NULL,
    added_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, digest)
);
CREATE INDEX artifact_files_added ON artifact_files (added_at);

CREATE TABLE artifact_entries (
    artifact_id  uuid NOT NULL REFERENCES artifacts ON DELETE CASCADE,
    place        integer NOT NULL,          -- in the manifest
    tenant_id    uuid NOT NULL,
    url          text NOT NULL,
    url_key      uuid NOT NULL,             -- of the URL's SHA-256
    kind         text NOT NULL,
    debug_id     uuid,
    digest       bytea NOT NULL,            -- of its file
    size         bigint NOT NULL,
    source_map   text,
    PRIMARY KEY (artifact_id, place)
);
CREATE INDEX artifact_entries_debug_id ON artifact_entries (tenant_id, debug_id) WHERE debug_id IS NOT NULL;
CREATE INDEX artifact_entries_url ON artifact_entries (tenant_id, url_key);
CREATE INDEX artifact_entries_file ON artifact_entries (tenant_id, digest);

CREATE TABLE artifact_blobs (
    id     uuid NOT NULL,
    place  integer NOT NULL,
    data   bytea NOT NULL,                  -- compressed already
    PRIMARY KEY (id, place)
);
ALTER TABLE artifact_blobs ALTER COLUMN data SET STORAGE EXTERNAL;

-- The commits of releases, as build tools tell them: JSON.
CREATE TABLE release_commits (
    project_id  uuid NOT NULL,
    version     text NOT NULL,
    commits     text NOT NULL,
    refs        text NOT NULL,
    count       bigint NOT NULL,
    last        text,                       -- id of the newest
    PRIMARY KEY (project_id, version),
    FOREIGN KEY (project_id, version) REFERENCES releases ON DELETE CASCADE
);

-- Source maps that events wanted in vain, by the fingerprint of their occurrences.
CREATE TABLE artifact_misses (
    project_id   uuid NOT NULL,
    key          uuid NOT NULL,             -- a debug id, or of release, dist and path
    fingerprint  uuid NOT NULL,
    noted_at     timestamptz NOT NULL,
    due_at       timestamptz,               -- from then on its occurrences are worked on
    PRIMARY KEY (project_id, key, fingerprint)
);
CREATE INDEX artifact_misses_due ON artifact_misses (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX artifact_misses_noted ON artifact_misses (noted_at);
