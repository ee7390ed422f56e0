//! Tables that are specific to SQLite, as created by `migrations/sqlite`. `rowid` is SQLite's implicit key.

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
        resolved_in -> Nullable<Text>,
        ignored -> Bool,
        ignore_terms -> Nullable<Text>,
        reopen_at -> Nullable<BigInt>,
        assigned_to -> Nullable<Binary>,
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
        ignored -> Bool,
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
