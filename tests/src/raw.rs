//! Bytes on a socket: requests that an HTTP library would not send.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends bytes and reads until the server closes the connection, so ask for that (`Connection: close`).
///
/// # Panics
/// When the server cannot be reached.
pub async fn exchange(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A server that refuses early may close before everything is sent; what it answered counts.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of a raw answer.
///
/// # Panics
/// When it is no HTTP answer.
#[must_use]
pub fn status(answer: &str) -> u16 {
    let number = answer.split(' ').nth(1).and_then(|text| text.parse().ok());
    number.unwrap_or_else(|| panic!("no HTTP answer: {answer:?}"))
}

/// The body of a raw answer that is not chunked.
#[must_use]
pub fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

/// The error of a raw answer, whose head and envelope are checked, and which ends the connection.
///
/// # Panics
/// When it is anything else.
#[must_use]
#[track_caller]
pub fn refusal(answer: &str, status: u16, code: &str) -> Value {
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no HTTP answer: {answer:?}"));
    assert_eq!(self::status(answer), status, "{answer}");
    let header = |wanted: &str| {
        let mut headers = head.lines().filter_map(|line| line.split_once(": "));
        let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map_or("", |(_, value)| value)
    };
    assert_eq!(header("content-type"), "application/json", "{answer}");
    assert_eq!(header("content-length"), body.len().to_string(), "{answer}");
    assert_eq!(header("connection"), "close", "{answer}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{answer}");
    assert!(!header("date").is_empty(), "{answer}");
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {answer}"));
    assert_eq!(body["success"], false, "{answer}");
    assert_eq!(body["status"], "error", "{answer}");
    assert_eq!(body["code"], code, "{answer}");
    assert!(
        body["error"].as_str().is_some_and(|text| !text.is_empty()),
        "{answer}"
    );
    assert!(!header("x-request-id").is_empty(), "{answer}");
    assert_eq!(body["request_id"], header("x-request-id"), "{answer}");
    body
}
