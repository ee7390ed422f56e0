//! Tags of errors over SQL.

use crate::driver::{Backend, Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::QueryableByName;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};
use faultbook_domain::id::ErrorId;
use faultbook_domain::instant::from_micros;
use faultbook_domain::search_index::{
    ErrorTag, KnownValue, TagKey, TagStore, TagValue, ValuesAfter,
};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::types::{DbId, Id};
use std::collections::HashSet;

type Boxed = BoxedSqlQuery<'static, Backend, SqlQuery>;

/// Selects an error's tags: of each key the row of all values first, then its values.
const ERROR_TAGS: &str = "
SELECT key, value, count, first_seen, last_seen, rows_of_key, kept FROM (
  SELECT v.key, v.value, CAST(sum(t.count) AS BIGINT) AS count, min(t.first_seen) AS first_seen,
    max(t.last_seen) AS last_seen, CAST(sum(sum(CASE WHEN v.value IS NULL THEN 0 ELSE t.count END))
      OVER (PARTITION BY v.key) AS BIGINT) AS kept,
    count(*) OVER (PARTITION BY v.key) AS rows_of_key,
    row_number() OVER (PARTITION BY v.key
      ORDER BY CASE WHEN v.value IS NULL THEN 0 ELSE 1 END, sum(t.count) DESC, v.value) AS place
  FROM error_fingerprints f
  JOIN fingerprint_tags t ON t.project_id = f.project_id AND t.fingerprint = f.fingerprint
  JOIN tag_values v ON v.project_id = t.project_id AND v.id = t.tag_id
  WHERE f.error_id = ? AND v.key NOT LIKE '@%' AND v.key = coalesce(?, v.key) AND f.project_id IN (?*)
  GROUP BY v.key, v.value
) tags";

const FIRST_PLACES: &str = "
WHERE place <= ?
ORDER BY key, place";

/// Selects one tag's values behind a number of occurrences and a value.
const VALUES_AFTER: &str = "
WHERE value IS NULL OR count < ? OR count = ? AND value > ?
ORDER BY key, place LIMIT ?";

const EXISTS: &str = "SELECT count(*) AS count FROM errors WHERE id = ? AND project_id IN (?*)";

const KEY_NAMES: &str = "
SELECT DISTINCT v.key FROM tag_values v
WHERE v.value IS NULL AND v.count > 0 AND v.key NOT LIKE '@%' AND v.project_id IN (?*)";

const KEYS: &str = "
SELECT v.key, CAST(sum(v.errors) AS BIGINT) AS count FROM tag_values v
WHERE v.value IS NULL AND v.errors > 0 AND v.key NOT LIKE '@%' AND v.project_id IN (?*)
GROUP BY v.key ORDER BY 2 DESC, 1";

const KNOWN_VALUES: &str = "
SELECT k.value, CAST(sum(k.count) AS BIGINT) AS count, max((
    SELECT max(t.last_seen) FROM fingerprint_tags t
    WHERE t.project_id = k.project_id AND t.tag_id = k.id
  )) AS last_seen
FROM tag_values k
WHERE k.key = ? AND k.value IS NOT NULL AND k.count > 0 AND k.folded >= ? AND k.folded < ?
  AND k.project_id IN (?*)
GROUP BY k.value ORDER BY 2 DESC, 1 LIMIT ?";

#[derive(QueryableByName)]
struct TagRow {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    first_seen: i64,
    #[diesel(sql_type = BigInt)]
    last_seen: i64,
    #[diesel(sql_type = BigInt)]
    rows_of_key: i64,
    #[diesel(sql_type = BigInt)]
    kept: i64,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = Text)]
    key: String,
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct ValueRow {
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    last_seen: i64,
}

/// Returns a statement whose places `?` are numbered, and `?*` is one place a project.
fn over(scope: &Scope, text: &str) -> Boxed {
    let each = vec!["?"; scope.projects().len()].join(", ");
    let text = text.replace("?*", &each);
    let mut parts = text.split('?');
    let mut numbered = parts.next().unwrap_or_default().to_owned();
    for (number, part) in (1..).zip(parts) {
        numbered.push_str(&format!("${number}{part}"));
    }
    sql_query(numbered).into_boxed()
}

/// Binds the projects.
fn within(mut query: Boxed, scope: &Scope) -> Boxed {
    for project in scope.projects() {
        query = query.bind::<Id, _>(DbId(project.0));
    }
    query
}

