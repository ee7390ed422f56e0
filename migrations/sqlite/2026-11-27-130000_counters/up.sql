-- What is known of many errors without reading each: tallies, ranks by which errors are listed, and of each
-- tag how many errors have it.

-- The number of an error's state in tallies, and how long it took to resolve it, in microseconds: see `resolution_start`
-- in the domain.
ALTER TABLE errors ADD COLUMN state INTEGER GENERATED ALWAYS AS (CASE WHEN resolved THEN 3 WHEN ignored THEN 2
    WHEN regressed THEN 1 ELSE 0 END) VIRTUAL;
ALTER TABLE errors ADD COLUMN resolution INTEGER GENERATED ALWAYS AS (CASE WHEN resolved THEN
    resolved_at - CASE WHEN coalesce(first_received, created_at) - first_seen > 2592000000000
    THEN coalesce(first_received, created_at) ELSE first_seen END END) VIRTUAL;

-- Of the errors of a state, too: those that are assigned, those whose time of resolution is known, and how long these took
-- to be resolved in all, in microseconds.
ALTER TABLE error_tallies ADD COLUMN assigned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE error_tallies ADD COLUMN timed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE error_tallies ADD COLUMN resolution INTEGER NOT NULL DEFAULT 0;
UPDATE error_tallies SET assigned = n.assigned, timed = n.timed, resolution = n.resolution
FROM (
  SELECT project_id, state, count(assigned_to) AS assigned, count(resolution) AS timed,
    coalesce(sum(resolution), 0) AS resolution
  FROM errors GROUP BY project_id, state
) n
WHERE error_tallies.project_id = n.project_id AND error_tallies.state = n.state;

DROP TRIGGER errors_made;
DROP TRIGGER errors_gone;
DROP TRIGGER errors_decided;

CREATE TRIGGER errors_made AFTER INSERT ON errors BEGIN
    INSERT INTO error_tallies (project_id, state, errors, occurrences, assigned, timed, resolution)
    VALUES (new.project_id, new.state, 1, new.count, new.assigned_to IS NOT NULL,
        new.resolution IS NOT NULL, coalesce(new.resolution, 0))
    ON CONFLICT (project_id, state) DO UPDATE SET errors = errors + 1, occurrences = occurrences + excluded.occurrences,
        assigned = assigned + excluded.assigned, timed = timed + excluded.timed,
        resolution = resolution + excluded.resolution;
END;

CREATE TRIGGER errors_gone AFTER DELETE ON errors BEGIN
    UPDATE error_tallies SET errors = errors - 1, occurrences = occurrences - old.count,
        assigned = assigned - (old.assigned_to IS NOT NULL), timed = timed - (old.resolution IS NOT NULL),
        resolution = resolution - coalesce(old.resolution, 0)
    WHERE project_id = old.project_id AND state = old.state;
    DELETE FROM error_ranks WHERE project_id = old.project_id AND error_id = old.id;
END;

-- Not for statements of recording, which name none of these columns: they tell what they change.
CREATE TRIGGER errors_decided
AFTER UPDATE OF resolved, resolved_at, ignored, regressed, assigned_to, first_received ON errors
WHEN old.state <> new.state OR old.count <> new.count OR old.resolution IS NOT new.resolution
  OR (old.assigned_to IS NULL) <> (new.assigned_to IS NULL)
BEGIN
    UPDATE error_tallies SET errors = errors - 1, occurrences = occurrences - old.count,
        assigned = assigned - (old.assigned_to IS NOT NULL), timed = timed - (old.resolution IS NOT NULL),
        resolution = resolution - coalesce(old.resolution, 0)
    WHERE project_id = old.project_id AND state = old.state;
    INSERT INTO error_tallies (project_id, state, errors, occurrences, assigned, timed, resolution)
    VALUES (new.project_id, new.state, 1, new.count, new.assigned_to IS NOT NULL,
        new.resolution IS NOT NULL, coalesce(new.resolution, 0))
    ON CONFLICT (project_id, state) DO UPDATE SET errors = errors + 1, occurrences = occurrences + excluded.occurrences,
        assigned = assigned + excluded.assigned, timed = timed + excluded.timed,
        resolution = resolution + excluded.resolution;
END;

