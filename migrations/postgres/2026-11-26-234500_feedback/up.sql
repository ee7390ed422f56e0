-- What users say about events. fingerprint and event_at are the event's: with them an entry goes when its error is
-- deleted, and when the occurrence is past its time.
CREATE TABLE feedback (
    project_id   uuid NOT NULL,
    event_id     uuid NOT NULL,
    digest       uuid NOT NULL,             -- of the texts: an entry that is sent again is kept once
    fingerprint  uuid NOT NULL,
    event_at     timestamptz NOT NULL,
    name         text,
    email        text,
    message      text,
    url          text,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (project_id, event_id, digest)
);
CREATE INDEX feedback_fingerprint ON feedback (project_id, fingerprint);
CREATE INDEX feedback_event_at ON feedback (project_id, event_at);
