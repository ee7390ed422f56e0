-- What each node measured. Not of any project: of the installation.

CREATE TABLE health_samples (
    service        TEXT NOT NULL,
    at             INTEGER NOT NULL,
    node           BLOB NOT NULL,
    healthy        INTEGER NOT NULL,
    response_us    INTEGER NOT NULL,
    PRIMARY KEY (service, at, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX health_samples_at ON health_samples (at);

CREATE TABLE host_samples (
    at             INTEGER NOT NULL,
    node           BLOB NOT NULL,
    cpu_percent    REAL NOT NULL,
    memory_percent REAL NOT NULL,
    disk_percent   REAL NOT NULL,
    bytes_in       INTEGER NOT NULL,
    bytes_out      INTEGER NOT NULL,
    connections    INTEGER NOT NULL,
    PRIMARY KEY (at, node)
) STRICT, WITHOUT ROWID;

-- One row a minute and node, rewritten while the minute lasts.
CREATE TABLE request_samples (
    minute         INTEGER NOT NULL,
    node           BLOB NOT NULL,
    requests       INTEGER NOT NULL,
    server_errors  INTEGER NOT NULL,
    total_us       INTEGER NOT NULL,
    histogram      TEXT NOT NULL,              -- bucket:count, comma-separated
    PRIMARY KEY (minute, node)
) STRICT, WITHOUT ROWID;
