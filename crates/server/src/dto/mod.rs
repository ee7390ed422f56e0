//! What travels: bodies that come in and views that go out.

mod alerts;
mod analytics;
mod api_key;
mod audit;
mod batch;
mod error_view;
mod fields;
mod firing;
mod grant;
mod grouping;
mod incident;
mod integration;
mod invitation;
mod member;
mod monitoring;
mod occurrence_view;
mod org_error;
mod project;
mod queued;
mod report;
pub mod rfc3339;
mod session;
mod system_user;
mod tenant;

pub use alerts::{NewRule, RuleList, RuleView, read_rule};
pub use analytics::{DataPoint, StatsView, TrendView};
pub use api_key::{KeyList, KeyView, NewKeyRequest, NewKeyView, read_key};
pub use audit::{AuditList, AuditView, Maintenance, read_maintenance};
pub use batch::{BatchItem, Outcomes};
pub use error_view::{BulkDone, BulkRequest, ErrorList, ErrorView, Include, Resolved};
pub use firing::{FiringList, FiringView};
pub use grant::{
    NewPermission, NewPolicy, NewRole, PermissionList, PolicyList, RbacItemView, RoleList,
    read_grant,
};
pub use grouping::{Grouping, MergeRequest, SplitRequest};
pub use incident::{IncidentList, IncidentView, NewIncident, read_incident};
pub use integration::{IntegrationList, IntegrationView};
pub use invitation::{
    AcceptRequest, InvitationList, InvitationView, NewInvitation, NewInvitationView,
    read_acceptance, read_invitation,
};
pub use member::{
    MemberChangeRequest, MemberList, MemberView, NewMember, read_member, read_member_change,
};
pub use monitoring::{MetricsView, PerformanceView, ServiceStatusView, ServicesView, UptimeView};
pub use occurrence_view::{OccurrenceList, OccurrenceView};
pub use org_error::{NewOrgError, OrgError, OrgErrorLogged, read_org_error};
pub use project::{NewProject, ProjectList, ProjectView, read_new_project, read_project_change};
pub use queued::{QueuedBatch, QueuedReport};
pub use report::{NewError, ReportRequest};
pub use session::{
    LoginRequest, LoginView, MeView, MembershipView, PasswordRequest, UserView, read_login,
    read_passwords,
};
pub use system_user::{
    NewSystemUser, NewSystemUserView, SystemUserChangeRequest, SystemUserList, SystemUserView,
    read_system_user, read_system_user_change,
};
pub use tenant::{
    NewTenant, TenantChange, TenantList, TenantView, read_tenant, read_tenant_change,
};
