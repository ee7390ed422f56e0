//! The tables, as `migrations/postgres` makes them.

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    tenants (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
        suspended -> Bool,
        created_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

table! {
    projects (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        number -> Int8,
        slug -> Text,
        name -> Text,
        platform -> Nullable<Text>,
        public_key -> Text,
        retention_days -> Nullable<Int4>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

table! {
    api_keys (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        project_id -> Nullable<Uuid>,
        name -> Text,
        digest -> Binary,
        preview -> Text,
        permissions -> Text,
        platform_admin -> Bool,
        rate_limit -> Nullable<Int4>,
        expires_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        last_used -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

table! {
    users (id) {
        id -> Uuid,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        platform_admin -> Bool,
        created_at -> Timestamptz,
        last_active -> Nullable<Timestamptz>,
    }
}

table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        digest -> Binary,
        created_at -> Timestamptz,
        last_seen -> Timestamptz,
    }
}

table! {
    grants (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        level -> Text,
        name -> Text,
        description -> Nullable<Text>,
        members -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    members (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        user_id -> Uuid,
        role_id -> Uuid,
        status -> Text,
        created_at -> Timestamptz,
    }
}

table! {
    invitations (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        email -> Text,
        role_id -> Uuid,
        digest -> Binary,
        invited_by -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        accepted_at -> Nullable<Timestamptz>,
    }
}

table! {
    system_users (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        name -> Text,
        role_id -> Uuid,
        digest -> Binary,
        preview -> Text,
        active -> Bool,
        expires_at -> Nullable<Timestamptz>,
        last_used -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

table! {
    audit (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        actor -> Text,
        action -> Text,
        target -> Text,
        detail -> Nullable<Text>,
        ip_address -> Nullable<Text>,
        request_id -> Text,
        at -> Timestamptz,
    }
}

table! {
    platform (single) {
        single -> Bool,
        maintenance -> Bool,
    }
}

table! {
    errors (project_id, id) {
        project_id -> Uuid,
        id -> Uuid,
        count -> Int8,
        first_seen -> Timestamptz,
        last_seen -> Timestamptz,
        last_seen_minute -> Timestamptz,
        resolved -> Bool,
        resolved_at -> Nullable<Timestamptz>,
        regressed -> Bool,
        regression_id -> Nullable<Uuid>,
        revision -> Int8,
        created_at -> Timestamptz,
        first_received -> Nullable<Timestamptz>,
        updated_at -> Timestamptz,
        fingerprint -> Uuid,
        latest_id -> Uuid,
        event_id -> Uuid,
        level -> Text,
        severity -> Text,
        message -> Text,
        source -> Text,
        environment -> Text,
        url -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        ip_address -> Nullable<Text>,
        release -> Nullable<Text>,
    }
}

table! {
    error_fingerprints (project_id, fingerprint) {
        project_id -> Uuid,
        fingerprint -> Uuid,
        version -> Int2,
        error_id -> Uuid,
        revision -> Int8,
    }
}

table! {
    occurrences (project_id, id) {
        project_id -> Uuid,
        id -> Uuid,
        event_id -> Uuid,
        fingerprint -> Uuid,
        fingerprint_version -> Int2,
        timestamp -> Timestamptz,
        received_at -> Timestamptz,
        level -> Text,
        severity -> Text,
        message -> Text,
        source -> Text,
        environment -> Text,
        stack_trace -> Nullable<Text>,
        context -> Nullable<Text>,
        url -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        ip_address -> Nullable<Text>,
        release -> Nullable<Text>,
        tags -> Nullable<Text>,
        reporter -> Nullable<Text>,
        custom_fingerprint -> Nullable<Text>,
        user_key -> Nullable<Uuid>,
    }
}

table! {
    error_hourly (project_id, fingerprint, hour, source, environment, level, severity) {
        project_id -> Uuid,
        fingerprint -> Uuid,
        hour -> Timestamptz,
        source -> Text,
        environment -> Text,
        level -> Text,
        severity -> Text,
        count -> Int8,
    }
}

table! {
    error_activity (project_id, id) {
        project_id -> Uuid,
        id -> Uuid,
        error_id -> Uuid,
        kind -> Text,
        actor -> Text,
        at -> Timestamptz,
        detail -> Nullable<Text>,
    }
}

table! {
    alert_rules (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        name -> Text,
        condition -> Text,
        threshold -> Double,
        time_window -> Int8,
        enabled -> Bool,
        notifications -> Text,
        open_incident -> Nullable<Text>,
        active -> Bool,
        last_triggered -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        state_since -> Nullable<Timestamptz>,
        evaluated_at -> Nullable<Timestamptz>,
        value -> Nullable<Double>,
        failure -> Nullable<Text>,
    }
}

table! {
    incidents (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        title -> Text,
        severity -> Text,
        status -> Text,
        description -> Text,
        assigned_to -> Nullable<Text>,
        rule_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        resolved_at -> Nullable<Timestamptz>,
    }
}

table! {
    incident_changes (incident_id, place) {
        incident_id -> Uuid,
        place -> Int8,
        at -> Timestamptz,
        actor -> Text,
        field -> Text,
        old -> Nullable<Text>,
        new -> Nullable<Text>,
    }
}

table! {
    alert_firings (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        rule_id -> Uuid,
        condition -> Text,
        incident_id -> Nullable<Uuid>,
        notification -> Text,
    }
}

table! {
    deliveries (id) {
        id -> Uuid,
        firing_id -> Uuid,
        tenant_id -> Uuid,
        channel -> Text,
        status -> Text,
        attempts -> Int4,
        next_attempt_at -> Timestamptz,
        reached -> Text,
        reason -> Nullable<Text>,
        created_at -> Timestamptz,
        delivered_at -> Nullable<Timestamptz>,
    }
}

table! {
    integrations (tenant_id, kind) {
        tenant_id -> Uuid,
        kind -> Text,
        sealed -> Binary,
        updated_at -> Timestamptz,
        last_test -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
    }
}

allow_tables_to_appear_in_same_query!(errors, error_fingerprints);
allow_tables_to_appear_in_same_query!(alert_firings, deliveries);
allow_tables_to_appear_in_same_query!(
    alert_rules,
    tenants,
    members,
    users,
    sessions,
    grants,
    invitations,
    system_users,
);
