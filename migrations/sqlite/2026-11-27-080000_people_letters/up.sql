-- Entries of activity logs that somebody may have to be told of.
CREATE TABLE untold_activity (
    project_id     BLOB NOT NULL,
    activity_id    BLOB NOT NULL,
    only_mentions  INTEGER NOT NULL,        -- only whom the comment mentions
    PRIMARY KEY (activity_id, project_id)
) STRICT, WITHOUT ROWID;

-- E-mails to members about what happened to errors. Those that ended are kept for a while, so that nobody is told twice.
CREATE TABLE letters (
    id               BLOB NOT NULL PRIMARY KEY,
    tenant_id        BLOB NOT NULL,
    project_id       BLOB NOT NULL,
    activity_id      BLOB NOT NULL,
    others           INTEGER NOT NULL,      -- other errors that the same happened to at the same time
    member_id        BLOB NOT NULL,
    reason           TEXT NOT NULL,         -- assigned, mentioned, followed
    status           TEXT NOT NULL,         -- pending, delivered, failed
    attempts         INTEGER NOT NULL,
    next_attempt_at  INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    failure          TEXT,                  -- of the last attempt
    UNIQUE (activity_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX letters_due ON letters (next_attempt_at) WHERE status = 'pending';
CREATE INDEX letters_member ON letters (member_id, created_at);
CREATE INDEX letters_created ON letters (created_at);
