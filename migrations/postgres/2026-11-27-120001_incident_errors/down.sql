DROP INDEX incidents_status;
DROP TABLE incident_errors;
ALTER TABLE incident_changes DROP COLUMN text;
