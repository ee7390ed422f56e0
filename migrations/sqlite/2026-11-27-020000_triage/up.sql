-- What people decide about errors.
ALTER TABLE errors ADD COLUMN resolved_in TEXT;      -- name, and release after a blank; null of what is resolved: now
ALTER TABLE errors ADD COLUMN ignored INTEGER NOT NULL DEFAULT 0;
ALTER TABLE errors ADD COLUMN ignore_terms TEXT;     -- JSON: the terms, and what is left of them
ALTER TABLE errors ADD COLUMN reopen_at INTEGER;     -- until when it is ignored
ALTER TABLE errors ADD COLUMN assigned_to BLOB;      -- a member
CREATE INDEX errors_reopen_at ON errors (reopen_at) WHERE reopen_at IS NOT NULL;
CREATE INDEX errors_assigned_to ON errors (assigned_to) WHERE assigned_to IS NOT NULL;

-- Users who had occurrences of an error when it was ignored until others come, and those who came since.
CREATE TABLE ignored_users (
    project_id   BLOB NOT NULL,
    error_id     BLOB NOT NULL,
    user_key     BLOB NOT NULL,                 -- of the person: see UserKey::of_person
    PRIMARY KEY (project_id, error_id, user_key)
) STRICT, WITHOUT ROWID;

-- Whether it was recorded while its error was ignored, so that it counts for no alert rule.
ALTER TABLE occurrences ADD COLUMN ignored INTEGER NOT NULL DEFAULT 0;

-- How many of the occurrences in error_hourly those are.
CREATE TABLE ignored_hourly (
    project_id   BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    hour         INTEGER NOT NULL,
    source       TEXT NOT NULL,
    environment  TEXT NOT NULL,
    level        TEXT NOT NULL,
    severity     TEXT NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (project_id, fingerprint, hour, source, environment, level, severity)
) STRICT, WITHOUT ROWID;

ALTER TABLE alert_rules ADD COLUMN include_ignored INTEGER NOT NULL DEFAULT 0;

-- Bookmarks and follows.
CREATE TABLE error_marks (
    project_id   BLOB NOT NULL,
    error_id     BLOB NOT NULL,
    principal    TEXT NOT NULL,                 -- an actor
    kind         TEXT NOT NULL,                 -- bookmark or follow
    PRIMARY KEY (project_id, error_id, principal, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX error_marks_principal ON error_marks (principal, project_id, kind, error_id);

CREATE TABLE error_comments (
    project_id   BLOB NOT NULL,
    id           BLOB NOT NULL,
    error_id     BLOB NOT NULL,
    author       TEXT NOT NULL,                 -- an actor
    text         TEXT NOT NULL,                 -- Markdown
    mentions     TEXT NOT NULL,                 -- ids of members, comma-separated
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (project_id, id)
) STRICT;
CREATE INDEX error_comments_error ON error_comments (project_id, error_id, id);
