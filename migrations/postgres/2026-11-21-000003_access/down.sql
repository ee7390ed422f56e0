DROP TABLE platform;
DROP TABLE audit;
DROP TABLE system_users;
DROP TABLE invitations;
DROP TABLE members;
DROP TABLE grants;
DROP TABLE sessions;
ALTER TABLE projects DROP COLUMN deleted_at;
ALTER TABLE users DROP COLUMN last_active;
