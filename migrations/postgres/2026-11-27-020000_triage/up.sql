-- What people decide about errors. No index may hold what each report changes: updates stay heap-only.
ALTER TABLE errors
    ADD COLUMN resolved_in text,                -- name, and release after a blank; null of what is resolved: now
    ADD COLUMN ignored boolean NOT NULL DEFAULT false,
    ADD COLUMN ignore_terms text,               -- JSON: the terms, and what is left of them
    ADD COLUMN reopen_at timestamptz,           -- until when it is ignored
    ADD COLUMN assigned_to uuid;                -- a member
CREATE INDEX errors_reopen_at ON errors (reopen_at) WHERE reopen_at IS NOT NULL;
CREATE INDEX errors_assigned_to ON errors (assigned_to) WHERE assigned_to IS NOT NULL;

-- Users who had occurrences of an error when it was ignored until others come, and those who came since.
CREATE TABLE ignored_users (
    project_id   uuid NOT NULL,
    error_id     uuid NOT NULL,
    user_key     uuid NOT NULL,                 -- of the person: see UserKey::of_person
    PRIMARY KEY (project_id, error_id, user_key)
);

-- Whether it was recorded while its error was ignored, so that it counts for no alert rule.
ALTER TABLE occurrences ADD COLUMN ignored boolean NOT NULL DEFAULT false;

-- How many of the occurrences in error_hourly those are.
CREATE TABLE ignored_hourly (
    project_id   uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    hour         timestamptz NOT NULL,
    source       text NOT NULL,
    environment  text NOT NULL,
    level        text NOT NULL,
    severity     text NOT NULL,
    count        bigint NOT NULL,
    PRIMARY KEY (project_id, fingerprint, hour, source, environment, level, severity)
) WITH (fillfactor = 70);
ALTER INDEX ignored_hourly_pkey SET (deduplicate_items = off);
CREATE INDEX ignored_hourly_hour ON ignored_hourly USING brin (hour);

ALTER TABLE alert_rules ADD COLUMN include_ignored boolean NOT NULL DEFAULT false;

-- Bookmarks and follows.
CREATE TABLE error_marks (
    project_id   uuid NOT NULL,
    error_id     uuid NOT NULL,
    principal    text NOT NULL,                 -- an actor
    kind         text NOT NULL,                 -- bookmark or follow
    PRIMARY KEY (project_id, error_id, principal, kind)
);
CREATE INDEX error_marks_principal ON error_marks (principal, project_id, kind, error_id);

CREATE TABLE error_comments (
    project_id   uuid NOT NULL,
    id           uuid NOT NULL,
    error_id     uuid NOT NULL,
    author       text NOT NULL,                 -- an actor
    text         text NOT NULL,                 -- Markdown
    mentions     text NOT NULL,                 -- ids of members, comma-separated
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX error_comments_error ON error_comments (project_id, error_id, id);
