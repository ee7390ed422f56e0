-- Errors of a project by state, and the occurrences that they ever had. Recording adds the occurrences of errors that
-- there are; triggers see to the rest. States: 0 open, 1 regressed (open too), 2 ignored, 3 resolved.
CREATE TABLE error_tallies (
    project_id   BLOB NOT NULL,
    state        INTEGER NOT NULL,
    errors       INTEGER NOT NULL,
    occurrences  INTEGER NOT NULL,
    PRIMARY KEY (project_id, state)
) STRICT, WITHOUT ROWID;

INSERT INTO error_tallies (project_id, state, errors, occurrences)
SELECT project_id,
  CASE WHEN resolved THEN 3 WHEN ignored THEN 2 WHEN regressed THEN 1 ELSE 0 END,
  count(*), sum(count)
FROM errors GROUP BY 1, 2;

CREATE TRIGGER errors_made AFTER INSERT ON errors BEGIN
    INSERT INTO error_tallies (project_id, state, errors, occurrences) VALUES (
      new.project_id,
      CASE WHEN new.resolved THEN 3 WHEN new.ignored THEN 2 WHEN new.regressed THEN 1 ELSE 0 END,
      1, new.count)
    ON CONFLICT (project_id, state) DO UPDATE SET
      errors = errors + 1, occurrences = occurrences + excluded.occurrences;
END;

CREATE TRIGGER errors_gone AFTER DELETE ON errors BEGIN
    UPDATE error_tallies SET errors = errors - 1, occurrences = occurrences - old.count
    WHERE project_id = old.project_id AND state =
      CASE WHEN old.resolved THEN 3 WHEN old.ignored THEN 2 WHEN old.regressed THEN 1 ELSE 0 END;
END;

-- Not for statements of recording, which name none of these columns.
CREATE TRIGGER errors_decided AFTER UPDATE OF resolved, ignored, regressed ON errors
WHEN old.resolved <> new.resolved OR old.ignored <> new.ignored OR old.regressed <> new.regressed
  OR old.count <> new.count
BEGIN
    UPDATE error_tallies SET errors = errors - 1, occurrences = occurrences - old.count
    WHERE project_id = old.project_id AND state =
      CASE WHEN old.resolved THEN 3 WHEN old.ignored THEN 2 WHEN old.regressed THEN 1 ELSE 0 END;
    INSERT INTO error_tallies (project_id, state, errors, occurrences) VALUES (
      new.project_id,
      CASE WHEN new.resolved THEN 3 WHEN new.ignored THEN 2 WHEN new.regressed THEN 1 ELSE 0 END,
      1, new.count)
    ON CONFLICT (project_id, state) DO UPDATE SET
      errors = errors + 1, occurrences = occurrences + excluded.occurrences;
END;

-- How a fingerprint came to its error (null: with its first occurrence), and how many of its occurrences error_hourly
-- counts no more.
ALTER TABLE error_fingerprints ADD COLUMN joined_at INTEGER;
ALTER TABLE error_fingerprints ADD COLUMN joined_by TEXT;        -- an actor
ALTER TABLE error_fingerprints ADD COLUMN merged_from BLOB;      -- the error it came with
ALTER TABLE error_fingerprints ADD COLUMN expired_count INTEGER NOT NULL DEFAULT 0;
UPDATE error_fingerprints SET expired_count = missing.count
FROM (
  SELECT e.project_id, min(f.fingerprint) AS fingerprint, e.count - coalesce((
    SELECT sum(h.count) FROM error_fingerprints o
    JOIN error_hourly h ON h.project_id = o.project_id AND h.fingerprint = o.fingerprint
    WHERE o.project_id = e.project_id AND o.error_id = e.id), 0) AS count
  FROM errors e JOIN error_fingerprints f ON f.project_id = e.project_id AND f.error_id = e.id
  GROUP BY e.project_id, e.id
) missing
WHERE missing.count > 0 AND missing.project_id = error_fingerprints.project_id
  AND missing.fingerprint = error_fingerprints.fingerprint;

-- For new errors of a range.
CREATE INDEX IF NOT EXISTS errors_first_seen ON errors (project_id, first_seen);

CREATE INDEX incidents_unresolved ON incidents (tenant_id) WHERE resolved_at IS NULL;

-- Stored occurrences by UTC day of receipt, which their ids carry: days since 1970.
CREATE TABLE fingerprint_days (
    project_id   BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    day          INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (project_id, fingerprint, day)
) STRICT, WITHOUT ROWID;

-- Of the occurrences that a fingerprint ever had, by their own time: the earliest, and the earliest and latest that
-- named a release. Retention leaves it.
CREATE TABLE fingerprint_releases (
    project_id    BLOB NOT NULL,
    fingerprint   BLOB NOT NULL,
    seen_at       INTEGER NOT NULL,
    seen_id       BLOB NOT NULL,
    seen_release  TEXT,
    first_at      INTEGER,
    first_id      BLOB,
    first_release TEXT,
    last_at       INTEGER,
    last_id       BLOB,
    last_release  TEXT,
    PRIMARY KEY (project_id, fingerprint)
) STRICT, WITHOUT ROWID;