-- Errors by their last sight, of all and in a state. The list's index held what lists once filtered by.
DROP INDEX errors_list;
CREATE INDEX errors_last_seen ON errors (project_id, last_seen, id);
CREATE INDEX errors_open ON errors (project_id, last_seen, id) WHERE NOT resolved AND NOT ignored;
CREATE INDEX errors_resolved ON errors (project_id, last_seen, id) WHERE resolved;
CREATE INDEX errors_ignored ON errors (project_id, last_seen, id) WHERE ignored;
CREATE INDEX errors_regressed ON errors (project_id, last_seen, id) WHERE regressed;
CREATE INDEX errors_assigned ON errors (project_id, last_seen, id) WHERE assigned_to IS NOT NULL;
DROP INDEX errors_first_seen;
CREATE INDEX errors_first_seen ON errors (project_id, first_seen, id);

-- Occurrences of a fingerprint in the hours by which errors are ranked by trend, as seen from the hour below, and until
-- when there are occurrences that retention took out.
ALTER TABLE fingerprint_figures ADD COLUMN recent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fingerprint_figures ADD COLUMN before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fingerprint_figures ADD COLUMN gone_until INTEGER;
DROP INDEX fingerprint_figures_users;

CREATE TABLE trend_hours (
    project_id  BLOB NOT NULL PRIMARY KEY,
    hour        INTEGER NOT NULL                -- microseconds since 1970
) STRICT, WITHOUT ROWID;
INSERT INTO trend_hours (project_id, hour) SELECT id, unixepoch() / 3600 * 3600000000 FROM projects;

UPDATE fingerprint_figures SET recent = n.recent, before = n.before
FROM (
  SELECT x.project_id, x.fingerprint,
    count(*) FILTER (WHERE x.timestamp >= h.hour - 82800000000) AS recent,
    count(*) FILTER (WHERE x.timestamp < h.hour - 82800000000) AS before
  FROM trend_hours h CROSS JOIN occurrence_facts x
  WHERE x.project_id = h.project_id AND x.timestamp >= h.hour - 687600000000
    AND x.timestamp < h.hour + 3600000000
  GROUP BY x.project_id, x.fingerprint
) n
WHERE fingerprint_figures.project_id = n.project_id AND fingerprint_figures.fingerprint = n.fingerprint;

-- Errors by what changes with each report, written by the indexer, and by whoever moves fingerprints.
CREATE TABLE error_ranks (
    project_id  BLOB NOT NULL,
    error_id    BLOB NOT NULL,
    count       INTEGER NOT NULL,
    users       INTEGER NOT NULL,
    trend       INTEGER NOT NULL,
    PRIMARY KEY (project_id, error_id)
) STRICT, WITHOUT ROWID;
INSERT INTO error_ranks (project_id, error_id, count, users, trend)
SELECT e.project_id, e.id, e.count, CASE WHEN count(*) > 1 THEN (
    SELECT count(DISTINCT u.user_key) FROM error_fingerprints o
    JOIN fingerprint_users u ON u.project_id = o.project_id AND u.fingerprint = o.fingerprint
    WHERE o.project_id = e.project_id AND o.error_id = e.id
  ) ELSE coalesce(max(g.users), 0) END,
  7000000000 * (coalesce(sum(g.recent), 0) + 1) / (coalesce(sum(g.before), 0) + 7)
FROM errors e
JOIN error_fingerprints f ON f.project_id = e.project_id AND f.error_id = e.id
LEFT JOIN fingerprint_figures g ON g.project_id = f.project_id AND g.fingerprint = f.fingerprint
GROUP BY e.project_id, e.id;
CREATE INDEX error_ranks_count ON error_ranks (project_id, count, error_id);
CREATE INDEX error_ranks_users ON error_ranks (project_id, users, error_id);
CREATE INDEX error_ranks_trend ON error_ranks (project_id, trend, error_id);

-- Errors that have the tag.
ALTER TABLE tag_values ADD COLUMN errors INTEGER NOT NULL DEFAULT 0;
UPDATE tag_values SET errors = n.errors
FROM (
  SELECT t.project_id, t.tag_id, count(DISTINCT f.error_id) AS errors FROM fingerprint_tags t
  JOIN error_fingerprints f ON f.project_id = t.project_id AND f.fingerprint = t.fingerprint
  GROUP BY t.project_id, t.tag_id
) n
WHERE tag_values.project_id = n.project_id AND tag_values.id = n.tag_id;
