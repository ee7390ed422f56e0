ALTER TABLE tag_values DROP COLUMN errors;
DROP TABLE trend_hours;
ALTER TABLE fingerprint_figures DROP COLUMN recent, DROP COLUMN before, DROP COLUMN gone_until;
CREATE INDEX fingerprint_figures_users ON fingerprint_figures (project_id, users DESC);
DROP INDEX errors_open, errors_resolved, errors_ignored, errors_regressed, errors_assigned;
DROP TRIGGER errors_reached_back ON errors;
DROP FUNCTION faultbook_tally_resolution;
DROP TRIGGER errors_decided ON errors;
CREATE OR REPLACE FUNCTION faultbook_tally() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER errors_decided AFTER UPDATE OF resolved, ignored, regressed, revision ON errors
FOR EACH ROW WHEN ((OLD.resolved, OLD.ignored, OLD.regressed, OLD.count)
  IS DISTINCT FROM (NEW.resolved, NEW.ignored, NEW.regressed, NEW.count))
EXECUTE FUNCTION faultbook_tally();
DROP FUNCTION faultbook_tally_of, faultbook_resolution;
DROP TABLE error_ranks;
DROP INDEX error_tallies_project;
ALTER TABLE error_tallies DROP COLUMN assigned, DROP COLUMN timed, DROP COLUMN resolution;
