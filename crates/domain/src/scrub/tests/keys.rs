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
