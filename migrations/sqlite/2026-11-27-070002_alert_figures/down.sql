ALTER TABLE integrations DROP COLUMN last_took_us;
ALTER TABLE integrations DROP COLUMN last_result;
DROP INDEX deliveries_tenant;
ALTER TABLE deliveries DROP COLUMN took_us;
ALTER TABLE deliveries DROP COLUMN last_attempt_at;
ALTER TABLE deliveries DROP COLUMN result;
DROP TABLE rule_peaks;
