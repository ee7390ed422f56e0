//! Tables that are equal in both databases, as created by `migrations/`.
#![expect(missing_docs, reason = "`table!` documents no columns")]

use diesel::allow_tables_to_appear_in_same_query;

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Tenants, including deleted ones.
    tenants (id) {
        id -> Id,
        slug -> Text,
        name -> Text,
        suspended -> Bool,
        created_at -> Instant,
        deleted_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Projects, including deleted ones.
    projects (id) {
        id -> Id,
        tenant_id -> Id,
        number -> BigInt,
        slug -> Text,
        name -> Text,
        platform -> Nullable<Text>,
        public_key -> Text,
        retention_days -> Nullable<Integer>,
        counts_retention_days -> Nullable<Integer>,
        created_at -> Instant,
        updated_at -> Instant,
        deleted_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// DSN keys.
    project_keys (id) {
        id -> Id,
        tenant_id -> Id,
        project_id -> Id,
        name -> Text,
        public_key -> Text,
        enabled -> Bool,
        allowed_origins -> Text,
        source -> Nullable<Text>,
        rate_limit -> Nullable<Integer>,
        last_used -> Nullable<Instant>,
        created_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// API keys, identified by the digest of their secret.
    api_keys (id) {
        id -> Id,
        tenant_id -> Id,
        project_id -> Nullable<Id>,
        name -> Text,
        digest -> Binary,
        preview -> Text,
        permissions -> Text,
        platform_admin -> Bool,
        rate_limit -> Nullable<Integer>,
        expires_at -> Nullable<Instant>,
        revoked_at -> Nullable<Instant>,
        last_used -> Nullable<Instant>,
        created_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// User accounts.
    users (id) {
        id -> Id,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        platform_admin -> Bool,
        created_at -> Instant,
        last_active -> Nullable<Instant>,
        time_zone -> Text,
        theme -> Text,
        shortcuts -> Bool,
        mail_assigned -> Bool,
        mail_mentioned -> Bool,
        mail_followed -> Bool,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Rights to set a new password.
    password_resets (digest) {
        digest -> Binary,
        user_id -> Id,
        created_at -> Instant,
        used -> Bool,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Login sessions.
    sessions (id) {
        id -> Id,
        user_id -> Id,
        digest -> Binary,
        created_at -> Instant,
        last_seen -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Custom roles, policies and permissions of tenants.
    grants (id) {
        id -> Id,
        tenant_id -> Id,
        level -> Text,
        name -> Text,
        description -> Nullable<Text>,
        members -> Text,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Members: users of a tenant with a role.
    members (id) {
        id -> Id,
        tenant_id -> Id,
        user_id -> Id,
        role_id -> Id,
        status -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Invitations to tenants.
    invitations (id) {
        id -> Id,
        tenant_id -> Id,
        email -> Text,
        role_id -> Id,
        digest -> Binary,
        invited_by -> Text,
        created_at -> Instant,
        expires_at -> Instant,
        accepted_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// System users: programs that act for a tenant, with a token and a role.
    system_users (id) {
        id -> Id,
        tenant_id -> Id,
        name -> Text,
        role_id -> Id,
        digest -> Binary,
        preview -> Text,
        active -> Bool,
        expires_at -> Nullable<Instant>,
        last_used -> Nullable<Instant>,
        created_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// The audit log.
    audit (id) {
        id -> Id,
        tenant_id -> Id,
        actor -> Text,
        action -> Text,
        target -> Text,
        detail -> Nullable<Text>,
        ip_address -> Nullable<Text>,
        request_id -> Text,
        at -> Instant,
        actor_name -> Text,
        actor_email -> Nullable<Text>,
        target_name -> Nullable<Text>,
        old -> Nullable<Text>,
        new -> Nullable<Text>,
        words -> Text,
    }
}

diesel::table! {
    /// State of the installation: one row.
    platform (single) {
        single -> Bool,
        maintenance -> Bool,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Activity logs of errors.
    error_activity (project_id, id) {
        project_id -> Id,
        id -> Id,
        error_id -> Id,
        kind -> Text,
        actor -> Text,
        at -> Instant,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// What people decide about errors: columns of `errors`, the others of which each database has in its own way.
    #[sql_name = "errors"]
    triaged (project_id, id) {
        project_id -> Id,
        id -> Id,
        resolved -> Bool,
        resolved_at -> Nullable<Instant>,
        resolved_in -> Nullable<Text>,
        regressed -> Bool,
        ignored -> Bool,
        ignore_terms -> Nullable<Text>,
        reopen_at -> Nullable<Instant>,
        assigned_to -> Nullable<Id>,
        updated_at -> Instant,
    }
}

diesel::table! {
    use crate::types::Id;

    /// Users who had occurrences of errors that are ignored until others come.
    ignored_users (project_id, error_id, user_key) {
        project_id -> Id,
        error_id -> Id,
        user_key -> Id,
    }
}

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::*;

    /// Bookmarks and follows.
    error_marks (project_id, error_id, principal, kind) {
        project_id -> Id,
        error_id -> Id,
        principal -> Text,
        kind -> Text,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Comments on errors.
    error_comments (project_id, id) {
        project_id -> Id,
        id -> Id,
        error_id -> Id,
        author -> Text,
        text -> Text,
        mentions -> Text,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// What users say about events.
    feedback (project_id, event_id, digest) {
        project_id -> Id,
        event_id -> Id,
        digest -> Id,
        fingerprint -> Id,
        event_at -> Instant,
        name -> Nullable<Text>,
        email -> Nullable<Text>,
        message -> Nullable<Text>,
        url -> Nullable<Text>,
        received_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Alert rules with the state of their last evaluation.
    alert_rules (id) {
        id -> Id,
        tenant_id -> Id,
        name -> Text,
        condition -> Text,
        threshold -> Double,
        time_window -> BigInt,
        enabled -> Bool,
        notifications -> Text,
        open_incident -> Nullable<Text>,
        include_ignored -> Bool,
        active -> Bool,
        last_triggered -> Nullable<Instant>,
        version -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
        state_since -> Nullable<Instant>,
        evaluated_at -> Nullable<Instant>,
        value -> Nullable<Double>,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Highest values of alert rules by hour.
    rule_peaks (rule_id, hour) {
        rule_id -> Id,
        hour -> Instant,
        value -> Double,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Incidents.
    incidents (id) {
        id -> Id,
        tenant_id -> Id,
        title -> Text,
        severity -> Text,
        status -> Text,
        description -> Text,
        assigned_to -> Nullable<Text>,
        rule_id -> Nullable<Id>,
        created_at -> Instant,
        updated_at -> Instant,
        resolved_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Histories of incidents.
    incident_changes (incident_id, place) {
        incident_id -> Id,
        place -> BigInt,
        at -> Instant,
        actor -> Text,
        field -> Text,
        old -> Nullable<Text>,
        new -> Nullable<Text>,
        text -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::*;

    /// Errors linked to incidents.
    incident_errors (incident_id, place) {
        incident_id -> Id,
        place -> BigInt,
        project_id -> Id,
        error_id -> Id,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Firings of alert rules.
    alert_firings (id) {
        id -> Id,
        tenant_id -> Id,
        rule_id -> Id,
        condition -> Text,
        incident_id -> Nullable<Id>,
        notification -> Text,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Deliveries of firings, one per channel.
    deliveries (id) {
        id -> Id,
        firing_id -> Id,
        tenant_id -> Id,
        channel -> Text,
        status -> Text,
        attempts -> Integer,
        next_attempt_at -> Instant,
        reached -> Text,
        reason -> Nullable<Text>,
        created_at -> Instant,
        delivered_at -> Nullable<Instant>,
        result -> Nullable<Text>,
        last_attempt_at -> Nullable<Instant>,
        took_us -> Nullable<BigInt>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Integrations: sealed channel settings of tenants.
    integrations (tenant_id, kind) {
        tenant_id -> Id,
        kind -> Text,
        sealed -> Binary,
        set_by_manager -> Bool,
        updated_at -> Instant,
        last_test -> Nullable<Instant>,
        last_error -> Nullable<Text>,
        last_result -> Nullable<Text>,
        last_took_us -> Nullable<BigInt>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Releases.
    releases (project_id, version) {
        project_id -> Id,
        version -> Text,
        #[sql_name = "ref"]
        git_ref -> Nullable<Text>,
        url -> Nullable<Text>,
        released_at -> Nullable<Instant>,
        created_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Deploys of releases.
    deploys (id) {
        id -> Id,
        project_id -> Id,
        version -> Text,
        environment -> Text,
        at -> Instant,
        url -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Jobs.
    jobs (id) {
        id -> Id,
        tenant_id -> Id,
        bound_project -> Nullable<Id>,
        action -> Text,
        detail -> Text,
        actor -> Text,
        total -> BigInt,
        done -> BigInt,
        state -> Text,
        error -> Nullable<Text>,
        created_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Steps of jobs that are left.
    job_steps (job_id, place) {
        job_id -> Id,
        place -> BigInt,
        errors -> Binary,
        attempts -> Integer,
        node -> Nullable<Id>,
        given_until -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::*;

    /// Entries of activity logs that somebody may have to be told of.
    untold_activity (activity_id, project_id) {
        project_id -> Id,
        activity_id -> Id,
        only_mentions -> Bool,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// E-mails to members.
    letters (id) {
        id -> Id,
        tenant_id -> Id,
        project_id -> Id,
        activity_id -> Id,
        others -> Integer,
        member_id -> Id,
        reason -> Text,
        status -> Text,
        attempts -> Integer,
        next_attempt_at -> Instant,
        created_at -> Instant,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Chunks of bundles.
    artifact_chunks (tenant_id, digest) {
        tenant_id -> Id,
        digest -> Binary,
        blob_id -> Id,
        size -> BigInt,
        stored -> BigInt,
        added_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Bundles of scripts and source maps.
    artifacts (id) {
        id -> Id,
        tenant_id -> Id,
        checksum -> Binary,
        state -> Text,
        failure -> Nullable<Text>,
        chunks -> Binary,
        size -> BigInt,
        files -> Integer,
        debug_ids -> Integer,
        uploaded_by -> Text,
        uploaded_at -> Instant,
        last_used -> Nullable<Instant>,
        node -> Nullable<Id>,
        given_until -> Nullable<Instant>,
        told -> Bool,
    }
}

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::*;

    /// Where artifacts are used.
    artifact_places (artifact_id, project_id, release, dist) {
        artifact_id -> Id,
        project_id -> Id,
        release -> Text,
        dist -> Text,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Files of bundles.
    artifact_files (tenant_id, digest) {
        tenant_id -> Id,
        digest -> Binary,
        blob_id -> Id,
        size -> BigInt,
        stored -> BigInt,
        added_at -> Instant,
    }
}

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::*;

    /// Entries of bundles.
    artifact_entries (artifact_id, place) {
        artifact_id -> Id,
        place -> Integer,
        tenant_id -> Id,
        url -> Text,
        url_key -> Id,
        kind -> Text,
        debug_id -> Nullable<Id>,
        digest -> Binary,
        size -> BigInt,
        source_map -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::*;

    /// Bytes of chunks and files.
    artifact_blobs (id, place) {
        id -> Id,
        place -> Integer,
        data -> Binary,
    }
}

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::*;

    /// Commits of releases.
    release_commits (project_id, version) {
        project_id -> Id,
        version -> Text,
        commits -> Text,
        refs -> Text,
        count -> BigInt,
        last -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::*;

    /// Source maps that events wanted in vain.
    artifact_misses (project_id, key, fingerprint) {
        project_id -> Id,
        key -> Id,
        fingerprint -> Id,
        noted_at -> Instant,
        due_at -> Nullable<Instant>,
    }
}

allow_tables_to_appear_in_same_query!(jobs, job_steps);
allow_tables_to_appear_in_same_query!(
    artifacts,
    artifact_places,
    artifact_entries,
    artifact_files,
    projects
);
allow_tables_to_appear_in_same_query!(alert_firings, deliveries);
allow_tables_to_appear_in_same_query!(alert_rules, rule_peaks);
allow_tables_to_appear_in_same_query!(triaged, projects);
allow_tables_to_appear_in_same_query!(error_marks, projects);
allow_tables_to_appear_in_same_query!(
    alert_rules,
    tenants,
    projects,
    project_keys,
    members,
    users,
    sessions,
    grants,
    invitations,
    system_users,
);
