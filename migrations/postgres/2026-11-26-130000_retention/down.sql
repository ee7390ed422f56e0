DROP INDEX invitations_ended;
DROP INDEX api_keys_ended;
DROP INDEX incidents_resolved;
DROP INDEX audit_at;
ALTER TABLE errors DROP COLUMN first_received;
