-- Versions of projects: known since their first occurrence, or announced. What they did is counted elsewhere.
CREATE TABLE releases (
    project_id   uuid NOT NULL,
    version      text NOT NULL,
    ref          text,                      -- what it was built of
    url          text,
    released_at  timestamptz,               -- as announced
    created_at   timestamptz NOT NULL,      -- when it became known here
    PRIMARY KEY (project_id, version)
);

-- Times at which a release was put into use.
CREATE TABLE deploys (
    id           uuid PRIMARY KEY,
    project_id   uuid NOT NULL,
    version      text NOT NULL,
    environment  text NOT NULL,
    at           timestamptz NOT NULL,
    url          text,
    FOREIGN KEY (project_id, version) REFERENCES releases ON DELETE CASCADE
);
CREATE INDEX deploys_release ON deploys (project_id, version, at);

-- What is stored already.
INSERT INTO releases (project_id, version, created_at)
SELECT project_id, release, min(received_at) FROM occurrences
WHERE char_length(release) BETWEEN 1 AND 200 AND release NOT IN ('.', '..')
  AND release !~ '^\s|\s$|[\u0001-\u001f\u007f-\u009f]'
GROUP BY project_id, release;
