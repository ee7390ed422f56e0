-- What an update says, or what the rule did that opened the incident.
ALTER TABLE incident_changes ADD COLUMN text text;

-- Errors that are linked to incidents. An error that was merged into another is followed, one that was deleted goes.
CREATE TABLE incident_errors (
    incident_id     uuid NOT NULL REFERENCES incidents (id),
    place           bigint NOT NULL,             -- 1, 2, 3 within the incident
    project_id      uuid NOT NULL,
    error_id        uuid NOT NULL,
    PRIMARY KEY (incident_id, place)
);
CREATE INDEX incident_errors_error ON incident_errors (project_id, error_id);
-- Incidents are counted by status.
CREATE INDEX incidents_status ON incidents (tenant_id, status, severity);
