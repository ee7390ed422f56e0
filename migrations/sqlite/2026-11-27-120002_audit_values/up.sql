-- Who did it and to what, as they were called then, what the fields were and are, and the words that are found.
ALTER TABLE audit ADD COLUMN actor_name TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN actor_email TEXT;
ALTER TABLE audit ADD COLUMN target_name TEXT;
ALTER TABLE audit ADD COLUMN old TEXT;
ALTER TABLE audit ADD COLUMN new TEXT;
ALTER TABLE audit ADD COLUMN words TEXT NOT NULL DEFAULT '';
