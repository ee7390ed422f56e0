use super::*;

/// Enough for a quadratic pass to take minutes without optimization, so that the test runner's limit
/// stops it; linear passes over all of these take seconds.
const SIZE: usize = 64 << 10;

#[test]
fn hostile_text_comes_to_an_end() {
    for unit in [
        "a",
        " ",
        "1",
        "1 ",
        "4-",
        "4111 ",
        "4111111111111111 ",
        ":",
        "=",
        "::",
        "://",
        "://a:",
        "://a:b/",
        "a@",
        "\"",
        "'",
        "\\",
        "\\\"",
        "password",
        "password:",
        "password=",
        "password=(",
        "password:(",
        "\"password\":[",
        "pin:{",
        "password=\"",
        "password='\n",
        "password=\\\"",
        "a=\"password\":\\\"\n",
        "cookie:",
        "cookie: a ",
        "cookie=a,",
        "authorization:digest ",
        "authorization: bearer ",
        "token,",
        "pin=a,b,",
        "api key is ",
        "unexpected token:",
        "eyJ",
        "eyJ.",
        "eyJaaaaa.",
        "eyJaaaaaa.a",
        ".eyJ",
        "bearer ",
        "bearer+",
        "basic+!",
        "basic+",
        "bea",
        "-----BEGIN",
        "-----BEGIN PRIVATE KEY",
        "-----BEGIN PRIVATE KEY-----",
        "-----END",
        "sk_live_",
        "SG.",
        "AKIA",
        "hf_a",
        "[Filtered]",
        "password=[Filtered]",
        "%20",
        "pin",
        "pinPin",
        "aB",
        "a.b-c_",
        "é",
        "\0",
        "pin=f(\"",
        "pin=a;b|c",
        "pin = a)b",
    ] {
        let text = unit.repeat(SIZE / unit.len());
        for text in [
            format!("{text}=\""),
            format!("pin={text}"),
            format!("\"pin\":[\"{text}"),
            text,
        ] {
            let scrubbed = SCRUBBER.scrub_text(&text).unwrap_or_else(|| text.clone());
            assert!(!scrubbed.is_empty(), "{unit:?}");
        }
    }
}
