use super::*;

const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P";
const PEM: &str = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nAB==\n-----END RSA PRIVATE KEY-----";

#[test]
fn card_numbers_go() {
    assert_becomes(&[
        ("card 4111111111111111 declined", "card [Filtered] declined"),
        ("card4111111111111111", "card[Filtered]"),
        ("4111 1111 1111 1111", "[Filtered]"),
        ("4111-1111-1111-1111,", "[Filtered],"),
        ("3782 822463 10005", "[Filtered]"),
        ("378282246310005 5555555555554444", "[Filtered] [Filtered]"),
        ("2223003122003222.", "[Filtered]."),
        ("6011111111111117 3530111333300000", "[Filtered] [Filtered]"),
        ("30569309025904 4222222222222", "[Filtered] [Filtered]"),
        (
            "order 12 4111 1111 1111 1111 12 27",
            "order 12 [Filtered] 12 27",
        ),
        ("a=4111111111111111&b", "a=[Filtered]&b"),
        ("q=%204111111111111111", "q=%20[Filtered]"),
        (r"a\n4111111111111111\nb", r"a\n[Filtered]\nb"),
    ]);
}

#[test]
fn numbers_that_are_no_cards_stay() {
    assert_unchanged(&[
        "4111111111111112",
        "1700000000123 1699999999999",
        "1700000000123456 1700000000123456789",
        "41111111111111110000000",
        "0.4111111111111111",
        "0x4111111111111111",
        "4111111111111111abc",
        "cafe4111111111111111",
        "12345678-1234-5678-9abc-123456789012",
        "550e8400-e29b-41d4-a716-446655440000",
        "41111111-1111-1111-1111-111111111111",
        "9999999999999995",
        "1 2 3 4 5 6 7 8 9 10 11 12 13",
        "                                        x",
        "2024-01-02 03-04-05 2024-01-02 03-04-05",
    ]);
}

#[test]
fn tokens_and_well_known_keys_go() {
    let hex = "0123456789abcdef0123456789ABCDEF0123";
    for prefix in [
        "sk_live_",
        "sk_test_",
        "rk_live_",
        "AKIA",
        "ASIA",
        "ghp_",
        "gho_",
        "ghs_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "AIza",
        "SG.",
        "npm_",
        "pypi-",
        "whsec_",
        "hf_",
    ] {
        assert_becomes(&[
            (
                &format!("bad key {prefix}{hex}, stop"),
                "bad key [Filtered], stop",
            ),
            (&format!("k=%3D{prefix}{hex}"), "k=%3D[Filtered]"),
        ]);
    }
    assert_becomes(&[
        (JWT, "[Filtered]"),
        (&format!("got {JWT}."), "got [Filtered]."),
        (&format!("'{JWT}' x"), "'[Filtered]' x"),
        (&format!("a\\n{JWT}"), "a\\n[Filtered]"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "[Filtered]."),
        ("eyJhbGciOiJkaXIifQ..abc.def.ghi x", "[Filtered] x"),
    ]);
}

#[test]
fn words_that_resemble_keys_stay() {
    assert_unchanged(&[
        "disk_live_0123456789abcdef",
        "hf_hub_download",
        "npm_config_registry",
        "sk_test_x",
        "AKIA",
        "SG.foo",
        "eyJ.x eyJabc eyJhbGciOiJIUzI1NiJ9 eyJhbGciOiJIUzI1NiJ9.",
        "MAKIAVELLI0123456789ABCDEF",
    ]);
}

#[test]
fn http_credentials_go_and_prose_stays() {
    assert_becomes(&[
        ("sent Bearer abc123 to", "sent Bearer [Filtered] to"),
        ("BEARER Abc", "BEARER [Filtered]"),
        ("bEaReR abc-def.", "bEaReR [Filtered]."),
        ("Basic dXNlcjpwYXNz", "Basic [Filtered]"),
        ("basic dXNlcjpwYXNzMQ==", "basic [Filtered]"),
        ("Bearer%20abc123", "Bearer%20[Filtered]"),
    ]);
    assert_unchanged(&[
        "bearer token is missing",
        "Bearer realm=\"x\"",
        "Basic authentication failed",
        "Basic auth required",
        "Visual Basic error",
        "basic usage: x",
        "Bearer <token>",
        "forbearer abc123",
        "Bearer",
        "Basic ",
    ]);
}

#[test]
fn passwords_in_urls_go() {
    assert_becomes(&[
        (
            "postgres://u:p@h:5432/db",
            "postgres://u:[Filtered]@h:5432/db",
        ),
        ("redis://:p@h", "redis://:[Filtered]@h"),
        ("https://u:p@w@h/x?y=z@w", "https://u:[Filtered]@h/x?y=z@w"),
        ("amqp://u:a/b@h/v", "amqp://u:[Filtered]@h/v"),
        (
            "'mongodb://u:p@h1:1,h2:2/d'",
            "'mongodb://u:[Filtered]@h1:1,h2:2/d'",
        ),
        (r"https:\/\/u:p@h\/x", r"https:\/\/u:[Filtered]@h\/x"),
        ("https://token:abc@h/", "https://token:[Filtered]@h/"),
    ]);
    assert_unchanged(&[
        "https://h:8080/a@b",
        "https://u@h/",
        "https://u:@h/",
        "http://h/a:b@c",
        "http://[::1]:80/",
        "git@h:x/y",
    ]);
}

#[test]
fn private_keys_go() {
    assert_becomes(&[
        (&format!("a {PEM} b"), "a [Filtered] b"),
        (
            &format!("a {} b", PEM.replace('\n', "\\n")),
            "a [Filtered] b",
        ),
        ("x -----BEGIN PRIVATE KEY-----\nMIIE\nAB", "x [Filtered]"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nA\n-----END OPENSSH PRIVATE KEY-----\nb",
            "[Filtered]\nb",
        ),
    ]);
    assert_unchanged(&[
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----",
        "-----BEGIN",
    ]);
}
