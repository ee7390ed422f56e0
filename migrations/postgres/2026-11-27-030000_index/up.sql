-- What is searched and counted of stored occurrences. Written by the indexer, out of the queue that recording fills
-- in its own transaction. Everything belongs to fingerprints, as occurrences do: merge and split move nothing.
-- Instants are microseconds since 1970.

-- Similar texts of any length are found by their trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Occurrences that are recorded and not indexed: one row a batch and project.
CREATE TABLE index_queue (
    seq         bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    project_id  uuid NOT NULL,
    ids         uuid[] NOT NULL,
    PRIMARY KEY (project_id, seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX index_queue_seq ON index_queue (seq);

-- Fingerprints that lost occurrences: what is counted of them is counted again.
CREATE TABLE index_rebuilds (
    project_id   uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    PRIMARY KEY (project_id, fingerprint)
);

-- Tags by number. The tag without value stands for every value of its key.
CREATE TABLE tag_values (
    id          bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    project_id  uuid NOT NULL,
    key         text COLLATE "C" NOT NULL,
    value       text COLLATE "C",
    folded      text COLLATE "C",
    count       bigint NOT NULL DEFAULT 0,      -- occurrences
    PRIMARY KEY (project_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX tag_values_value ON tag_values (project_id, key, value) NULLS NOT DISTINCT;
CREATE INDEX tag_values_key ON tag_values (project_id, key) WHERE value IS NULL;
CREATE INDEX tag_values_folded ON tag_values (project_id, key, folded);

-- One row an occurrence: what filters ask of it, without its texts.
CREATE TABLE occurrence_facts (
    project_id   uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    timestamp    bigint NOT NULL,
    id           uuid NOT NULL,
    user_key     uuid,
    tags         bigint[] NOT NULL,
    PRIMARY KEY (project_id, fingerprint, timestamp, id)
);
CREATE INDEX occurrence_facts_timestamp ON occurrence_facts (project_id, timestamp);

CREATE TABLE fingerprint_tags (
    project_id   uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    tag_id       bigint NOT NULL,
    count        bigint NOT NULL,
    first_seen   bigint NOT NULL,
    last_seen    bigint NOT NULL,
    kept         bigint NOT NULL DEFAULT 0,     -- of a tag without value: values of its key
    PRIMARY KEY (project_id, fingerprint, tag_id)
) WITH (fillfactor = 80);
CREATE INDEX fingerprint_tags_tag ON fingerprint_tags (project_id, tag_id, last_seen DESC);

CREATE TABLE fingerprint_users (
    project_id   uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    user_key     uuid NOT NULL,
    PRIMARY KEY (project_id, fingerprint, user_key)
);

CREATE TABLE fingerprint_figures (
    project_id   uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    count        bigint NOT NULL,               -- stored occurrences
    users        bigint NOT NULL,
    first_seen   bigint NOT NULL,
    last_seen    bigint NOT NULL,
    -- of the latest occurrence
    exception_type  text,
    culprit      text,
    PRIMARY KEY (project_id, fingerprint)
) WITH (fillfactor = 80);
CREATE INDEX fingerprint_figures_users ON fingerprint_figures (project_id, users DESC);
-- By hash: an index cannot hold long texts.
CREATE INDEX fingerprint_figures_type ON fingerprint_figures USING hash (exception_type);
CREATE INDEX fingerprint_figures_culprit ON fingerprint_figures USING hash (culprit);

-- The newest distinct texts of a fingerprint, folded.
CREATE TABLE fingerprint_texts (
    project_id   uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    kind         smallint NOT NULL,             -- 0 message, 1 type, 2 value, 3 frame
    digest       uuid NOT NULL,                 -- of the folded text
    folded       text COLLATE "C" NOT NULL,
    seen_id      uuid NOT NULL,                 -- the latest occurrence that has it
    PRIMARY KEY (project_id, fingerprint, kind, digest)
);
CREATE INDEX fingerprint_texts_seen ON fingerprint_texts (project_id, fingerprint, seen_id);
CREATE INDEX fingerprint_texts_words ON fingerprint_texts USING gin (folded gin_trgm_ops);

-- What older versions stored is indexed after the start.
INSERT INTO index_queue (project_id, ids)
SELECT project_id, array_agg(id) FROM (
  SELECT project_id, id, row_number() OVER (PARTITION BY project_id ORDER BY id) / 500 AS chunk FROM occurrences
) numbered
GROUP BY project_id, chunk;
