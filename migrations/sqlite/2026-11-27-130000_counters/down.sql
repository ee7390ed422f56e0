ALTER TABLE tag_values DROP COLUMN errors;
DROP TABLE trend_hours;
ALTER TABLE fingerprint_figures DROP COLUMN recent;
ALTER TABLE fingerprint_figures DROP COLUMN before;
ALTER TABLE fingerprint_figures DROP COLUMN gone_until;
CREATE INDEX fingerprint_figures_users ON fingerprint_figures (project_id, users);
DROP TRIGGER errors_made;
DROP TRIGGER errors_gone;
DROP TRIGGER errors_decided;
DROP INDEX errors_last_seen;
DROP INDEX errors_open;
DROP INDEX errors_resolved;
DROP INDEX errors_ignored;
DROP INDEX errors_regressed;
DROP INDEX errors_assigned;
DROP INDEX errors_first_seen;
CREATE INDEX errors_first_seen ON errors (project_id, first_seen);
CREATE INDEX errors_list ON errors
    (project_id, last_seen, id, count, first_seen, resolved, level, severity, environment, source);
ALTER TABLE errors DROP COLUMN resolution;
ALTER TABLE errors DROP COLUMN state;
DROP TABLE error_ranks;
ALTER TABLE error_tallies DROP COLUMN resolution;
ALTER TABLE error_tallies DROP COLUMN timed;
ALTER TABLE error_tallies DROP COLUMN assigned;
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
