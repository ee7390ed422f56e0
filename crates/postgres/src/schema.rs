//! Tables that are specific to PostgreSQL, as created by `migrations/postgres`.

use diesel::{allow_tables_to_appear_in_same_query, table};

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
        resolved_in -> Nullable<Text>,
        ignored -> Bool,
        ignore_terms -> Nullable<Text>,
        reopen_at -> Nullable<Timestamptz>,
        assigned_to -> Nullable<Uuid>,
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
        ignored -> Bool,
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

allow_tables_to_appear_in_same_query!(errors, error_fingerprints);
