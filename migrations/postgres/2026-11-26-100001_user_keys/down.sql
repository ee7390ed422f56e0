DROP FUNCTION faultbook_user_key(text);
ALTER TABLE occurrences DROP COLUMN user_key;
