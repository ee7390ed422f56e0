-- Changes of many errors that go on after their answer, and what is left of each.
CREATE TABLE jobs (
    id             uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    bound_project  uuid,                    -- of the caller's credential
    action         text NOT NULL,
    detail         text NOT NULL,           -- the action with its fields: JSON
    actor          text NOT NULL,
    total          bigint NOT NULL,
    done           bigint NOT NULL,
    state          text NOT NULL,           -- queued, running, done, failed
    error          text,
    created_at     timestamptz NOT NULL
);
CREATE INDEX jobs_open ON jobs (tenant_id) WHERE state IN ('queued', 'running');

CREATE TABLE job_steps (
    job_id       uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    place        bigint NOT NULL,
    errors       bytea NOT NULL,            -- ids of 16 bytes each
    attempts     integer NOT NULL,
    node         uuid,                      -- that it is given to
    given_until  timestamptz,
    PRIMARY KEY (job_id, place)
);
