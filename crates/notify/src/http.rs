//! The HTTP client that Slack, webhooks and SMS share.

use crate::guard::{CheckedUrl, Guard, GuardedDns, TargetError, causes};
use crate::text::one_line;
use crate::tls::Trust;
use faultbook_domain::clock::Clock;
use faultbook_domain::notifications::NotifyError;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;

/// How much of an answer's body is read.
const MAX_BODY: usize = 64 * 1024;
/// The longest wait that a receiver may ask for; what has not arrived by then is given up anyway.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// How long an idle connection is kept, for messages that go to several recipients.
const KEPT_IDLE: Duration = Duration::from_secs(15);

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// How long it asks us to wait.
    pub retry_after: Option<Duration>,
    /// The beginning of its body; empty for a success, whose body nobody needs.
    pub body: Vec<u8>,
}

/// Posts to addresses that the guard lets pass.
pub struct Http {
    client: reqwest::Client,
    guard: Arc<Guard>,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

impl Http {
    /// A client that gives up after `timeout`.
    ///
    /// # Errors
    /// The client cannot be built.
    pub fn new(
        guard: Arc<Guard>,
        trust: &Trust,
        clock: Arc<dyn Clock>,
        timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("Faultbook/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(trust.config().as_ref().clone())
            .dns_resolver(Arc::new(GuardedDns(Arc::clone(&guard))))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .pool_idle_timeout(KEPT_IDLE)
            .timeout(timeout)
            .build()?;
        Ok(Self {
            client,
            guard,
            clock,
            timeout,
        })
    }

    /// Checks a URL that somebody set up.
    ///
    /// # Errors
    /// [`NotifyError::RefusedTarget`], or `Permanent` when it is no URL.
    pub fn target(&self, url: &str) -> Result<CheckedUrl, NotifyError> {
        self.guard
            .check_url(url)
            .map_err(|error| NotifyError::from(&error))
    }

    /// Begins a request.
    pub fn post(&self, url: &CheckedUrl) -> RequestBuilder {
        self.client.post(url.as_url().clone())
    }

    /// Sends a request to a target and takes the answer, whatever its status.
    ///
    /// # Errors
    /// [`NotifyError::RefusedTarget`] when the host's name leads where we do not go, `Transient`
    /// when there is no answer.
    pub async fn send(
        &self,
        target: &CheckedUrl,
        request: RequestBuilder,
    ) -> Result<Answer, NotifyError> {
        let response = request
            .send()
            .await
            .map_err(|error| self.unanswered(target, &error))?;
        let status = response.status();
        let retry_after = retry_after(response.headers(), self.clock.now());
        let body = if status.is_success() {
            Vec::new()
        } else {
            beginning(response).await
        };
        Ok(Answer {
            status,
            retry_after,
            body,
        })
    }

    /// Why there is no answer. reqwest's own sentences name the whole URL, which may hold secrets.
    fn unanswered(&self, target: &CheckedUrl, error: &reqwest::Error) -> NotifyError {
        if let Some(target) = TargetError::within(error) {
            return target.into();
        }
        let host = target.host();
        if error.is_timeout() {
            let seconds = self.timeout.as_secs_f32();
            return NotifyError::transient(format!("{host} did not answer within {seconds} s"));
        }
        let cause = one_line(&root_cause(error), 200);
        NotifyError::transient(if error.is_connect() {
            format!("cannot connect to {host}: {cause}")
        } else {
            format!("the exchange with {host} broke off: {cause}")
        })
    }
}

impl Answer {
    /// What the status means. Busy and broken receivers (408, 425, 429, 5xx) may recover; others
    /// (redirects, which are not followed, and what is left of 4xx) will say the same again.
    ///
    /// `who` begins the reason; `detail`, if not empty, ends it.
    ///
    /// Returns the status' number.
    ///
    /// # Errors
    /// [`NotifyError::Transient`] or `Permanent` for all but a 2xx.
    pub fn verdict(&self, who: &str, detail: &str) -> Result<String, NotifyError> {
        if self.status.is_success() {
            return Ok(self.status.as_u16().to_string());
        }
        let mut reason = format!("{who} answered {}", self.status);
        if self.status.is_redirection() {
            reason.push_str(", and redirects are not followed");
        }
        if !detail.is_empty() {
            reason.push_str(": ");
            reason.push_str(detail);
        }
        if self.may_recover() {
            Err(NotifyError::Transient {
                reason,
                retry_after: self.retry_after,
                reached: Vec::new(),
            })
        } else {
            Err(NotifyError::permanent(reason))
        }
    }

    fn may_recover(&self) -> bool {
        self.status.is_server_error()
            || matches!(
                self.status,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
            )
    }
}

/// Reads no more than [`MAX_BODY`]. What breaks off is kept as far as it came: the status already
/// says what happened.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MAX_BODY - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == MAX_BODY {
            break;
        }
    }
    body
}

/// `Retry-After` in either form: seconds or a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = OffsetDateTime::from(httpdate::parse_http_date(text).ok()?);
            Duration::try_from(at - now).unwrap_or_default()
        }
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// The innermost cause: what the operating system or TLS said.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;
    use time::macros::datetime;

    fn wait(text: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
        retry_after(&headers, datetime!(2025-08-15 10:00:00 UTC))
    }

    #[test]
    fn a_wait_is_read_as_seconds_or_as_a_date_and_kept_within_a_day() {
        assert_eq!(wait("30"), Some(Duration::from_secs(30)));
        assert_eq!(
            wait("Fri, 15 Aug 2025 10:01:00 GMT"),
            Some(Duration::from_secs(60))
        );
        assert_eq!(wait("Fri, 15 Aug 2025 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("99999999"), Some(MAX_RETRY_AFTER));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-5"), None);
    }
}
