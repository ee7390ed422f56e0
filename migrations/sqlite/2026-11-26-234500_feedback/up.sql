-- What users say about events. fingerprint and event_at are the event's: with them an entry goes when its error is
-- deleted, and when the occurrence is past its time.
CREATE TABLE feedback (
    project_id   BLOB NOT NULL,
    event_id     BLOB NOT NULL,
    digest       BLOB NOT NULL,             -- of the texts: an entry that is sent again is kept once
    fingerprint  BLOB NOT NULL,
    event_at     INTEGER NOT NULL,
    name         TEXT,
    email        TEXT,
    message      TEXT,
    url          TEXT,
    received_at  INTEGER NOT NULL,
    PRIMARY KEY (project_id, event_id, digest)
) STRICT;
CREATE INDEX feedback_fingerprint ON feedback (project_id, fingerprint);
CREATE INDEX feedback_event_at ON feedback (project_id, event_at);
