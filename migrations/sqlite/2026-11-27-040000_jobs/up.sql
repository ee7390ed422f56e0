-- Changes of many errors that go on after their answer, and what is left of each.
CREATE TABLE jobs (
    id             BLOB NOT NULL PRIMARY KEY,
    tenant_id      BLOB NOT NULL,
    bound_project  BLOB,                    -- of the caller's credential
    action         TEXT NOT NULL,
    detail         TEXT NOT NULL,           -- the action with its fields: JSON
    actor          TEXT NOT NULL,
    total          INTEGER NOT NULL,
    done           INTEGER NOT NULL,
    state          TEXT NOT NULL,           -- queued, running, done, failed
    error          TEXT,
    created_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_open ON jobs (tenant_id) WHERE state IN ('queued', 'running');

CREATE TABLE job_steps (
    job_id       BLOB NOT NULL REFERENCES jobs ON DELETE CASCADE,
    place        INTEGER NOT NULL,
    errors       BLOB NOT NULL,             -- ids of 16 bytes each
    attempts     INTEGER NOT NULL,
    node         BLOB,                      -- that it is given to
    given_until  INTEGER,
    PRIMARY KEY (job_id, place)
) STRICT, WITHOUT ROWID;
