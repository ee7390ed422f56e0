-- What is known of many errors without reading each: tallies, ranks by which errors are listed, and of each
-- tag how many errors have it.

-- Of the errors of a state, too: those that are assigned, those whose time of resolution is known, and how long these took
-- to be resolved in all, in microseconds.
ALTER TABLE error_tallies
    ADD COLUMN assigned bigint NOT NULL DEFAULT 0,
    ADD COLUMN timed bigint NOT NULL DEFAULT 0,
    ADD COLUMN resolution bigint NOT NULL DEFAULT 0;
CREATE INDEX error_tallies_project ON error_tallies (project_id);

-- How long an error took to be resolved, in microseconds: see `resolution_start` in the domain.
CREATE FUNCTION faultbook_resolution(e errors) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (extract(epoch FROM e.resolved_at - CASE
        WHEN coalesce(e.first_received, e.created_at) - e.first_seen > 30 * interval '24 hours'
        THEN coalesce(e.first_received, e.created_at) ELSE e.first_seen END) * 1000000)::bigint
    WHERE e.resolved
$$;

-- What an error adds to the tallies.
CREATE FUNCTION faultbook_tally_of(e errors, sign bigint) RETURNS error_tallies LANGUAGE sql STABLE AS $$
    SELECT e.project_id, faultbook_state(e.resolved, e.ignored, e.regressed), sign, sign * e.count,
      sign * (e.assigned_to IS NOT NULL)::int, sign * (faultbook_resolution(e) IS NOT NULL)::int,
      sign * coalesce(faultbook_resolution(e), 0)
$$;

UPDATE error_tallies t SET assigned = n.assigned, timed = n.timed, resolution = n.resolution
FROM (
  SELECT project_id, state, min(ctid) AS one FROM error_tallies GROUP BY project_id, state
) o JOIN (
  SELECT project_id, faultbook_state(resolved, ignored, regressed) AS state, count(assigned_to) AS assigned,
    count(faultbook_resolution(errors)) AS timed, coalesce(sum(faultbook_resolution(errors)), 0)::bigint AS resolution
  FROM errors GROUP BY 1, 2
) n USING (project_id, state)
WHERE t.ctid = o.one;

CREATE OR REPLACE FUNCTION faultbook_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO error_tallies SELECT t.* FROM faultbook_tally_of(OLD, -1) t;
    END IF;
    IF TG_OP = 'DELETE' THEN
        DELETE FROM error_ranks WHERE project_id = OLD.project_id AND error_id = OLD.id;
    ELSE
        INSERT INTO error_tallies SELECT t.* FROM faultbook_tally_of(NEW, 1) t;
    END IF;
    RETURN NULL;
END
$$;

-- Not for the statement of recording, which names none of these columns.
DROP TRIGGER errors_decided ON errors;
CREATE TRIGGER errors_decided
AFTER UPDATE OF resolved, resolved_at, ignored, regressed, assigned_to, revision ON errors
FOR EACH ROW WHEN ((OLD.resolved, OLD.resolved_at, OLD.ignored, OLD.regressed, OLD.assigned_to IS NULL, OLD.count,
    OLD.first_seen, OLD.first_received)
  IS DISTINCT FROM (NEW.resolved, NEW.resolved_at, NEW.ignored, NEW.regressed, NEW.assigned_to IS NULL, NEW.count,
    NEW.first_seen, NEW.first_received))
EXECUTE FUNCTION faultbook_tally();

-- An occurrence that is recorded late may be the first of a resolved error.
CREATE FUNCTION faultbook_tally_resolution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO error_tallies (project_id, state, errors, occurrences, resolution)
    VALUES (NEW.project_id, 3, 0, 0, coalesce(faultbook_resolution(NEW) - faultbook_resolution(OLD), 0));
    RETURN NULL;
END
$$;
CREATE TRIGGER errors_reached_back AFTER UPDATE OF first_seen ON errors
FOR EACH ROW WHEN (NEW.resolved AND OLD.first_seen <> NEW.first_seen AND OLD.revision = NEW.revision)
EXECUTE FUNCTION faultbook_tally_resolution();

