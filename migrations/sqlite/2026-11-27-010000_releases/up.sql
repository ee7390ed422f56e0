-- Versions of projects: known since their first occurrence, or announced. What they did is counted elsewhere.
CREATE TABLE releases (
    project_id   BLOB NOT NULL,
    version      TEXT NOT NULL,
    ref          TEXT,                      -- what it was built of
    url          TEXT,
    released_at  INTEGER,                   -- as announced
    created_at   INTEGER NOT NULL,          -- when it became known here
    PRIMARY KEY (project_id, version)
) STRICT, WITHOUT ROWID;

-- Times at which a release was put into use.
CREATE TABLE deploys (
    id           BLOB NOT NULL PRIMARY KEY,
    project_id   BLOB NOT NULL,
    version      TEXT NOT NULL,
    environment  TEXT NOT NULL,
    at           INTEGER NOT NULL,
    url          TEXT,
    FOREIGN KEY (project_id, version) REFERENCES releases ON DELETE CASCADE
) STRICT;
CREATE INDEX deploys_release ON deploys (project_id, version, at);

-- What is stored already.
INSERT INTO releases (project_id, version, created_at)
SELECT project_id, release, min(received_at) FROM occurrences
WHERE length(release) BETWEEN 1 AND 200 AND release NOT IN ('.', '..') AND trim(release) = release
  AND release NOT GLOB '*[' || char(1) || '-' || char(31) || char(127) || '-' || char(159) || ']*'
GROUP BY project_id, release;
