ALTER TABLE integrations DROP COLUMN set_by_manager;
DROP TABLE password_resets;
ALTER TABLE users DROP COLUMN mail_followed;
ALTER TABLE users DROP COLUMN mail_mentioned;
ALTER TABLE users DROP COLUMN mail_assigned;
ALTER TABLE users DROP COLUMN shortcuts;
ALTER TABLE users DROP COLUMN theme;
ALTER TABLE users DROP COLUMN time_zone;
