use std::time::{Duration, Instant};

use super::*;

/// Enough for a quadratic pass to take minutes without optimization.
const SIZE: usize = 64 << 10;

/// Far above what a linear pass takes even unoptimized on a busy machine, and far below what a
/// quadratic one takes.
const LIMIT: Duration = Duration::from_secs(4);

#[test]
fn hostile_text_takes_linear_time() {
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
            let begun = Instant::now();
            let _ = SCRUBBER.scrub_text(&text);
            let took = begun.elapsed();
            assert!(took < LIMIT, "{unit:?} took {took:?}");
        }
    }
}
