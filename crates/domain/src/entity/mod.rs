//! What Faultbook keeps: values and records that cannot be wrong once they exist.

mod activity;
mod alert_rule;
mod api_key;
mod audit;
mod context;
mod error_group;
mod grant;
mod grant_name;
mod histogram;
mod id;
mod incident;
mod instant;
mod integration;
mod level;
mod member;
mod notification;
mod occurrence;
mod page;
mod permission;
mod project;
mod report;
mod sample;
mod scope;
mod session;
mod slug;
mod summary;
mod system_user;
mod tenant;
mod user;
mod user_key;

pub use activity::{Activity, ActivityKind, Actor};
pub use alert_rule::{
    AlertRule, ChannelKind, Delivery, DeliveryStatus, Firing, RuleHealth, UnknownChannel,
};
pub use api_key::{ApiKey, KeyDigest, KeyKind, KeyText, MalformedKey};
pub use audit::AuditEntry;
pub use context::JsonText;
pub use error_group::{
    CREDIBLE_DELAY, ErrorDetail, ErrorFilter, ErrorGroup, ErrorSort, ErrorState, resolution_start,
};
pub use grant::{BuiltInRole, Grant, GrantLevel, UnknownLevelOfGrant, built_in_grants};
pub use grant_name::{UnusableName, check_grant_name, is_like};
pub use histogram::{Histogram, InvalidHistogram};
pub use id::{
    ActivityId, AuditId, DeliveryId, ErrorId, FiringId, GrantId, IncidentId, InvitationId, KeyId,
    MemberId, OccurrenceId, ProjectId, RuleId, SessionId, SystemUserId, TenantId, UserId,
};
pub use incident::{Incident, IncidentChange, IncidentStatus, UnknownIncidentStatus};
pub use instant::{checked_instant, clamped_instant, parse_instant};
pub use integration::Integration;
pub use level::{Level, Severity, UnknownLevel, UnknownSeverity};
pub use member::{Invitation, Member, MemberStatus, UnknownMemberStatus};
pub use notification::{
    Channel, EmailChannel, Measurement, Notification, NotificationKind, Secret, SlackChannel,
    SmsChannel, SmtpSecurity, TopError, WebhookChannel,
};
pub use occurrence::{FeedEntry, Occurrence};
pub use page::{Cursor, InvalidCursor, PAGE_BYTES, Page, PageStart, page_length};
pub use permission::{Permission, Permissions, UnknownPermission};
pub use project::Project;
pub use report::{MAX_CLOCK_SKEW, Report, ReportProblem};
pub use sample::{
    DeliverySample, HealthSample, HostReading, HostSample, RequestSample, Service, Traffic,
};
pub use scope::{Scope, TenantScope};
pub use session::{Session, SessionLife, csrf_token};
pub use slug::{InvalidSlug, Slug};
pub use summary::{SUMMARY_MESSAGE_BYTES, Summary, summary_message, summary_text};
pub use system_user::SystemUser;
pub use tenant::Tenant;
pub use user::User;
pub use user_key::UserKey;
