-- Who was affected, as 16 bytes of a hash that Faultbook computes: users are counted without parsing them.
ALTER TABLE occurrences ADD COLUMN user_key uuid;

-- The key of what older versions stored. jsonb has numbers of a limited size and trees of a limited depth:
-- what it cannot hold counts as a whole.
CREATE FUNCTION faultbook_user_key(reporter text) RETURNS uuid LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    id text;
BEGIN
    BEGIN
        id := reporter::jsonb ->> 'id';
    EXCEPTION WHEN OTHERS THEN
        id := NULL;
    END;
    RETURN encode(substring(sha256(convert_to(coalesce(id, reporter), 'UTF8')) FROM 1 FOR 16), 'hex')::uuid;
END
$$;
