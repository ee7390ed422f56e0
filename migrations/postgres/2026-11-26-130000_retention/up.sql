-- When an error that was merged or split was first received; null for the others: created_at.
ALTER TABLE errors ADD COLUMN first_received timestamptz;

-- For retention, which finds what is old by these. Firings are found by their ids, activity by
-- error_activity_at.
CREATE INDEX audit_at ON audit (at);
CREATE INDEX incidents_resolved ON incidents (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX api_keys_ended ON api_keys ((coalesce(revoked_at, expires_at)));
CREATE INDEX invitations_ended ON invitations ((coalesce(accepted_at, expires_at)));
