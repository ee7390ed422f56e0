//! The URL of a request, whole or put together.

use super::event::Event;
use crate::size::cut;
use std::borrow::Cow;

/// The longest URL, in characters.
const MAX_URL: usize = 2_048;

/// The URL at which an event happened.
pub(super) fn of(event: &Event) -> Option<String> {
    let whole = event.text(&["url.full", "http.url"]);
    let url = whole.map(Cow::into_owned).or_else(|| put_together(event))?;
    Some(cut(url, MAX_URL))
}

/// Puts together what newer and older conventions name; without a host, the path alone.
fn put_together(event: &Event) -> Option<String> {
    let path = path(event);
    let Some(host) = host(event) else {
        return path;
    };
    let scheme = event.text(&["url.scheme", "http.scheme"]);
    let scheme = scheme.as_deref().unwrap_or("http");
    // Without a scheme or a path, the address may be of anything.
    if path.is_none() && event.text(&["url.scheme", "http.scheme"]).is_none() {
        return None;
    }
    let path = path.unwrap_or_default();
    let slash = if path.starts_with('/') || path.is_empty() {
        ""
    } else {
        "/"
    };
    Some(format!("{scheme}://{host}{slash}{path}"))
}

/// Path and query.
fn path(event: &Event) -> Option<String> {
    if let Some(target) = event.text(&["http.target"]) {
        return Some(target.into_owned());
    }
    let path = event.text(&["url.path"]);
    match (path, event.text(&["url.query"])) {
        (path, Some(query)) => {
            let path = path.as_deref().unwrap_or("/");
            Some(format!("{path}?{}", query.trim_start_matches('?')))
        }
        (path, None) => path.map(Cow::into_owned),
    }
}

/// Host and port.
fn host(event: &Event) -> Option<String> {
    if let Some(host) = event.text(&["http.host"]) {
        return Some(host.into_owned());
    }
    let host = event.text(&["server.address", "http.server_name", "net.host.name"])?;
    let host = if host.contains(':') && !host.starts_with('[') {
        Cow::Owned(format!("[{host}]"))
    } else {
        host
    };
    match event.text(&["server.port", "net.host.port"]).as_deref() {
        None | Some("80" | "443") => Some(host.into_owned()),
        Some(port) => Some(format!("{host}:{port}")),
    }
}
