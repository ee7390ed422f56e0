//! Projects as they travel.

use super::fields::Fields;
use crate::http::error::ApiError;
use faultbook_domain::tenancy::ProjectSettings;
use faultbook_domain::tenancy::{Project, Slug};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project)]
pub struct ProjectView {
    id: Uuid,
    #[schema(example = "shop")]
    slug: String,
    #[schema(example = "Shop")]
    name: String,
    #[schema(example = "javascript")]
    platform: Option<String>,
    /// Days that occurrences are kept; the server's default when null.
    retention_days: Option<i32>,
    /// A small integer that names it where only a number fits.
    number: i64,
    /// A public, ingest-only credential for SDKs.
    public_key: String,
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    updated_at: OffsetDateTime,
}

impl ProjectView {
    /// The view of a project.
    #[must_use]
    pub fn of(project: Project) -> Self {
        Self {
            id: project.id.0,
            slug: project.slug.to_string(),
            name: project.name,
            platform: project.platform,
            retention_days: project.retention_days,
            number: project.number,
            public_key: project.public_key,
            created_at: project.created_at,
            updated_at: project.updated_at,
        }
    }
}

/// Projects.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectList {
    /// Oldest first.
    pub projects: Vec<ProjectView>,
    /// How many.
    pub total: usize,
    /// Always null: the list is whole.
    pub next_cursor: Option<String>,
}

/// A project to be made, or what is to change of one.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "name": "Shop", "slug": "shop", "platform": "javascript", "retention_days": 30 }))]
pub struct NewProject {
    /// 1 to 200 characters.
    pub name: String,
    /// Lowercase letters, digits and single inner hyphens; made out of the name by default.
    pub slug: Option<String>,
    /// What it runs on.
    pub platform: Option<String>,
    /// Days that occurrences are kept, 1 to 36,500; null for the server's default.
    #[schema(minimum = 1, maximum = 36500)]
    pub retention_days: Option<i32>,
}

/// Reads a project to be made.
///
/// # Errors
/// 400.
pub fn read_new_project(body: Value) -> Result<(Slug, ProjectSettings), ApiError> {
    let mut fields = Fields::of(body)?;
    let wanted = read_fields(&mut fields);
    let name = fields.demand("name", wanted.name.clone());
    let Some(name) = name else {
        return Err(fields.fault());
    };
    let slug = wanted.slug.clone().or_else(|| slug_of(&name));
    match fields.demand("slug", slug) {
        Some(slug) => fields.finish((slug, wanted)),
        None => Err(fields.fault()),
    }
}

/// Reads what is to change of a project.
///
/// # Errors
/// 400.
pub fn read_project_change(body: Value) -> Result<ProjectSettings, ApiError> {
    let mut fields = Fields::of(body)?;
    let wanted = read_fields(&mut fields);
    fields.finish(wanted)
}

fn read_fields(fields: &mut Fields) -> ProjectSettings {
    let platform = fields.has("platform").then(|| fields.name("platform"));
    let retention_days = fields.has("retention_days").then(|| {
        let given = fields.take("retention_days")?;
        let days = given.as_i64().and_then(|days| i32::try_from(days).ok());
        let days = days.filter(|days| (1..=36_500).contains(days));
        if days.is_none() {
            fields.problem("retention_days", "must be a whole number from 1 to 36500");
        }
        days
    });
    ProjectSettings {
        slug: fields.slug("slug"),
        name: fields.name("name"),
        platform,
        retention_days,
    }
}

/// `My Shop!` as `my-shop`; nothing when no letter or digit is left.
fn slug_of(name: &str) -> Option<Slug> {
    let lower = name.to_lowercase();
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let words: Vec<&str> = lower
        .split(|c| !is_part(c))
        .filter(|word| !word.is_empty())
        .collect();
    let slug = words.join("-");
    let cut = slug.get(..Slug::MAX_LENGTH).unwrap_or(&slug);
    cut.trim_end_matches('-').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_make_slugs() {
        for (name, slug) in [
            ("Shop", Some("shop")),
            ("  My Shop, 2nd ed. ", Some("my-shop-2nd-ed")),
            ("日本", None),
        ] {
            let made = slug_of(name).map(|slug| slug.to_string());
            assert_eq!(made.as_deref(), slug, "{name}");
        }
        let long = slug_of(&"ab-".repeat(40)).unwrap();
        assert!(long.as_str().len() <= Slug::MAX_LENGTH);
    }
}
