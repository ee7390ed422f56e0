//! Records with sensible values, to be varied where a test cares.

use faultbook_domain::errors::{EventSummary, JsonText, Level, Occurrence, Severity};
use faultbook_domain::fingerprint::{Fingerprint, FingerprintVersion};
use faultbook_domain::id::{KeyId, MemberId, OccurrenceId, ProjectId, TenantId, UserId};
use faultbook_domain::id_source::IdSource;
use faultbook_domain::identity::{
    ApiKey, BuiltInRole, KeyDigest, KeyText, Member, MemberStatus, User,
};
use faultbook_domain::ingest::Batch;
use faultbook_domain::ingest::HourlyAggregator;
use faultbook_domain::tenancy::{Project, Tenant};
use faultbook_domain::testing::SequentialIds;
use std::sync::{Arc, LazyLock};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// When tests take place.
pub const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

static IDS: LazyLock<SequentialIds> = LazyLock::new(SequentialIds::default);

/// A new id, made at [`NOON`].
#[must_use]
pub fn new_id() -> Uuid {
    IDS.next_id(NOON)
}

/// A new id, made at this time.
#[must_use]
pub fn id_at(at: OffsetDateTime) -> Uuid {
    IDS.next_id(at)
}

/// A fingerprint by number.
#[must_use]
pub const fn fingerprint(number: u128) -> Fingerprint {
    Fingerprint::from_bytes(number.to_be_bytes())
}

/// An occurrence to be.
#[derive(Debug, Clone)]
pub struct OccurrenceBuilder(Occurrence);

/// An error of source `backend` in production, of fingerprint 1, at [`NOON`].
#[must_use]
pub fn an_occurrence(project_id: ProjectId) -> OccurrenceBuilder {
    let id = new_id();
    OccurrenceBuilder(Occurrence {
        id: OccurrenceId(id),
        project_id,
        event_id: id,
        fingerprint: fingerprint(1),
        fingerprint_version: FingerprintVersion(1),
        timestamp: NOON,
        received_at: NOON,
        summary: EventSummary {
            level: Level::Error,
            severity: Severity::Critical,
            message: "Database connection failed".to_owned(),
            source: "backend".to_owned(),
            environment: "production".to_owned(),
            url: None,
            user_agent: None,
            ip_address: None,
            release: None,
        },
        stack_trace: None,
        context: None,
        tags: None,
        user: None,
        custom_fingerprint: None,
    })
}

impl OccurrenceBuilder {
    /// With this fingerprint.
    #[must_use]
    pub fn of(mut self, number: u128) -> Self {
        self.0.fingerprint = fingerprint(number);
        self
    }

    /// At this many seconds after [`NOON`].
    #[must_use]
    pub fn at(mut self, seconds: i64) -> Self {
        self.0.timestamp = NOON + Duration::seconds(seconds);
        self
    }

    /// Named by its caller.
    #[must_use]
    pub fn named(mut self, event_id: Uuid) -> Self {
        self.0.event_id = event_id;
        self
    }

    /// With this level and its severity.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.0.summary.level = level;
        self.0.summary.severity = level.default_severity();
        self
    }

    /// With this severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.0.summary.severity = severity;
        self
    }

    /// With this message.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        message.clone_into(&mut self.0.summary.message);
        self
    }

    /// From this source.
    #[must_use]
    pub fn source(mut self, source: &str) -> Self {
        source.clone_into(&mut self.0.summary.source);
        self
    }

    /// From this environment.
    #[must_use]
    pub fn environment(mut self, environment: &str) -> Self {
        environment.clone_into(&mut self.0.summary.environment);
        self
    }

    /// With something in every optional field.
    #[must_use]
    pub fn full(mut self) -> Self {
        let text = |text: &str| Some(text.to_owned());
        let json = |text: &str| Some(JsonText::from_stored(text.to_owned()));
        self.0.stack_trace = text("Error: timeout\n    at connect (db.js:45)\n\tжук 🐞");
        self.0.context = json(r#"{"user_id":"12345","deep":{"list":[1,2.50,null]}}"#);
        self.0.summary.url = text("https://api.example.com/users?q=1");
        self.0.summary.user_agent = text("Mozilla/5.0");
        self.0.summary.ip_address = text("2001:db8::1");
        self.0.summary.release = text("1.2.3");
        self.0.tags = json(r#"{"region":"eu"}"#);
        self.0.user = json(r#"{"id":7}"#);
        self.0.custom_fingerprint = json(r#"["db","{{ default }}"]"#);
        self
    }

    /// The occurrence.
    #[must_use]
    pub fn build(self) -> Arc<Occurrence> {
        Arc::new(self.0)
    }
}

/// A batch written a minute after [`NOON`].
#[must_use]
pub fn a_batch(occurrences: Vec<Arc<Occurrence>>) -> Batch {
    Batch {
        at: NOON + Duration::MINUTE,
        occurrences,
        aggregator: Arc::new(HourlyAggregator),
    }
}

/// A tenant with a unique short name.
#[must_use]
pub fn a_tenant() -> Tenant {
    let id = new_id();
    Tenant {
        id: TenantId(id),
        slug: format!("tenant-{}", id.simple()).parse().unwrap(),
        name: "A tenant".to_owned(),
        suspended: false,
        created_at: NOON,
    }
}

/// A project with a unique short name.
#[must_use]
pub fn a_project(tenant_id: TenantId) -> Project {
    let id = new_id();
    Project {
        id: ProjectId(id),
        tenant_id,
        number: 0,
        slug: format!("project-{}", id.simple()).parse().unwrap(),
        name: "A project".to_owned(),
        platform: Some("rust".to_owned()),
        public_key: id.simple().to_string(),
        retention_days: Some(30),
        created_at: NOON,
        updated_at: NOON,
    }
}

/// A key with a unique secret.
#[must_use]
pub fn a_key(tenant_id: TenantId) -> ApiKey {
    let id = new_id();
    ApiKey {
        id: KeyId(id),
        tenant_id,
        project_id: None,
        name: "A key".to_owned(),
        digest: KeyDigest::of(&id.to_string()),
        preview: KeyText::preview_of(&id.to_string()),
        permission_names: vec!["read".to_owned(), "errors:write".to_owned()],
        platform_admin: false,
        rate_limit: Some(120),
        expires_at: Some(NOON + Duration::DAY),
        revoked_at: None,
        last_used: None,
        created_at: NOON,
    }
}

/// A person.
#[must_use]
pub fn a_user() -> User {
    User {
        id: UserId(new_id()),
        email: format!("{}@example.com", new_id().simple()),
        name: "Ada".to_owned(),
        password_hash: "$argon2id$...".to_owned(),
        platform_admin: true,
        created_at: NOON,
    }
}

/// A person's place in a tenant, as its owner.
#[must_use]
pub fn a_member(user: &User, tenant_id: TenantId) -> Member {
    Member {
        id: MemberId(new_id()),
        tenant_id,
        user_id: user.id,
        email: user.email.clone(),
        name: user.name.clone(),
        role_id: BuiltInRole::Owner.id(),
        status: MemberStatus::Active,
        last_active: None,
        created_at: NOON,
    }
}
