-- What people have set for themselves.
ALTER TABLE users ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE users ADD COLUMN theme TEXT NOT NULL DEFAULT 'system';
ALTER TABLE users ADD COLUMN shortcuts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN mail_assigned INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN mail_mentioned INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN mail_followed INTEGER NOT NULL DEFAULT 1;

-- Rights to set a new password: sent by mail, valid for an hour, once.
CREATE TABLE password_resets (
    digest       BLOB PRIMARY KEY NOT NULL,     -- SHA-256 of the token
    user_id      BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    used         INTEGER NOT NULL              -- or ended
) STRICT, WITHOUT ROWID;
CREATE INDEX password_resets_user ON password_resets (user_id, created_at);

-- Whether who set it may change the tenant.
ALTER TABLE integrations ADD COLUMN set_by_manager INTEGER NOT NULL DEFAULT 0;
