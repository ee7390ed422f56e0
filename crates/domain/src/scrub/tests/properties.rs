use proptest::prelude::*;

use super::*;

/// Text made of what the scanner looks for.
fn awkward_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "password",
            "token",
            "api key",
            "Authorization",
            "cookie",
            ":",
            "=",
            "=>",
            "::",
            "://",
            "\"",
            "'",
            "\\\"",
            "\\",
            "\n",
            "\\n",
            " ",
            "  ",
            "[Filtered]",
            "[",
            "]",
            "{",
            "}",
            "(",
            ")",
            ",",
            ";",
            "&",
            "@",
            "/",
            ".",
            "-",
            "%3D",
            "Bearer ",
            "basic ",
            "eyJhbGciOiJIUzI1NiJ9",
            ".eyJzdWIiOiIxIn0",
            "abc",
            "4111111111111111",
            "4111 1111",
            "1111-1111",
            "sk_live_0123456789",
            "AKIA0123456789ABCDEF",
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "null",
            "é",
            "\0",
            "hunter2",
            "unexpected ",
            "Digest ",
            "<",
            "|",
            "!",
            "?",
            "#",
            "('",
            "', '",
            "name",
            "value",
            "<password>",
            "</password>",
            "--token ",
            " -> ",
            "Map(",
            ";pwd=",
            "Password(",
            "key=",
            "PWD",
            ": |\n  ",
            "must be",
            "\"\"\"",
            "<<",
            ">>",
            "mysql -p",
            "string(7) ",
            "&lt;",
            "Host:",
            "[[",
        ])
        .prop_map(str::to_owned),
        ".{0,3}",
        "[0-9]{1,19}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn scrubbing_twice_changes_nothing_more(text in awkward_text()) {
            if let Some(clean) = SCRUBBER.scrub_text(&text) {
            prop_assert_ne!(&clean, &text);
            prop_assert_eq!(SCRUBBER.scrub_text(&clean), None, "{}", clean);
        }
    }

    #[test]
    fn any_text_is_taken(text in any::<String>()) {
            if let Some(clean) = SCRUBBER.scrub_text(&text) {
            prop_assert_eq!(SCRUBBER.scrub_text(&clean), None);
        }
    }

    #[test]
    fn a_planted_secret_never_survives(
        before in "[a-zA-Z .,\n]{0,20}[ \n\"'(=]",
        after in "([ \n\"'),][a-zA-Z .,\n]{0,20})?",
        (form, secret) in planted(),
    ) {
        let text = format!("{before}{}{after}", form.replace("{}", &secret));
        prop_assert!(!scrub(&text).contains(&secret), "{}\nbecame {}", text, scrub(&text));
    }

    #[test]
    fn json_is_scrubbed_once_and_keeps_its_shape(text in awkward_text(), key in awkward_text()) {
            let mut value = serde_json::json!({"a": [text, {"b": text}], key: text, "n": 1});
        let members = value.as_object().map(serde_json::Map::len);
        SCRUBBER.scrub_json(&mut value);
        prop_assert_eq!(value.as_object().map(serde_json::Map::len), members);
        let once = value.clone();
        SCRUBBER.scrub_json(&mut value);
        prop_assert_eq!(&value, &once);
        prop_assert!(!value.to_string().contains("\\u0000"));
    }
}

/// A way to write a secret, with the secret.
fn planted() -> impl Strategy<Value = (&'static str, String)> {
    let pairs = (
        proptest::sample::select(vec![
            "password={}",
            "api_key=\"{}\"",
            "?access_token={}&x=1",
            "{\"clientSecret\":\"{}\"}",
            "{\\\"password\\\": \\\"{}\\\"}",
            "'token': '{}'",
            "Authorization: Bearer {}",
            "X-Api-Key: {}",
            "https://bob:{}@host/x",
            "DB_PASSWORD={}",
            "csrfToken: \"{}\"",
            "Bearer {}",
            "Cookie: sid={}; a=b",
        ]),
        "[a-zA-Z]{3,8}[0-9_]{2,4}[a-z+/~]{2,8}[0-9]",
    );
    let shapes = prop_oneof![
        "sk_live_[a-zA-Z0-9]{20,38}",
        "ghp_[a-zA-Z0-9]{36}",
        "AKIA[A-Z0-9]{16}",
        "eyJ[a-zA-Z0-9_-]{10,30}\\.eyJ[a-zA-Z0-9_-]{5,40}\\.[a-zA-Z0-9_-]{10,40}",
    ];
    prop_oneof![
        pairs,
        shapes.prop_map(|secret| ("{}", secret)),
        cards().prop_map(|secret| ("{}", secret)),
    ]
}

/// Card numbers of the usual issuers, with the separators that people type.
fn cards() -> impl Strategy<Value = String> {
    (
        proptest::sample::select(vec![
            ("4", 16),
            ("4", 13),
            ("51", 16),
            ("2221", 16),
            ("37", 15),
            ("6011", 16),
            ("36", 14),
        ]),
        proptest::collection::vec(0_u32..10, 19),
        proptest::sample::select(vec!["", " ", "-"]),
    )
        .prop_map(|((prefix, len), digits, separator)| {
            let mut number: Vec<u32> = prefix.chars().filter_map(|c| c.to_digit(10)).collect();
            number.extend(digits);
            number.truncate(len - 1);
            let sum: u32 = number
                .iter()
                .rev()
                .enumerate()
                .map(|(n, d)| {
                    if n % 2 == 0 {
                        d * 2 / 10 + d * 2 % 10
                    } else {
                        *d
                    }
                })
                .sum();
            number.push((10 - sum % 10) % 10);
            let groups: Vec<String> = number
                .chunks(4)
                .map(|group| group.iter().map(u32::to_string).collect())
                .collect();
            groups.join(separator)
        })
}
