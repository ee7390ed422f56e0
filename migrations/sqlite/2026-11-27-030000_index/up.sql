-- What is searched and counted of stored occurrences. Written by the indexer, out of the queue that recording fills
-- in its own transaction. Everything belongs to fingerprints, as occurrences do: merge and split move nothing.

-- Occurrences that are recorded and not indexed: one row a batch and project, with their ids of 16 bytes each.
CREATE TABLE index_queue (
    seq         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    project_id  BLOB NOT NULL,
    ids         BLOB NOT NULL
) STRICT;

-- Fingerprints that lost occurrences: what is counted of them is counted again.
CREATE TABLE index_rebuilds (
    project_id   BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    PRIMARY KEY (project_id, fingerprint)
) STRICT, WITHOUT ROWID;

-- Tags by number. The tag without value stands for every value of its key.
CREATE TABLE tag_values (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    project_id  BLOB NOT NULL,
    key         TEXT NOT NULL,
    value       TEXT,
    folded      TEXT,
    count       INTEGER NOT NULL DEFAULT 0      -- occurrences
) STRICT;
CREATE UNIQUE INDEX tag_values_value ON tag_values (project_id, key, value);
CREATE UNIQUE INDEX tag_values_key ON tag_values (project_id, key) WHERE value IS NULL;
CREATE INDEX tag_values_folded ON tag_values (project_id, key, folded);

-- One row an occurrence: what filters ask of it, without its texts.
CREATE TABLE occurrence_facts (
    project_id   BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    timestamp    INTEGER NOT NULL,
    id           BLOB NOT NULL,
    user_key     BLOB,
    tags         BLOB NOT NULL,                 -- numbers of tags, 8 bytes each, little-endian
    PRIMARY KEY (project_id, fingerprint, timestamp, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrence_facts_timestamp ON occurrence_facts (project_id, timestamp);

CREATE TABLE fingerprint_tags (
    project_id   BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    tag_id       INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    first_seen   INTEGER NOT NULL,
    last_seen    INTEGER NOT NULL,
    kept         INTEGER NOT NULL DEFAULT 0,    -- of a tag without value: values of its key
    PRIMARY KEY (project_id, fingerprint, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fingerprint_tags_tag ON fingerprint_tags (project_id, tag_id, last_seen);

CREATE TABLE fingerprint_users (
    project_id   BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    user_key     BLOB NOT NULL,
    PRIMARY KEY (project_id, fingerprint, user_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE fingerprint_figures (
    project_id   BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    count        INTEGER NOT NULL,              -- stored occurrences
    users        INTEGER NOT NULL,
    first_seen   INTEGER NOT NULL,
    last_seen    INTEGER NOT NULL,
    -- of the latest occurrence
    exception_type  TEXT,
    culprit      TEXT,
    PRIMARY KEY (project_id, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX fingerprint_figures_users ON fingerprint_figures (project_id, users);
CREATE INDEX fingerprint_figures_type ON fingerprint_figures (project_id, exception_type);
CREATE INDEX fingerprint_figures_culprit ON fingerprint_figures (project_id, culprit);

-- The newest distinct texts of a fingerprint, folded.
CREATE TABLE fingerprint_texts (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    project_id   BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    kind         INTEGER NOT NULL,              -- 0 message, 1 type, 2 value, 3 frame
    digest       BLOB NOT NULL,                 -- of the folded text
    folded       TEXT NOT NULL,
    seen_id      BLOB NOT NULL,                 -- the latest occurrence that has it
    times        INTEGER NOT NULL DEFAULT 1     -- how often it was indexed
) STRICT;
CREATE UNIQUE INDEX fingerprint_texts_digest ON fingerprint_texts (project_id, fingerprint, kind, digest);
CREATE INDEX fingerprint_texts_seen ON fingerprint_texts (project_id, fingerprint, seen_id);
CREATE VIRTUAL TABLE fingerprint_words USING fts5 (
    folded, content = 'fingerprint_texts', content_rowid = 'id', detail = 'none', tokenize = 'trigram case_sensitive 1'
);

-- What older versions stored is indexed after the start.
INSERT INTO index_queue (project_id, ids)
SELECT project_id, id FROM occurrences ORDER BY project_id, id;
