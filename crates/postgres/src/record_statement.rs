//! The statement that records a batch.
//!
//! A whole batch is passed as arrays. The statement claims the callers' event ids, updates counts of errors, creates
//! missing errors, and inserts occurrences and roll-ups; its text is constant, so it is planned once per
//! connection.
//!
//! If event ids of the batch are stored already, it writes nothing and returns their errors: the caller records the
//! rest. An event id that another batch claims at the same time violates the key of `event_ids`, once that batch has
//! committed.
//!
//! Its parameters contain the error of each fingerprint. Where that is outdated - another node created the
//! fingerprint meanwhile, or its error was deleted, merged or split - the update or insert matches no row, fewer rows
//! than deltas are affected, and `faultbook_start_over` aborts the statement.
//!
//! Whether occurrences reopen an error that is resolved or ignored is decided in a second step, in the same
//! transaction. Without a transaction, the statement aborts in the same way where it finds such an error: the next
//! attempt opens one, and the node remembers to (`fingerprint_cache.rs`), so that other errors pay nothing.
//!
//! The global lock order is event ids, then errors by (project, id), then fingerprints, then cells of roll-ups, then
//! releases. `go` depends on `claims` to keep it.

/// Parameters 1-19 are errors, 20-42 occurrences, 43-50 hours of fingerprints, 51-57 hours of projects, 58 is the
/// time of writing, 59-60 are releases, 61 is how many a project may have, 62 whether a transaction is open for
/// [`decide`](crate::PostgresStore::decide).
pub const RECORD: &str = "
WITH o AS MATERIALIZED (
  SELECT * FROM unnest($20, $21, $22, $23)
    WITH ORDINALITY AS o (project_id, id, event_id, fingerprint, n)
  WHERE id <> event_id
), repeated AS MATERIALIZED (
  SELECT o.n, e.id, e.count, e.first_seen, e.last_seen, e.resolved, e.resolved_at, e.ignored,
    e.regressed, e.created_at, e.updated_at
  FROM o
  JOIN event_ids i ON i.project_id = o.project_id AND i.event_id = o.event_id
  LEFT JOIN error_fingerprints f ON f.project_id = i.project_id AND f.fingerprint = i.fingerprint
  LEFT JOIN errors e ON e.project_id = f.project_id AND e.id = f.error_id
), claims AS (
  INSERT INTO event_ids (project_id, event_id, fingerprint, stored_at)
  SELECT project_id, event_id, fingerprint, $58 FROM o
  WHERE NOT EXISTS (SELECT FROM repeated)
  ORDER BY project_id, event_id
  RETURNING project_id
), go AS MATERIALIZED (
  SELECT count(*) FROM claims HAVING NOT EXISTS (SELECT FROM repeated)
), g AS MATERIALIZED (
  SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
      $17, $18, $19)
    WITH ORDINALITY AS g (project_id, error_id, revision, fingerprint, version, occurred, first_seen,
      last_seen, latest_id, event_id, level, severity, message, source, environment,
      url, user_agent, ip_address, release, n)
  WHERE EXISTS (SELECT FROM go)
), raised AS (
  UPDATE errors e SET
    count = e.count + g.occurred,
    first_seen = least(e.first_seen, g.first_seen),
    last_seen = greatest(e.last_seen, g.last_seen),
    last_seen_minute = date_trunc('minute', greatest(e.last_seen, g.last_seen)),
    updated_at = $58,
    fingerprint = CASE WHEN g.last_seen >= e.last_seen THEN g.fingerprint ELSE e.fingerprint END,
    latest_id = CASE WHEN g.last_seen >= e.last_seen THEN g.latest_id ELSE e.latest_id END,
    event_id = CASE WHEN g.last_seen >= e.last_seen THEN g.event_id ELSE e.event_id END,
    level = CASE WHEN g.last_seen >= e.last_seen THEN g.level ELSE e.level END,
    severity = CASE WHEN g.last_seen >= e.last_seen THEN g.severity ELSE e.severity END,
    message = CASE WHEN g.last_seen >= e.last_seen THEN g.message ELSE e.message END,
    source = CASE WHEN g.last_seen >= e.last_seen THEN g.source ELSE e.source END,
    environment = CASE WHEN g.last_seen >= e.last_seen THEN g.environment ELSE e.environment END,
    url = CASE WHEN g.last_seen >= e.last_seen THEN g.url ELSE e.url END,
    user_agent = CASE WHEN g.last_seen >= e.last_seen THEN g.user_agent ELSE e.user_agent END,
    ip_address = CASE WHEN g.last_seen >= e.last_seen THEN g.ip_address ELSE e.ip_address END,
    release = CASE WHEN g.last_seen >= e.last_seen THEN g.release ELSE e.release END
  FROM g
  WHERE e.project_id = g.project_id AND e.id = g.error_id AND e.revision = g.revision
  RETURNING g.n, e.id, e.count, e.first_seen, e.last_seen, e.resolved, e.resolved_at, e.ignored,
    e.regressed, e.created_at, e.updated_at
), claimed AS (
  INSERT INTO error_fingerprints (project_id, fingerprint, version, error_id)
  SELECT project_id, fingerprint, version, error_id FROM g
  WHERE revision IS NULL
  ORDER BY n
  ON CONFLICT DO NOTHING
  RETURNING error_id
), made AS (
  INSERT INTO errors (project_id, id, count, first_seen, last_seen, last_seen_minute, created_at,
    updated_at, fingerprint, latest_id, event_id, level, severity, message, source, environment,
    url, user_agent, ip_address, release)
  SELECT project_id, error_id, occurred, first_seen, last_seen, date_trunc('minute', last_seen), $58,
    $58, fingerprint, latest_id, event_id, level, severity, message, source, environment,
    url, user_agent, ip_address, release
  FROM g
  WHERE revision IS NULL
), stored AS (
  INSERT INTO occurrences (project_id, id, event_id, fingerprint, fingerprint_version, timestamp,
    received_at, level, severity, message, source, environment, stack_trace, context, url,
    user_agent, ip_address, release, tags, reporter, custom_fingerprint, user_key, ignored)
  SELECT * FROM unnest($20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34,
    $35, $36, $37, $38, $39, $40, $41, $42)
  WHERE EXISTS (SELECT FROM go)
), error_hours AS (
  INSERT INTO error_hourly AS h (project_id, fingerprint, hour, source, environment, level,
    severity, count)
  SELECT * FROM unnest($43, $44, $45, $46, $47, $48, $49, $50)
  WHERE EXISTS (SELECT FROM go)
  ON CONFLICT (project_id, fingerprint, hour, source, environment, level, severity)
    DO UPDATE SET count = h.count + excluded.count
), project_hours AS (
  INSERT INTO project_hourly AS h (project_id, hour, source, environment, level, severity, count)
  SELECT * FROM unnest($51, $52, $53, $54, $55, $56, $57)
  WHERE EXISTS (SELECT FROM go)
  ON CONFLICT (project_id, hour, source, environment, level, severity)
    DO UPDATE SET count = h.count + excluded.count
), queued AS (
  INSERT INTO index_queue (project_id, ids)
  SELECT project_id, array_agg(id) FROM unnest($20, $21) AS o (project_id, id)
  WHERE EXISTS (SELECT FROM go)
  GROUP BY project_id
), tallied AS (
  INSERT INTO error_tallies (project_id, state, errors, occurrences)
  SELECT project_id, state, sum(errors), sum(occurred)::bigint FROM (
    SELECT g.project_id, faultbook_state(r.resolved, r.ignored, r.regressed) AS state, 0 AS errors,
      g.occurred
    FROM raised r JOIN g USING (n)
    UNION ALL
    SELECT project_id, 0::smallint, 1, occurred FROM g WHERE revision IS NULL
  ) changed
  GROUP BY project_id, state
), new_releases AS (
  INSERT INTO releases (project_id, version, created_at)
  SELECT project_id, version, $58 FROM unnest($59, $60) AS r (project_id, version)
  WHERE EXISTS (SELECT FROM go)
    AND (SELECT true FROM releases k WHERE k.project_id = r.project_id AND k.version = r.version)
      IS NULL
    AND (SELECT count(*) FROM releases k WHERE k.project_id = r.project_id) < $61
  ORDER BY project_id, version
  ON CONFLICT DO NOTHING
)
SELECT n, id, count, first_seen, last_seen, resolved, resolved_at, ignored, regressed, created_at,
  updated_at, false AS repeated, NULL::bigint
FROM raised
UNION ALL
SELECT n, id, count, first_seen, last_seen, resolved, resolved_at, ignored, regressed, created_at,
  updated_at, true, NULL
FROM repeated
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, faultbook_start_over()
WHERE EXISTS (SELECT FROM go)
  AND ((SELECT count(*) FROM raised) + (SELECT count(*) FROM claimed) <> cardinality($1)
    OR NOT $62 AND EXISTS (SELECT FROM raised WHERE resolved OR ignored))";