-- Occurrences that named a release; what they had else as in project_hourly. Kept as long as counts are.
CREATE TABLE release_hourly (
    project_id   BLOB NOT NULL,
    hour         INTEGER NOT NULL,
    release      TEXT NOT NULL,
    source       TEXT NOT NULL,
    environment  TEXT NOT NULL,
    level        TEXT NOT NULL,
    severity     TEXT NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (project_id, hour, release, source, environment, level, severity)
) STRICT, WITHOUT ROWID;

CREATE TABLE fingerprint_release_hourly (
    project_id   BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    hour         INTEGER NOT NULL,
    release      TEXT NOT NULL,
    source       TEXT NOT NULL,
    environment  TEXT NOT NULL,
    level        TEXT NOT NULL,
    severity     TEXT NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (project_id, fingerprint, hour, release, source, environment, level, severity)
) STRICT, WITHOUT ROWID;

-- What is indexed already. A UUIDv7 begins with 48 bits of milliseconds.
INSERT INTO fingerprint_days (project_id, fingerprint, day, count)
SELECT project_id, fingerprint, (
    (instr('0123456789ABCDEF', substr(digits, 1, 1)) - 1) * 17592186044416
  + (instr('0123456789ABCDEF', substr(digits, 2, 1)) - 1) * 1099511627776
  + (instr('0123456789ABCDEF', substr(digits, 3, 1)) - 1) * 68719476736
  + (instr('0123456789ABCDEF', substr(digits, 4, 1)) - 1) * 4294967296
  + (instr('0123456789ABCDEF', substr(digits, 5, 1)) - 1) * 268435456
  + (instr('0123456789ABCDEF', substr(digits, 6, 1)) - 1) * 16777216
  + (instr('0123456789ABCDEF', substr(digits, 7, 1)) - 1) * 1048576
  + (instr('0123456789ABCDEF', substr(digits, 8, 1)) - 1) * 65536
  + (instr('0123456789ABCDEF', substr(digits, 9, 1)) - 1) * 4096
  + (instr('0123456789ABCDEF', substr(digits, 10, 1)) - 1) * 256
  + (instr('0123456789ABCDEF', substr(digits, 11, 1)) - 1) * 16
  + (instr('0123456789ABCDEF', substr(digits, 12, 1)) - 1)
  ) / 86400000 AS day, count(*)
FROM (SELECT project_id, fingerprint, hex(substr(id, 1, 6)) AS digits FROM occurrence_facts)
GROUP BY 1, 2, 3;

INSERT INTO fingerprint_releases (project_id, fingerprint, seen_at, seen_id, seen_release)
SELECT project_id, fingerprint, timestamp, id, release FROM (
  SELECT x.project_id, x.fingerprint, x.timestamp, x.id, substr(o.release, 1, 200) AS release,
    row_number() OVER (PARTITION BY x.project_id, x.fingerprint ORDER BY x.timestamp, x.id) AS place
  FROM occurrence_facts x JOIN occurrences o ON o.project_id = x.project_id AND o.id = x.id
) WHERE place = 1;

UPDATE fingerprint_releases SET first_at = f.timestamp, first_id = f.id, first_release = f.release
FROM (
  SELECT x.project_id, x.fingerprint, x.timestamp, x.id, substr(o.release, 1, 200) AS release,
    row_number() OVER (PARTITION BY x.project_id, x.fingerprint ORDER BY x.timestamp, x.id) AS place
  FROM occurrence_facts x JOIN occurrences o ON o.project_id = x.project_id AND o.id = x.id
  WHERE trim(o.release) <> ''
) f
WHERE f.place = 1 AND f.project_id = fingerprint_releases.project_id
  AND f.fingerprint = fingerprint_releases.fingerprint;

UPDATE fingerprint_releases SET last_at = f.timestamp, last_id = f.id, last_release = f.release
FROM (
  SELECT x.project_id, x.fingerprint, x.timestamp, x.id, substr(o.release, 1, 200) AS release,
    row_number() OVER (PARTITION BY x.project_id, x.fingerprint ORDER BY x.timestamp DESC, x.id DESC) AS place
  FROM occurrence_facts x JOIN occurrences o ON o.project_id = x.project_id AND o.id = x.id
  WHERE trim(o.release) <> ''
) f
WHERE f.place = 1 AND f.project_id = fingerprint_releases.project_id
  AND f.fingerprint = fingerprint_releases.fingerprint;

INSERT INTO fingerprint_release_hourly
  (project_id, fingerprint, hour, release, source, environment, level, severity, count)
SELECT x.project_id, x.fingerprint,
  x.timestamp - ((x.timestamp % 3600000000) + 3600000000) % 3600000000, substr(o.release, 1, 200),
  substr(o.source, 1, 200), substr(o.environment, 1, 200), o.level, o.severity, count(*)
FROM occurrence_facts x JOIN occurrences o ON o.project_id = x.project_id AND o.id = x.id
WHERE trim(o.release) <> ''
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

INSERT INTO release_hourly (project_id, hour, release, source, environment, level, severity, count)
SELECT project_id, hour, release, source, environment, level, severity, sum(count)
FROM fingerprint_release_hourly GROUP BY 1, 2, 3, 4, 5, 6, 7;
