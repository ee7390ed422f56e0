-- Scripts and source maps that build tools upload: bundles arrive in chunks, and are kept as files of their tenant.
CREATE TABLE artifact_chunks (
    tenant_id  BLOB NOT NULL,
    digest     BLOB NOT NULL,              -- SHA-1
    blob_id    BLOB NOT NULL,
    size       INTEGER NOT NULL,
    stored     INTEGER NOT NULL,
    added_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, digest)
) STRICT;
CREATE INDEX artifact_chunks_added ON artifact_chunks (added_at);

CREATE TABLE artifacts (
    id           BLOB NOT NULL PRIMARY KEY,
    tenant_id    BLOB NOT NULL,
    checksum     BLOB NOT NULL,            -- SHA-1 of the bundle
    state        TEXT NOT NULL,             -- created, stored, failed
    failure      TEXT,
    chunks       BLOB NOT NULL,            -- their digests, 20 bytes each
    size         INTEGER NOT NULL,
    files        INTEGER NOT NULL,
    debug_ids    INTEGER NOT NULL,
    uploaded_by  TEXT NOT NULL,
    uploaded_at  INTEGER NOT NULL,
    last_used    INTEGER,
    node         BLOB,                      -- that works on it
    given_until  INTEGER,
    told         INTEGER NOT NULL DEFAULT 0,  -- whether what missed it was told
    UNIQUE (tenant_id, checksum)
) STRICT;
CREATE INDEX artifacts_open ON artifacts (uploaded_at) WHERE state = 'created';
CREATE INDEX artifacts_uploaded ON artifacts (uploaded_at);

CREATE TABLE artifact_places (
    artifact_id  BLOB NOT NULL REFERENCES artifacts ON DELETE CASCADE,
    project_id   BLOB NOT NULL,
    release      TEXT NOT NULL,             -- '' for none
    dist         TEXT NOT NULL,             -- '' for none
    PRIMARY KEY (artifact_id, project_id, release, dist)
) STRICT, WITHOUT ROWID;
CREATE INDEX artifact_places_project ON artifact_places (project_id, release);

CREATE TABLE artifact_files (
    tenant_id  BLOB NOT NULL,
    digest     BLOB NOT NULL,              -- SHA-256
    blob_id    BLOB NOT NULL,
    size       INTEGER NOT NULL,
    stored     INTEGER NOT NULL,
    added_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, digest)
) STRICT;
CREATE INDEX artifact_files_added ON artifact_files (added_at);

CREATE TABLE artifact_entries (
    artifact_id  BLOB NOT NULL REFERENCES artifacts ON DELETE CASCADE,
    place        INTEGER NOT NULL,          -- in the manifest
    tenant_id    BLOB NOT NULL,
    url          TEXT NOT NULL,
    url_key      BLOB NOT NULL,             -- of the URL's SHA-256
    kind         TEXT NOT NULL,
    debug_id     BLOB,
    digest       BLOB NOT NULL,            -- of its file
    size         INTEGER NOT NULL,
    source_map   TEXT,
    PRIMARY KEY (artifact_id, place)
) STRICT;
CREATE INDEX artifact_entries_debug_id ON artifact_entries (tenant_id, debug_id) WHERE debug_id IS NOT NULL;
CREATE INDEX artifact_entries_url ON artifact_entries (tenant_id, url_key);
CREATE INDEX artifact_entries_file ON artifact_entries (tenant_id, digest);

CREATE TABLE artifact_blobs (
    id     BLOB NOT NULL,
    place  INTEGER NOT NULL,
    data   BLOB NOT NULL,                  -- compressed already
    PRIMARY KEY (id, place)
) STRICT;

-- The commits of releases, as build tools tell them: JSON.
CREATE TABLE release_commits (
    project_id  BLOB NOT NULL,
    version     TEXT NOT NULL,
    commits     TEXT NOT NULL,
    refs        TEXT NOT NULL,
    count       INTEGER NOT NULL,
    last        TEXT,                       -- id of the newest
    PRIMARY KEY (project_id, version),
    FOREIGN KEY (project_id, version) REFERENCES releases ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Source maps that events wanted in vain, by the fingerprint of their occurrences.
CREATE TABLE artifact_misses (
    project_id   BLOB NOT NULL,
    key          BLOB NOT NULL,             -- a debug id, or of release, dist and path
    fingerprint  BLOB NOT NULL,
    noted_at     INTEGER NOT NULL,
    due_at       INTEGER,                   -- from then on its occurrences are worked on
    PRIMARY KEY (project_id, key, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX artifact_misses_due ON artifact_misses (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX artifact_misses_noted ON artifact_misses (noted_at);
