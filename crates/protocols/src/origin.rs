//! What a receiver knows of a request beside its body.

use time::OffsetDateTime;

/// What a receiver knows of a request beside its body.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// When the request was received.
    pub received_at: OffsetDateTime,
    /// The address of the client, told by the trusted proxies if there are any.
    pub client_address: Option<&'a str>,
    /// The header `User-Agent`.
    pub user_agent: Option<&'a str>,
    /// The source of reports that name none, set for the key.
    pub source: Option<&'a str>,
}
