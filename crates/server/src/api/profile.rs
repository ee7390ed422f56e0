//! What a person has set for themselves.

use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::Json;
use crate::http::fields::Fields;
use crate::http::request::JsonBody;
use actix_web::web::Data;
use faultbook_domain::identity::{PersonalMails, Profile, ProfileChange, Profiles, User};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What a person has set for themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Profile)]
pub struct ProfileView {
    #[schema(example = "Ada Lovelace")]
    name: String,
    /// Not changed here.
    #[schema(example = "ada@example.com")]
    email: String,
    /// A name of the IANA time zone database.
    #[schema(example = "Europe/Berlin")]
    time_zone: &'static str,
    /// system, light or dark.
    #[schema(example = "system")]
    theme: &'static str,
    /// Whether pages react to keyboard shortcuts.
    shortcuts: bool,
    notifications: PersonalMailsView,
}

/// Which e-mails about errors a person gets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonalMails)]
pub struct PersonalMailsView {
    /// When an error is assigned to them.
    assigned: bool,
    /// When a comment mentions them.
    mentioned: bool,
    /// When something happens to an error that they follow.
    followed: bool,
}

impl ProfileView {
    /// The view of an account and its profile.
    #[must_use]
    pub fn of(user: User, profile: &Profile) -> Self {
        let PersonalMails {
            assigned,
            mentioned,
            followed,
        } = profile.notifications;
        Self {
            name: user.name,
            email: user.email,
            time_zone: profile.time_zone.as_str(),
            theme: profile.theme.as_str(),
            shortcuts: profile.shortcuts,
            notifications: PersonalMailsView {
                assigned,
                mentioned,
                followed,
            },
        }
    }
}

/// What is to change of a profile; fields left out stay, inside `notifications` too.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "time_zone": "Europe/Berlin", "theme": "dark", "notifications": { "followed": false } }))]
pub struct ProfileChangeRequest {
    /// 1 to 200 characters.
    pub name: Option<String>,
    /// A name of the IANA time zone database.
    pub time_zone: Option<String>,
    /// system, light or dark.
    pub theme: Option<String>,
    /// Whether pages react to keyboard shortcuts.
    pub shortcuts: Option<bool>,
    /// `assigned`, `mentioned`, `followed`.
    #[schema(value_type = Option<Object>)]
    pub notifications: Option<Map<String, Value>>,
}

/// Reads a change of a profile.
///
/// # Errors
/// 400 or 422 naming every field at fault.
pub fn read_profile_change(body: JsonBody) -> Result<ProfileChange, ApiError> {
    let mut fields = body.fields()?;
    let mail = |fields: &mut Fields, mails: &mut Map<String, Value>, name: &str| {
        let value = mails.remove(name).filter(|value| !value.is_null())?;
        if !value.is_boolean() {
            fields.problem(&format!("notifications.{name}"), "must be true or false");
        }
        value.as_bool()
    };
    let mut mails = fields.object("notifications").unwrap_or_default();
    let change = ProfileChange {
        assigned: mail(&mut fields, &mut mails, "assigned"),
        mentioned: mail(&mut fields, &mut mails, "mentioned"),
        followed: mail(&mut fields, &mut mails, "followed"),
        name: fields.name("name"),
        time_zone: fields.parsed(
            "time_zone",
            "must be the name of a time zone, such as Europe/Berlin",
            |text| text.parse().ok(),
        ),
        theme: fields.parsed("theme", "must be one of system, light, dark", |text| {
            text.parse().ok()
        }),
        shortcuts: fields.flag("shortcuts"),
    };
    fields.finish(change)
}

/// Gets what the caller has set for themselves. For persons: 403 for a key or a system user.
#[utoipa::path(
    get, path = "/api/v1/auth/profile", tag = "Sessions",
    responses((status = 200, description = "The profile", body = Envelope<ProfileView>))
)]
pub async fn get_profile(
    caller: Caller,
    profiles: Data<Profiles>,
) -> ApiResult<Success<ProfileView>> {
    let (user, profile) = profiles.get(caller.principal()).await?;
    Ok(Success::ok(ProfileView::of(user, &profile)).secret())
}

/// Changes what the caller has set for themselves. For persons: 403 for a key or a system user.
#[utoipa::path(
    put, path = "/api/v1/auth/profile", tag = "Sessions",
    request_body = ProfileChangeRequest,
    responses((status = 200, description = "The profile", body = Envelope<ProfileView>))
)]
pub async fn update_profile(
    Json { caller, body }: Json,
    profiles: Data<Profiles>,
) -> ApiResult<Success<ProfileView>> {
    // Before the body is judged: who is no person has nothing to change.
    profiles.get(caller.principal()).await?;
    let change = read_profile_change(body)?;
    let (user, profile) = profiles.change(caller.principal(), change).await?;
    Ok(Success::ok(ProfileView::of(user, &profile)).secret())
}
