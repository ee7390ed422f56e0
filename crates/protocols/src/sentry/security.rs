//! Reports of browsers about a content security policy.

use super::Malformed;
use super::fields::{Object, cut, cut_str, text};
use super::request::{MAX_URL, without_userinfo};
use super::trimming;
use crate::bounded::{Bounded, Budget};
use crate::origin::Origin;
use crate::repair::parse_seed;
use faultbook_domain::errors::Level;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::Report;
use serde_json::Value;
use url::Url;

/// Values that are read of a body.
const MAX_VALUES: usize = 50_000;
/// The most reports of a body.
const MAX_REPORTS: usize = 100;
/// The longest directive or origin, in characters.
const MAX_NAME: usize = 250;

/// Schemes of browsers' extensions, which are none of the application's business.
const EXTENSIONS: [&str; 6] = [
    "chrome-extension",
    "moz-extension",
    "safari-extension",
    "safari-web-extension",
    "ms-browser-extension",
    "webkit-masked-url",
];

/// What the URL to which a report is sent says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecurityQuery {
    /// `sentry_environment`.
    pub environment: Option<String>,
    /// `sentry_release`.
    pub release: Option<String>,
}

impl SecurityQuery {
    /// Reads the query of a URL, without its question mark.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "sentry_environment" => read.environment = Some(value.into_owned()),
                "sentry_release" => read.release = Some(value.into_owned()),
                _ => {}
            }
        }
        read
    }
}

/// What a body of security reports holds.
#[derive(Debug, Default)]
pub(super) struct SecurityReports {
    /// Reports of policy violations.
    pub(super) reports: Vec<Report>,
    /// How many others there were: of other kinds, about extensions, and too many.
    pub(super) dropped: u64,
}

/// Reads `{"csp-report":{...}}`, or the Reporting API's list of `{"type":"csp-violation","url","body":{...}}`.
///
/// # Errors
/// [`Malformed`] when the body is neither.
pub(super) fn read(
    body: &[u8],
    query: &SecurityQuery,
    origin: &Origin<'_>,
    ids: &dyn IdSource,
) -> Result<SecurityReports, Malformed> {
    const UNREADABLE: Malformed = Malformed::Unreadable("Body is no security report");
    if body.len() > origin.max_event {
        return Err(Malformed::TooLarge);
    }
    let budget = Budget::new(MAX_VALUES);
    let sent = match parse_seed(body, || Bounded::new(&budget)).map_err(|_| UNREADABLE)? {
        Value::Array(sent) => sent,
        one @ Value::Object(_) => vec![one],
        _ => return Err(UNREADABLE),
    };
    if !sent
        .iter()
        .any(|one| one.get("csp-report").is_some() || one.get("type").is_some())
        && !sent.is_empty()
    {
        return Err(UNREADABLE);
    }
    let mut read = SecurityReports::default();
    for one in sent {
        let violation = Violation::of(one).filter(|violation| !violation.is_of_extension());
        match violation {
            Some(violation) if read.reports.len() < MAX_REPORTS => {
                let mut report = violation.into_report(query, origin);
                report.event_id = Some(ids.next_id(origin.received_at));
                read.reports.push(report);
            }
            _ => read.dropped += 1,
        }
    }
    Ok(read)
}

/// A violation of a content security policy.
struct Violation {
    sent: Object,
    /// What the Reporting API names beside the report.
    url: Option<String>,
}

impl Violation {
    fn of(sent: Value) -> Option<Self> {
        let Value::Object(mut sent) = sent else {
            return None;
        };
        if let Some(Value::Object(report)) = sent.remove("csp-report") {
            return Some(Self {
                sent: report,
                url: None,
            });
        }
        if text(&sent, "type") != Some("csp-violation") {
            return None;
        }
        let url = text(&sent, "url").map(str::to_owned);
        match sent.remove("body") {
            Some(Value::Object(body)) => Some(Self { sent: body, url }),
            _ => None,
        }
    }

    /// A field, which the two forms spell differently.
    fn field(&self, hyphens: &str, camels: &str) -> Option<&str> {
        text(&self.sent, hyphens).or_else(|| text(&self.sent, camels))
    }

    fn directive(&self) -> &str {
        let named = self.field("effective-directive", "effectiveDirective");
        let named = named.or_else(|| self.field("violated-directive", "violatedDirective"));
        named
            .and_then(|directive| directive.split_whitespace().next())
            .unwrap_or("unknown")
    }

    fn blocked(&self) -> &str {
        self.field("blocked-uri", "blockedURL").unwrap_or("self")
    }

    fn is_of_extension(&self) -> bool {
        let source = self.field("source-file", "sourceFile").unwrap_or_default();
        [self.blocked(), source].iter().any(|uri| {
            let scheme = uri.split(':').next().unwrap_or_default();
            EXTENSIONS
                .iter()
                .any(|extension| scheme.eq_ignore_ascii_case(extension))
        })
    }

