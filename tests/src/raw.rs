//! Bytes on a socket: requests that an HTTP library would not send.

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
