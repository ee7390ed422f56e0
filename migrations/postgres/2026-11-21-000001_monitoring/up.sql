-- What each node measured. Not of any project: of the installation.

CREATE TABLE health_samples (
    service        text NOT NULL,
    at             timestamptz NOT NULL,
    node           uuid NOT NULL,
    healthy        boolean NOT NULL,
    response_us    bigint NOT NULL,
    PRIMARY KEY (service, at, node)
);
CREATE INDEX health_samples_at ON health_samples (at);

CREATE TABLE host_samples (
    at             timestamptz NOT NULL,
    node           uuid NOT NULL,
    cpu_percent    double precision NOT NULL,
    memory_percent double precision NOT NULL,
    disk_percent   double precision NOT NULL,
    bytes_in       bigint NOT NULL,
    bytes_out      bigint NOT NULL,
    connections    bigint NOT NULL,
    PRIMARY KEY (at, node)
);

-- One row a minute and node, rewritten while the minute lasts.
CREATE TABLE request_samples (
    minute         timestamptz NOT NULL,
    node           uuid NOT NULL,
    requests       bigint NOT NULL,
    server_errors  bigint NOT NULL,
    total_us       bigint NOT NULL,
    histogram      text NOT NULL,              -- bucket:count, comma-separated
    PRIMARY KEY (minute, node)
) WITH (fillfactor = 70);

-- For retention. Counts are written in about the order of their hours: a block range index finds the
-- old ones and costs recording next to nothing.
CREATE INDEX project_hourly_hour ON project_hourly USING brin (hour);
CREATE INDEX error_hourly_hour ON error_hourly USING brin (hour);