    fn into_report(self, query: &SecurityQuery, origin: &Origin<'_>) -> Report {
        let named = |name: Option<&str>| {
            name.filter(|name| !name.trim().is_empty())
                .map(|name| cut_str(name, MAX_NAME).to_owned())
        };
        let (directive, blocked) = (cut_str(self.directive(), MAX_NAME), self.blocked());
        let message = format!("Blocked '{directive}' from '{}'", cut_str(blocked, MAX_URL));
        let mut report = Report::new("frontend", message);
        report.level = Level::Warning;
        report.fingerprint = Some(vec![
            "csp".to_owned(),
            directive.to_owned(),
            origin_of(blocked),
        ]);
        let url = self
            .field("document-uri", "documentURL")
            .or(self.url.as_deref());
        report.url = url.map(|url| cut(without_userinfo(url), MAX_URL));
        report.environment = named(query.environment.as_deref());
        report.release = named(query.release.as_deref());
        report.user_agent = named(origin.user_agent);
        report.ip_address = origin.client_address.map(str::to_owned);
        report.timestamp = Some(origin.received_at);
        let mut context = Object::new();
        context.insert("csp".to_owned(), Value::Object(self.sent));
        if trimming::trim(&mut context) {
            trimming::mark(&mut context);
        }
        report.context = Some(context);
        report
    }
}

/// The origin of a blocked URI; of one that has none, its scheme or keyword.
fn origin_of(blocked: &str) -> String {
    let origin = match Url::parse(blocked) {
        Ok(url) if url.origin().is_tuple() && url.scheme() != "blob" => {
            url.origin().ascii_serialization()
        }
        Ok(url) => url.scheme().to_owned(),
        Err(_) => blocked.to_owned(),
    };
    cut(origin, MAX_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::tests::{Counting, origin};
    use serde_json::json;

    fn reports(body: &Value) -> SecurityReports {
        let query =
            SecurityQuery::parse("sentry_key=k&sentry_environment=staging&sentry_release=1%2E0");
        read(
            body.to_string().as_bytes(),
            &query,
            &origin(),
            &Counting::default(),
        )
        .unwrap()
    }

    fn csp(blocked: &str) -> Value {
        json!({ "csp-report": { "document-uri": "https://shop.example/cart", "effective-directive": "script-src-elem",
            "violated-directive": "script-src 'self'", "blocked-uri": blocked } })
    }

    #[test]
    fn both_forms_are_read() {
        let old = csp("https://evil.example/x.js?a=1");
        let new = json!([{ "type": "csp-violation", "age": 10, "url": "https://shop.example/cart", "user_agent": "x",
            "body": { "effectiveDirective": "script-src-elem", "blockedURL": "https://evil.example/x.js?a=1" } },
            { "type": "deprecation", "body": {} }]);
        for (body, dropped) in [(old, 0), (new, 1)] {
            let read = reports(&body);
            let [report] = &read.reports[..] else {
                panic!("one report")
            };
            assert_eq!(read.dropped, dropped);
            assert_eq!(
                report.message,
                "Blocked 'script-src-elem' from 'https://evil.example/x.js?a=1'"
            );
            assert_eq!(
                (report.level, report.source.as_str()),
                (Level::Warning, "frontend")
            );
            assert_eq!(report.url.as_deref(), Some("https://shop.example/cart"));
            assert_eq!(
                (report.environment.as_deref(), report.release.as_deref()),
                (Some("staging"), Some("1.0"))
            );
            assert_eq!(
                report.fingerprint.as_ref().unwrap()[1..],
                ["script-src-elem", "https://evil.example"]
            );
            assert!(
                report.context.as_ref().unwrap()["csp"].is_object() && report.event_id.is_some()
            );
        }
    }

    #[test]
    fn the_directive_is_the_effective_one() {
        let of = |report: Value| {
            reports(&json!({ "csp-report": report }))
                .reports
                .remove(0)
                .message
        };
        assert_eq!(
            of(json!({ "violated-directive": "img-src 'self'", "blocked-uri": "data" })),
            "Blocked 'img-src' from 'data'"
        );
        assert_eq!(
            of(json!({ "blocked-uri": "" })),
            "Blocked 'unknown' from 'self'"
        );
    }

    #[test]
    fn uris_are_grouped_by_origin() {
        let cases = [
            ("https://a.example:8443/x?y", "https://a.example:8443"),
            ("https://a.example/x", "https://a.example"),
            ("wss://a.example/x", "wss://a.example"),
            ("data", "data"),
            ("data:text/html,x", "data"),
            ("blob:https://a.example/1-2", "blob"),
            ("inline", "inline"),
            ("eval", "eval"),
        ];
        for (blocked, expected) in cases {
            let read = reports(&csp(blocked));
            assert_eq!(
                read.reports[0].fingerprint.as_ref().unwrap()[2],
                expected,
                "{blocked}"
            );
        }
    }

    #[test]
    fn extensions_are_dropped() {
        for blocked in [
            "chrome-extension://abc/x.js",
            "moz-extension",
            "safari-web-extension://x",
        ] {
            let read = reports(&csp(blocked));
            assert_eq!((read.reports.len(), read.dropped), (0, 1), "{blocked}");
        }
        let mut by_source = csp("inline");
        by_source["csp-report"]["source-file"] = json!("moz-extension://x/y.js");
        assert!(reports(&by_source).reports.is_empty());
    }

    #[test]
    fn what_is_no_report_is_malformed() {
        for body in ["", "5", "{}", "[{}]", "{\"a\":1}"] {
            let read = read(
                body.as_bytes(),
                &SecurityQuery::default(),
                &origin(),
                &Counting::default(),
            );
            assert!(read.is_err(), "{body}");
        }
    }
}
