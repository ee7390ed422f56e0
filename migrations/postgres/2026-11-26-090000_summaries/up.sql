-- An error keeps a bounded beginning of its latest occurrence's texts, so that lists are bounded too: see
-- crates/domain/src/entity/summary.rs, which cuts by bytes. The occurrence keeps them whole.
UPDATE errors SET
    message = left(message, 8192),
    source = left(source, 2048),
    environment = left(environment, 2048),
    url = left(url, 2048),
    user_agent = left(user_agent, 2048),
    release = left(release, 2048)
WHERE octet_length(message) > 8192 OR octet_length(source) > 2048 OR octet_length(environment) > 2048
    OR octet_length(url) > 2048 OR octet_length(user_agent) > 2048 OR octet_length(release) > 2048;

-- A report could be stored with a time before the year 0 in UTC, which no answer can show.
UPDATE errors SET first_seen = '0001-01-01 00:00:00+00 BC' WHERE first_seen < '0001-01-01 00:00:00+00 BC';
UPDATE errors SET last_seen = '0001-01-01 00:00:00+00 BC',
    last_seen_minute = '0001-01-01 00:00:00+00 BC' WHERE last_seen < '0001-01-01 00:00:00+00 BC';
