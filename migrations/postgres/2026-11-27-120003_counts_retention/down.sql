ALTER TABLE projects DROP COLUMN counts_retention_days;
