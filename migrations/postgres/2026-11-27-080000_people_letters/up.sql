-- Entries of activity logs that somebody may have to be told of.
CREATE TABLE untold_activity (
    project_id     uuid NOT NULL,
    activity_id    uuid NOT NULL,
    only_mentions  boolean NOT NULL,        -- only whom the comment mentions
    PRIMARY KEY (activity_id, project_id)
);

-- E-mails to members about what happened to errors. Those that ended are kept for a while, so that nobody is told twice.
CREATE TABLE letters (
    id               uuid PRIMARY KEY,
    tenant_id        uuid NOT NULL,
    project_id       uuid NOT NULL,
    activity_id      uuid NOT NULL,
    others           integer NOT NULL,      -- other errors that the same happened to at the same time
    member_id        uuid NOT NULL,
    reason           text NOT NULL,         -- assigned, mentioned, followed
    status           text NOT NULL,         -- pending, delivered, failed
    attempts         integer NOT NULL,
    next_attempt_at  timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    failure          text,                  -- of the last attempt
    UNIQUE (activity_id, member_id)
);
CREATE INDEX letters_due ON letters (next_attempt_at) WHERE status = 'pending';
CREATE INDEX letters_member ON letters (member_id, created_at);
CREATE INDEX letters_created ON letters (created_at);