-- Errors in a state by their last sight.
CREATE INDEX errors_open ON errors (project_id, last_seen_minute DESC) WHERE NOT resolved AND NOT ignored;
CREATE INDEX errors_resolved ON errors (project_id, last_seen_minute DESC) WHERE resolved;
CREATE INDEX errors_ignored ON errors (project_id, last_seen_minute DESC) WHERE ignored;
CREATE INDEX errors_regressed ON errors (project_id, last_seen_minute DESC) WHERE regressed;
CREATE INDEX errors_assigned ON errors (project_id, last_seen_minute DESC) WHERE assigned_to IS NOT NULL;
-- As in the migration of lookups: the key is to be the youngest of the indexes that begin with the project.
ALTER TABLE errors DROP CONSTRAINT errors_pkey,
    ADD PRIMARY KEY (project_id, id) WITH (deduplicate_items = off);

-- Occurrences of a fingerprint in the hours by which errors are ranked by trend, as seen from the hour below, and until
-- when there are occurrences that retention took out.
ALTER TABLE fingerprint_figures
    ADD COLUMN recent bigint NOT NULL DEFAULT 0,
    ADD COLUMN before bigint NOT NULL DEFAULT 0,
    ADD COLUMN gone_until bigint;
DROP INDEX fingerprint_figures_users;

CREATE TABLE trend_hours (
    project_id  uuid PRIMARY KEY,
    hour        bigint NOT NULL                 -- microseconds since 1970
);
INSERT INTO trend_hours (project_id, hour)
SELECT id, (extract(epoch FROM date_trunc('hour', now(), 'UTC')) * 1000000)::bigint FROM projects;

UPDATE fingerprint_figures g SET recent = n.recent, before = n.before
FROM (
  SELECT x.project_id, x.fingerprint,
    count(*) FILTER (WHERE x.timestamp >= h.hour - 82800000000) AS recent,
    count(*) FILTER (WHERE x.timestamp < h.hour - 82800000000) AS before
  FROM occurrence_facts x JOIN trend_hours h ON h.project_id = x.project_id
  WHERE x.timestamp >= h.hour - 687600000000 AND x.timestamp < h.hour + 3600000000
  GROUP BY x.project_id, x.fingerprint
) n
WHERE g.project_id = n.project_id AND g.fingerprint = n.fingerprint;

-- Errors by what changes with each report, written by the indexer, and by whoever moves fingerprints.
CREATE TABLE error_ranks (
    project_id  uuid NOT NULL,
    error_id    uuid NOT NULL,
    count       bigint NOT NULL,
    users       bigint NOT NULL,
    trend       bigint NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
INSERT INTO error_ranks (project_id, error_id, count, users, trend)
SELECT e.project_id, e.id, e.count, CASE WHEN s.prints > 1 THEN (
    SELECT count(DISTINCT u.user_key) FROM error_fingerprints f
    JOIN fingerprint_users u ON u.project_id = f.project_id AND u.fingerprint = f.fingerprint
    WHERE f.project_id = e.project_id AND f.error_id = e.id
  ) ELSE s.users END, 7000000000 * (s.recent + 1) / (s.before + 7)
FROM errors e
JOIN (
  SELECT f.project_id, f.error_id, count(*) AS prints, coalesce(max(g.users), 0) AS users,
    coalesce(sum(g.recent), 0)::bigint AS recent, coalesce(sum(g.before), 0)::bigint AS before
  FROM error_fingerprints f
  LEFT JOIN fingerprint_figures g ON g.project_id = f.project_id AND g.fingerprint = f.fingerprint
  GROUP BY f.project_id, f.error_id
) s ON s.project_id = e.project_id AND s.error_id = e.id;
CREATE INDEX error_ranks_count ON error_ranks (project_id, count DESC, error_id DESC);
CREATE INDEX error_ranks_users ON error_ranks (project_id, users DESC, error_id DESC);
CREATE INDEX error_ranks_trend ON error_ranks (project_id, trend DESC, error_id DESC);
ALTER TABLE error_ranks ADD PRIMARY KEY (project_id, error_id) WITH (deduplicate_items = off);

-- Errors that have the tag.
ALTER TABLE tag_values ADD COLUMN errors bigint NOT NULL DEFAULT 0;
UPDATE tag_values v SET errors = n.errors
FROM (
  SELECT t.project_id, t.tag_id, count(DISTINCT f.error_id) AS errors FROM fingerprint_tags t
  JOIN error_fingerprints f ON f.project_id = t.project_id AND f.fingerprint = t.fingerprint
  GROUP BY t.project_id, t.tag_id
) n
WHERE v.project_id = n.project_id AND v.id = n.tag_id;
