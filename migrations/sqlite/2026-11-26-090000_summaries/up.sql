-- An error keeps a bounded beginning of its latest occurrence's texts, so that lists are bounded too: see
-- crates/domain/src/entity/summary.rs, which cuts by bytes. The occurrence keeps them whole.
UPDATE errors SET
    message = substr(message, 1, 8192),
    source = substr(source, 1, 2048),
    environment = substr(environment, 1, 2048),
    url = substr(url, 1, 2048),
    user_agent = substr(user_agent, 1, 2048),
    release = substr(release, 1, 2048)
WHERE octet_length(message) > 8192 OR octet_length(source) > 2048 OR octet_length(environment) > 2048
    OR octet_length(url) > 2048 OR octet_length(user_agent) > 2048 OR octet_length(release) > 2048;

-- A report could be stored with a time before the year 0 in UTC, which no answer can show. Microseconds since 1970.
UPDATE errors SET first_seen = -62167219200000000 WHERE first_seen < -62167219200000000;
UPDATE errors SET last_seen = -62167219200000000 WHERE last_seen < -62167219200000000;