#[async_trait]
impl TagStore for Store {
    async fn list_error_tags(
        &self,
        scope: &Scope,
        error: ErrorId,
        values: u32,
    ) -> Result<Option<Vec<ErrorTag>>, StoreError> {
        if scope.projects().is_empty() {
            return Ok(None);
        }
        let scope = scope.clone();
        self.read(async move |connection| {
            if !exists(connection, &scope, error).await? {
                return Ok(None);
            }
            let query = over(&scope, &format!("{ERROR_TAGS}{FIRST_PLACES}"))
                .bind::<Id, _>(DbId(error.0))
                .bind::<Nullable<Text>, _>(None::<String>);
            let query = within(query, &scope).bind::<BigInt, _>(i64::from(values) + 1);
            let rows: Vec<TagRow> = query.load(connection).await?;
            Ok(Some(tags(rows)))
        })
        .await
    }

    async fn get_error_tag(
        &self,
        scope: &Scope,
        error: ErrorId,
        key: &str,
        after: Option<ValuesAfter>,
        limit: u32,
    ) -> Result<Option<ErrorTag>, StoreError> {
        if scope.projects().is_empty() {
            return Ok(None);
        }
        let (scope, key) = (scope.clone(), key.to_owned());
        let (count, value) = after.unwrap_or((i64::MAX.unsigned_abs(), String::new()));
        self.read(async move |connection| {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            let query = over(&scope, &format!("{ERROR_TAGS}{VALUES_AFTER}"))
                .bind::<Id, _>(DbId(error.0))
                .bind::<Nullable<Text>, _>(Some(key.clone()));
            let query = within(query, &scope)
                .bind::<BigInt, _>(count)
                .bind::<BigInt, _>(count)
                .bind::<Text, _>(value.clone())
                .bind::<BigInt, _>(i64::from(limit) + 1);
            let rows: Vec<TagRow> = query.load(connection).await?;
            Ok(tags(rows).pop())
        })
        .await
    }

    async fn list_key_names(&self, scope: &Scope) -> Result<HashSet<String>, StoreError> {
        if scope.projects().is_empty() {
            return Ok(HashSet::new());
        }
        let scope = scope.clone();
        self.read(async move |connection| {
            let query = within(over(&scope, KEY_NAMES), &scope);
            let rows: Vec<NameRow> = query.load(connection).await?;
            Ok(rows.into_iter().map(|row| row.key).collect())
        })
        .await
    }

    async fn list_tag_keys(&self, scope: &Scope) -> Result<Vec<TagKey>, StoreError> {
        if scope.projects().is_empty() {
            return Ok(Vec::new());
        }
        let scope = scope.clone();
        self.read(async move |connection| {
            let query = within(over(&scope, KEYS), &scope);
            let rows: Vec<KeyRow> = query.load(connection).await?;
            let keys = rows.into_iter().map(|row| TagKey {
                key: row.key,
                errors: row.count.unsigned_abs(),
            });
            Ok(keys.collect())
        })
        .await
    }

    async fn list_known_values(
        &self,
        scope: &Scope,
        key: &str,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<KnownValue>, StoreError> {
        if scope.projects().is_empty() {
            return Ok(Vec::new());
        }
        let (scope, key, prefix) = (scope.clone(), key.to_owned(), prefix.to_owned());
        self.read(async move |connection| {
            let query = over(&scope, KNOWN_VALUES)
                .bind::<Text, _>(key.clone())
                .bind::<Text, _>(prefix.clone())
                // Behind every text that begins so.
                .bind::<Text, _>(format!("{prefix}{}", char::MAX));
            let query = within(query, &scope).bind::<BigInt, _>(i64::from(limit));
            let rows: Vec<ValueRow> = query.load(connection).await?;
            let values = rows.into_iter().map(|row| KnownValue {
                value: row.value,
                count: row.count.unsigned_abs(),
                last_seen: from_micros(row.last_seen),
            });
            Ok(values.collect())
        })
        .await
    }
}

async fn exists(
    connection: &mut Connection,
    scope: &Scope,
    error: ErrorId,
) -> Result<bool, Failure> {
    let query = over(scope, EXISTS).bind::<Id, _>(DbId(error.0));
    let found: CountRow = within(query, scope).get_result(connection).await?;
    Ok(found.count > 0)
}

/// Collects rows in order of their keys into tags.
fn tags(rows: Vec<TagRow>) -> Vec<ErrorTag> {
    let mut tags: Vec<ErrorTag> = Vec::new();
    for row in rows {
        let count = row.count.unsigned_abs();
        match row.value {
            None => tags.push(ErrorTag {
                key: row.key,
                total: count,
                distinct: (row.rows_of_key - 1).unsigned_abs(),
                other: count - row.kept.unsigned_abs(),
                values: Vec::new(),
            }),
            Some(value) => {
                if let Some(tag) = tags.last_mut() {
                    tag.values.push(TagValue {
                        value,
                        count,
                        first_seen: from_micros(row.first_seen),
                        last_seen: from_micros(row.last_seen),
                    });
                }
            }
        }
    }
    tags
}
