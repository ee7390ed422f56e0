use serde_json::json;

use super::*;

#[test]
fn sensitive_keys_match_by_whole_words_in_any_spelling() {
    let missed: Vec<_> = [
        "password",
        "Password",
        "PASSWORD",
        "userPassword",
        "user_password",
        "password2",
        "passWord",
        "X-Api-Key",
        "apiKey",
        "API_KEY",
        "apikey",
        "APIKey",
        "api key",
        "DB_PASSWORD",
        "db.password",
        "authorization",
        "Proxy-Authorization",
        "set-cookie",
        "Cookie",
        "csrfToken",
        "X-CSRF-Token",
        "access_token",
        "refreshToken",
        "client_secret",
        "creditCardNumber",
        "credit-card",
        "creditcard",
        "card_number",
        "cardNumber",
        "private-key",
        "privateKey",
        "aws_secret_access_key",
        "AccessKeyId",
        "pin",
        "PIN",
        "userPin",
        "pin_code",
        "cvv",
        "cvv2",
        "ssn",
        "passwd",
        "JWTToken",
        "oauth2Token",
        "token_count_token",
        "count_password",
    ]
    .into_iter()
    .filter(|key| !SCRUBBER.is_sensitive_key(key))
    .collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn other_keys_stay() {
    let taken: Vec<_> = [
        "user_id",
        "session_id",
        "request_id",
        "author",
        "authored_by",
        "token_count",
        "tokenCount",
        "pinned",
        "spinner",
        "passenger",
        "tokenizer",
        "tokens",
        "max_tokens",
        "mapping",
        "p_in",
        "opinion",
        "shipping",
        "secretary",
        "cookieless",
        "passwordless",
        "password_length",
        "passwordExpiresAt",
        "token_type",
        "token_expires_in",
        "cookie-size",
        "api",
        "key",
        "card",
        "keyboard",
        "primary_key",
        "",
        "---",
        "пароль",
    ]
    .into_iter()
    .filter(|key| SCRUBBER.is_sensitive_key(key))
    .collect();
    assert!(taken.is_empty(), "{taken:?}");
}

#[test]
fn the_list_of_keys_is_configurable() {
    let scrubber = DefaultScrubber::new(["blood-type", "iban", "пароль", "", "--"]);
    for key in [
        "bloodType",
        "BLOOD_TYPE",
        "bloodtype",
        "customer.iban",
        "мой_пароль",
    ] {
        assert!(scrubber.is_sensitive_key(key), "{key}");
    }
    for key in ["blood", "type", "password", "blood_types"] {
        assert!(!scrubber.is_sensitive_key(key), "{key}");
    }
    assert_eq!(
        scrubber.scrub_text("iban=DE89 password=x").as_deref(),
        Some("iban=[Filtered] password=x")
    );
}

/// Keys that resemble sensitive ones and hold no secret.
const LOOKALIKES: &[&str] = &[
    "user_id",
    "userId",
    "session_id",
    "sessionId",
    "request_id",
    "x-request-id",
    "trace_id",
    "author",
    "author_id",
    "authored_by",
    "token_count",
    "tokenCount",
    "max_tokens",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "tokens",
    "token_type",
    "token_limit",
    "token_usage",
    "token_expires_at",
    "token_expires_in",
    "token_url",
    "token_endpoint",
    "token_issuer",
    "token_status",
    "cookie_consent",
    "cookieConsent",
    "cookie_policy",
    "cookie_domain",
    "cookie_name",
    "cookies_enabled",
    "cookies_accepted",
    "cookie_count",
    "csrf_failures",
    "csrfFailures",
    "csrf_enabled",
    "csrf_protection",
    "password_reset",
    "passwordReset",
    "password_length",
    "password_policy",
    "password_changed_at",
    "password_expires",
    "password_strength",
    "password_required",
    "has_password",
    "hasPassword",
    "needs_password",
    "is_token_valid",
    "forgot_password",
    "passwordless",
    "passenger",
    "passport_no",
    "passive",
    "compass",
    "bypass",
    "pass_rate",
    "passes",
    "passed",
    "pass",
    "secretary",
    "secret_name",
    "secrets_count",
    "secret_version",
    "pinned",
    "spinner",
    "spin",
    "opinion",
    "pins",
    "ping",
    "pinch",
    "mapping",
    "shipping",
    "api",
    "api_version",
    "api_url",
    "key",
    "keys",
    "keyboard",
    "primary_key",
    "foreign_key",
    "public_key",
    "key_id",
    "access",
    "access_level",
    "accessibility",
    "card",
    "card_type",
    "cards",
    "credit",
    "credits",
    "authorization_url",
    "authorization_endpoint",
    "authorization_status",
    "authenticated",
    "auth",
    "auth_method",
    "jwt_algorithm",
    "cvs",
    "ssnow",
    "session",
    "tokenizer",
    "tokenized",
    "tokenization",
    "cookieless",
    "cookiecutter",
    "private",
    "signing",
    "POSTGRES_PASSWORD_FILE",
    "password_file",
    "credentials_count",
    "passcode_length",
    "passwordPolicy",
];

#[test]
fn keys_that_only_resemble_sensitive_ones_keep_their_values() {
    for &key in LOOKALIKES {
        for value in [json!("abc-123"), json!(7), json!(true), json!({"a": "x1"})] {
            let object = json!({ key: value, "list": [{ "name": key, "value": value }], "pairs": [[key, value]] });
            let mut clean = object.clone();
            SCRUBBER.scrub_json(&mut clean);
            assert_eq!(clean, object, "{key}");
        }
        for text in [
            format!("{key}=abc123 x"),
            format!("{{{key}:abc Zone:}}"),
            format!("('{key}', 'abc123')"),
            format!("tool --{key} abc123"),
            format!("<a><{key}>abc</{key}></a>"),
        ] {
            assert_eq!(scrub(&text), text);
        }
    }
}
