//! The tables as diesel knows them. `rowid` is SQLite's own number of a row.

diesel::table! {
    tenants (id) {
        id -> Binary,
        slug -> Text,
        name -> Text,
        suspended -> Bool,
        created_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    projects (id) {
        id -> Binary,
        tenant_id -> Binary,
        number -> BigInt,
        slug -> Text,
        name -> Text,
        platform -> Nullable<Text>,
        public_key -> Text,
        retention_days -> Nullable<Integer>,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Binary,
        tenant_id -> Binary,
        project_id -> Nullable<Binary>,
        name -> Text,
        digest -> Binary,
        preview -> Text,
        permissions -> Text,
        platform_admin -> Bool,
        rate_limit -> Nullable<Integer>,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        last_used -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Binary,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        platform_admin -> Bool,
        created_at -> BigInt,
        last_active -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Binary,
        user_id -> Binary,
        digest -> Binary,
        created_at -> BigInt,
        last_seen -> BigInt,
    }
}

diesel::table! {
    grants (id) {
        id -> Binary,
        tenant_id -> Binary,
        level -> Text,
        name -> Text,
        description -> Nullable<Text>,
        members -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    members (id) {
        id -> Binary,
        tenant_id -> Binary,
        user_id -> Binary,
        role_id -> Binary,
        status -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    invitations (id) {
        id -> Binary,
        tenant_id -> Binary,
        email -> Text,
        role_id -> Binary,
        digest -> Binary,
        invited_by -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        accepted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    system_users (id) {
        id -> Binary,
        tenant_id -> Binary,
        name -> Text,
        role_id -> Binary,
        digest -> Binary,
        preview -> Text,
        active -> Bool,
        expires_at -> Nullable<BigInt>,
        last_used -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    audit (id) {
        id -> Binary,
        tenant_id -> Binary,
        actor -> Text,
        action -> Text,
        target -> Text,
        detail -> Nullable<Text>,
        ip_address -> Nullable<Text>,
        request_id -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    platform (single) {
        single -> Bool,
        maintenance -> Bool,
    }
}

diesel::table! {
    errors (rowid) {
        rowid -> BigInt,
        project_id -> Binary,
        id -> Binary,
        count -> BigInt,
        first_seen -> BigInt,
        last_seen -> BigInt,
        resolved -> Bool,
        resolved_at -> Nullable<BigInt>,
        regressed -> Bool,
        created_at -> BigInt,
        first_received -> Nullable<BigInt>,
        updated_at -> BigInt,
        fingerprint -> Binary,
        latest_id -> Binary,
        event_id -> Binary,
        level -> Text,
        severity -> Text,
        source -> Text,
        environment -> Text,
        message -> Text,
        url -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        ip_address -> Nullable<Text>,
        release -> Nullable<Text>,
    }
}

diesel::table! {
    error_fingerprints (project_id, fingerprint) {
        project_id -> Binary,
        fingerprint -> Binary,
        version -> Integer,
        error_id -> Binary,
    }
}

diesel::table! {
    occurrences (rowid) {
        rowid -> BigInt,
        project_id -> Binary,
        id -> Binary,
        event_id -> Binary,
        fingerprint -> Binary,
        fingerprint_version -> Integer,
        timestamp -> BigInt,
        received_at -> BigInt,
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
        user_key -> Nullable<Binary>,
    }
}

diesel::table! {
    event_ids (project_id, event_id) {
        project_id -> Binary,
        event_id -> Binary,
        fingerprint -> Binary,
        stored_at -> BigInt,
    }
}

diesel::table! {
    project_hourly (project_id, hour, source, environment, level, severity) {
        project_id -> Binary,
        hour -> BigInt,
        source -> Text,
        environment -> Text,
        level -> Text,
        severity -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    error_hourly (project_id, fingerprint, hour, source, environment, level, severity) {
        project_id -> Binary,
        fingerprint -> Binary,
        hour -> BigInt,
        source -> Text,
        environment -> Text,
        level -> Text,
        severity -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    error_activity (project_id, id) {
        project_id -> Binary,
        id -> Binary,
        error_id -> Binary,
        kind -> Text,
        actor -> Text,
        at -> BigInt,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    alert_rules (id) {
        id -> Binary,
        tenant_id -> Binary,
        name -> Text,
        condition -> Text,
        threshold -> Double,
        time_window -> BigInt,
        enabled -> Bool,
        notifications -> Text,
        open_incident -> Nullable<Text>,
        active -> Bool,
        last_triggered -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        state_since -> Nullable<BigInt>,
        evaluated_at -> Nullable<BigInt>,
        value -> Nullable<Double>,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    incidents (id) {
        id -> Binary,
        tenant_id -> Binary,
        title -> Text,
        severity -> Text,
        status -> Text,
        description -> Text,
        assigned_to -> Nullable<Text>,
        rule_id -> Nullable<Binary>,
        created_at -> BigInt,
        updated_at -> BigInt,
        resolved_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    incident_changes (incident_id, place) {
        incident_id -> Binary,
        place -> BigInt,
        at -> BigInt,
        actor -> Text,
        field -> Text,
        old -> Nullable<Text>,
        new -> Nullable<Text>,
    }
}

diesel::table! {
    alert_firings (id) {
        id -> Binary,
        tenant_id -> Binary,
        rule_id -> Binary,
        condition -> Text,
        incident_id -> Nullable<Binary>,
        notification -> Text,
    }
}

diesel::table! {
    deliveries (id) {
        id -> Binary,
        firing_id -> Binary,
        tenant_id -> Binary,
        channel -> Text,
        status -> Text,
        attempts -> Integer,
        next_attempt_at -> BigInt,
        reached -> Text,
        reason -> Nullable<Text>,
        created_at -> BigInt,
        delivered_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    integrations (tenant_id, kind) {
        tenant_id -> Binary,
        kind -> Text,
        sealed -> Binary,
        updated_at -> BigInt,
        last_test -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    members,
    users,
    sessions,
    tenants,
    grants,
    invitations,
    system_users,
);
