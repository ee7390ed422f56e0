-- Days that a project's counts are kept; the installation's when null.
ALTER TABLE projects ADD COLUMN counts_retention_days integer;
