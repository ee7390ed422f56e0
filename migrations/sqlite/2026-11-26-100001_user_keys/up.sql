-- Who was affected, as 16 bytes of a hash that Faultbook computes: users are counted without parsing them.
-- What older versions stored has none; the function faultbook_user_key, part of the program, computes it.
ALTER TABLE occurrences ADD COLUMN user_key BLOB;
