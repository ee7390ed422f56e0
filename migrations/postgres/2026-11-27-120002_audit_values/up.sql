-- Who did it and to what, as they were called then, what the fields were and are, and the words that are found.
ALTER TABLE audit ADD COLUMN actor_name text NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN actor_email text;
ALTER TABLE audit ADD COLUMN target_name text;
ALTER TABLE audit ADD COLUMN old text;
ALTER TABLE audit ADD COLUMN new text;
ALTER TABLE audit ADD COLUMN words text NOT NULL DEFAULT '';
