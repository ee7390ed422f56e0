-- What people have set for themselves.
ALTER TABLE users ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';
ALTER TABLE users ADD COLUMN theme text NOT NULL DEFAULT 'system';
ALTER TABLE users ADD COLUMN shortcuts boolean NOT NULL DEFAULT true;
ALTER TABLE users ADD COLUMN mail_assigned boolean NOT NULL DEFAULT true;
ALTER TABLE users ADD COLUMN mail_mentioned boolean NOT NULL DEFAULT true;
ALTER TABLE users ADD COLUMN mail_followed boolean NOT NULL DEFAULT true;

-- Rights to set a new password: sent by mail, valid for an hour, once.
CREATE TABLE password_resets (
    digest       bytea PRIMARY KEY,     -- SHA-256 of the token
    user_id      uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    used         boolean NOT NULL              -- or ended
);
CREATE INDEX password_resets_user ON password_resets (user_id, created_at);

-- Whether who set it may change the tenant.
ALTER TABLE integrations ADD COLUMN set_by_manager boolean NOT NULL DEFAULT false;
