-- Errors of a project by state, and the occurrences that they ever had: changes, to be added up. Nobody updates a row,
-- so that no writer waits for another; the indexer joins them. Recording adds the occurrences of errors that there are
-- and the errors that it makes; triggers see to the rest. States: 0 open, 1 regressed (open too), 2 ignored, 3 resolved.
CREATE TABLE error_tallies (
    project_id   uuid NOT NULL,
    state        smallint NOT NULL,
    errors       bigint NOT NULL,
    occurrences  bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

CREATE FUNCTION faultbook_state(resolved boolean, ignored boolean, regressed boolean) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (CASE WHEN resolved THEN 3 WHEN ignored THEN 2 WHEN regressed THEN 1 ELSE 0 END)::smallint
$$;

INSERT INTO error_tallies (project_id, state, errors, occurrences)
SELECT project_id, faultbook_state(resolved, ignored, regressed), count(*), sum(count)::bigint
FROM errors GROUP BY 1, 2;

CREATE FUNCTION faultbook_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO error_tallies VALUES (OLD.project_id,
          faultbook_state(OLD.resolved, OLD.ignored, OLD.regressed), -1, -OLD.count);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO error_tallies VALUES (NEW.project_id,
          faultbook_state(NEW.resolved, NEW.ignored, NEW.regressed), 1, NEW.count);
    END IF;
    RETURN NULL;
END
$$;

-- An error that a split makes has a revision; those that recording makes have none yet.
CREATE TRIGGER errors_made AFTER INSERT ON errors
FOR EACH ROW WHEN (NEW.revision > 0) EXECUTE FUNCTION faultbook_tally();
CREATE TRIGGER errors_gone AFTER DELETE ON errors
FOR EACH ROW EXECUTE FUNCTION faultbook_tally();
-- Not for the statement of recording, which names none of these columns.
CREATE TRIGGER errors_decided AFTER UPDATE OF resolved, ignored, regressed, revision ON errors
FOR EACH ROW WHEN ((OLD.resolved, OLD.ignored, OLD.regressed, OLD.count)
  IS DISTINCT FROM (NEW.resolved, NEW.ignored, NEW.regressed, NEW.count))
EXECUTE FUNCTION faultbook_tally();

-- How a fingerprint came to its error (null: with its first occurrence), and how many of its occurrences error_hourly
-- counts no more.
ALTER TABLE error_fingerprints
    ADD COLUMN joined_at timestamptz,
    ADD COLUMN joined_by text,                  -- an actor
    ADD COLUMN merged_from uuid,                -- the error it came with
    ADD COLUMN expired_count bigint NOT NULL DEFAULT 0;
UPDATE error_fingerprints f SET expired_count = missing.count
FROM (
  SELECT e.project_id, (min(f.fingerprint::text))::uuid AS fingerprint, e.count - coalesce((
    SELECT sum(h.count)::bigint FROM error_fingerprints o
    JOIN error_hourly h ON h.project_id = o.project_id AND h.fingerprint = o.fingerprint
    WHERE o.project_id = e.project_id AND o.error_id = e.id), 0) AS count
  FROM errors e JOIN error_fingerprints f ON f.project_id = e.project_id AND f.error_id = e.id
  GROUP BY e.project_id, e.id
) missing
WHERE missing.count > 0 AND f.project_id = missing.project_id AND f.fingerprint = missing.fingerprint;

-- For new errors of a range. Wider than the key, as the list's index is, and the key is made again after it: of two
-- indexes of which nothing is known, that of fewer levels is taken, and of equals the younger.
CREATE INDEX IF NOT EXISTS errors_first_seen ON errors (project_id, first_seen) INCLUDE (id, created_at);
ALTER TABLE errors DROP CONSTRAINT errors_pkey,
    ADD PRIMARY KEY (project_id, id) WITH (deduplicate_items = off);

CREATE INDEX incidents_unresolved ON incidents (tenant_id) WHERE resolved_at IS NULL;

-- Stored occurrences by UTC day of receipt, which their ids carry: days since 1970.
CREATE TABLE fingerprint_days (
    project_id   uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    day          bigint NOT NULL,
    count        bigint NOT NULL,
    PRIMARY KEY (project_id, fingerprint, day)
) WITH (fillfactor = 80);

-- Of the occurrences that a fingerprint ever had, by their own time: the earliest, and the earliest and latest that
-- named a release. Retention leaves it. Instants are microseconds since 1970.
CREATE TABLE fingerprint_releases (
    project_id    uuid NOT NULL,
    fingerprint   uuid NOT NULL,
    seen_at       bigint NOT NULL,
    seen_id       uuid NOT NULL,
    seen_release  text,
    first_at      bigint,
    first_id      uuid,
    first_release text,
    last_at       bigint,
    last_id       uuid,
    last_release  text,
    PRIMARY KEY (project_id, fingerprint)
) WITH (fillfactor = 80);

-- Occurrences that named a release; what they had else as in project_hourly. Kept as long as counts are. Hours are
-- microseconds since 1970.
CREATE TABLE release_hourly (
    project_id   uuid NOT NULL,
    hour         bigint NOT NULL,
    release      text COLLATE "C" NOT NULL,
    source       text COLLATE "C" NOT NULL,
    environment  text COLLATE "C" NOT NULL,
    level        text COLLATE "C" NOT NULL,
    severity     text COLLATE "C" NOT NULL,
    count        bigint NOT NULL,
    PRIMARY KEY (project_id, hour, release, source, environment, level, severity)
) WITH (fillfactor = 80);

CREATE TABLE fingerprint_release_hourly (
    project_id   uuid NOT NULL,
    fingerprint  uuid NOT NULL,
    hour         bigint NOT NULL,
    release      text COLLATE "C" NOT NULL,
    source       text COLLATE "C" NOT NULL,
    environment  text COLLATE "C" NOT NULL,
    level        text COLLATE "C" NOT NULL,
    severity     text COLLATE "C" NOT NULL,
    count        bigint NOT NULL,
    PRIMARY KEY (project_id, fingerprint, hour, release, source, environment, level, severity)
) WITH (fillfactor = 80);

-- What is indexed already. A UUIDv7 begins with 48 bits of milliseconds.
INSERT INTO fingerprint_days (project_id, fingerprint, day, count)
SELECT project_id, fingerprint,
  ('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint / 86400000 AS day, count(*)
FROM occurrence_facts GROUP BY 1, 2, 3;

INSERT INTO fingerprint_releases (project_id, fingerprint, seen_at, seen_id, seen_release)
SELECT DISTINCT ON (x.project_id, x.fingerprint)
  x.project_id, x.fingerprint, x.timestamp, x.id, left(o.release, 200)
FROM occurrence_facts x JOIN occurrences o ON o.project_id = x.project_id AND o.id = x.id
ORDER BY x.project_id, x.fingerprint, x.timestamp, x.id;

UPDATE fingerprint_releases r SET first_at = f.timestamp, first_id = f.id, first_release = f.release
FROM (
  SELECT DISTINCT ON (x.project_id, x.fingerprint)
    x.project_id, x.fingerprint, x.timestamp, x.id, left(o.release, 200) AS release
  FROM occurrence_facts x JOIN occurrences o ON o.project_id = x.project_id AND o.id = x.id
  WHERE btrim(o.release) <> ''
  ORDER BY x.project_id, x.fingerprint, x.timestamp, x.id
) f
WHERE r.project_id = f.project_id AND r.fingerprint = f.fingerprint;

UPDATE fingerprint_releases r SET last_at = f.timestamp, last_id = f.id, last_release = f.release
FROM (
  SELECT DISTINCT ON (x.project_id, x.fingerprint)
    x.project_id, x.fingerprint, x.timestamp, x.id, left(o.release, 200) AS release
  FROM occurrence_facts x JOIN occurrences o ON o.project_id = x.project_id AND o.id = x.id
  WHERE btrim(o.release) <> ''
  ORDER BY x.project_id, x.fingerprint, x.timestamp DESC, x.id DESC
) f
WHERE r.project_id = f.project_id AND r.fingerprint = f.fingerprint;

INSERT INTO fingerprint_release_hourly
  (project_id, fingerprint, hour, release, source, environment, level, severity, count)
SELECT x.project_id, x.fingerprint,
  x.timestamp - ((x.timestamp % 3600000000) + 3600000000) % 3600000000, left(o.release, 200),
  left(o.source, 200), left(o.environment, 200), o.level, o.severity, count(*)
FROM occurrence_facts x JOIN occurrences o ON o.project_id = x.project_id AND o.id = x.id
WHERE btrim(o.release) <> ''
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

INSERT INTO release_hourly (project_id, hour, release, source, environment, level, severity, count)
SELECT project_id, hour, release, source, environment, level, severity, sum(count)::bigint
FROM fingerprint_release_hourly GROUP BY 1, 2, 3, 4, 5, 6, 7;
