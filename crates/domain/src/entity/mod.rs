//! What Faultbook keeps: values and records that cannot be wrong once they exist.

mod activity;
mod api_key;
mod context;
mod error_group;
mod histogram;
mod id;
mod level;
mod notification;
mod occurrence;
mod page;
mod permission;
mod project;
mod report;
mod sample;
mod scope;
mod slug;
mod tenant;
mod user;

pub use activity::{Activity, ActivityKind, Actor};
pub use api_key::{ApiKey, KeyDigest, KeyText, MalformedKey};
pub use context::JsonText;
pub use error_group::{ErrorDetail, ErrorFilter, ErrorGroup, ErrorSort, ErrorState};
pub use histogram::{Histogram, InvalidHistogram};
pub use id::{ActivityId, ErrorId, KeyId, OccurrenceId, ProjectId, TenantId, UserId};
pub use level::{Level, Severity, UnknownLevel, UnknownSeverity};
pub use notification::{
    Channel, EmailChannel, Measurement, Notification, NotificationKind, Secret, SlackChannel,
    SmsChannel, SmtpSecurity, TopError, WebhookChannel,
};
pub use occurrence::Occurrence;
pub use page::{Cursor, InvalidCursor, Page, PageStart};
pub use permission::{Permission, Permissions, UnknownPermission};
pub use project::Project;
pub use report::{MAX_CLOCK_SKEW, Report, ReportProblem};
pub use sample::{HealthSample, HostReading, HostSample, RequestSample, Service, Traffic};
pub use scope::Scope;
pub use slug::{InvalidSlug, Slug};
pub use tenant::Tenant;
pub use user::User;
