//! What travels: bodies that come in and views that go out.

mod access;
mod alerts;
mod analytics;
mod api_key;
mod batch;
mod error_view;
mod fields;
mod grouping;
mod incident;
mod integration;
mod monitoring;
mod occurrence_view;
mod org_error;
mod queued;
mod report;
mod team;

pub use access::{
    LoginRequest, LoginView, MeView, MembershipView, NewProject, NewTenant, PasswordRequest,
    ProjectList, ProjectView, TenantChange, TenantList, TenantView, UserView, read_login,
    read_new_project, read_passwords, read_project_change, read_tenant, read_tenant_change,
};
pub use alerts::{FiringList, FiringView, NewRule, RuleList, RuleView, read_rule};
pub use analytics::{DataPoint, StatsView, TrendView};
pub use api_key::{KeyList, KeyView, NewKeyRequest, NewKeyView, read_key};
pub use batch::BatchItem;
pub use error_view::{BulkDone, BulkRequest, ErrorList, ErrorView, Include, Resolved};
pub use grouping::{Grouping, MergeRequest, SplitRequest};
pub use incident::{IncidentList, IncidentView, NewIncident, read_incident};
pub use integration::{IntegrationList, IntegrationView};
pub use monitoring::{MetricsView, PerformanceView, ServiceStatusView, ServicesView, UptimeView};
pub use occurrence_view::{OccurrenceList, OccurrenceView};
pub use org_error::{NewOrgError, OrgError, OrgErrorLogged, read_org_error};
pub use queued::{QueuedBatch, QueuedReport};
pub use report::{NewError, ReportRequest};
pub use team::{
    AcceptRequest, AuditList, AuditView, GrantView, InvitationList, InvitationView, Maintenance,
    MemberChangeRequest, MemberList, MemberView, NewInvitation, NewInvitationView, NewMember,
    NewPermission, NewPolicy, NewRole, NewSystemUser, NewSystemUserView, PermissionList,
    PolicyList, RoleList, SystemUserChangeRequest, SystemUserList, SystemUserView, read_acceptance,
    read_grant, read_invitation, read_maintenance, read_member, read_member_change,
    read_system_user, read_system_user_change,
};
