ALTER TABLE occurrences DROP COLUMN user_key;
