//! Finds secrets by their form: keys with a well-known prefix, and JSON web tokens.

use std::ops::Range;

use super::span::starts_at_boundary;

/// Prefixes of secret keys, each with the least number of letters, digits, `_` and `-` after it.
///
/// Source: the issuers' documentation and GitHub's list of secret scanning patterns. The lengths are
/// below the real ones, since a message may have been cut, and above those of ordinary words.
pub(super) const PREFIXES: &[(&str, usize)] = &[
    // This service's own keys, the first of them Stripe's, too
    ("sk_live_", 8),
    ("su_live_", 8),
    ("se_live_", 8),
    ("iv_live_", 8),
    // Stripe
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("rk_test_", 8),
    ("whsec_", 8),
    // Amazon Web Services
    ("AKIA", 16),
    ("ASIA", 16),
    // GitHub, GitLab
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("glpat-", 16),
    // Slack
    ("xoxa-", 8),
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("xoxr-", 8),
    ("xoxs-", 8),
    ("xapp-", 8),
    // Google
    ("AIza", 30),
    ("ya29.", 16),
    ("GOCSPX-", 16),
    // SendGrid, whose two parts are parted by a dot
    ("SG.", 16),
    // Registries
    ("npm_", 24),
    ("pypi-", 16),
    ("dckr_pat_", 16),
    // Model providers
    ("hf_", 24),
    ("sk-ant-", 16),
    ("sk-proj-", 16),
    // Others
    ("shpat_", 16),
    ("dop_v1_", 16),
    ("sq0csp-", 16),
    ("hvs.", 16),
];

/// How a JSON web token begins: `{"` in base64url.
pub(super) const JWT: &str = "eyJ";

/// What a header as short as `{"a":1}` leaves in base64url.
const MIN_JWT_HEADER: usize = 8;

/// A signed token has three parts, an encrypted one five.
const MAX_JWT_PARTS: usize = 5;

/// The key of [`PREFIXES`] entry `n` that begins at `at`.
pub(super) fn find_key(text: &[u8], at: usize, n: usize) -> Option<Range<usize>> {
    let (prefix, min) = PREFIXES[n];
    if !starts_at_boundary(text, at) {
        return None;
    }
    let start = at + prefix.len();
    let dots = prefix.ends_with('.');
    let mut end = start;
    while end < text.len() && (is_base64url(text[end]) || (dots && text[end] == b'.')) {
        end += 1;
    }
    if dots && text[..end].ends_with(b".") {
        end -= 1;
    }
    (end >= start + min).then_some(at..end)
}

/// The JSON web token that begins at `at`, or where the run of base64url that is none ends.
pub(super) fn find_jwt(text: &[u8], at: usize) -> Result<Range<usize>, usize> {
    let header = base64url_end(text, at);
    if header - at < MIN_JWT_HEADER {
        return Err(header);
    }
    let mut end = header;
    let mut parts = 1;
    let mut held = 0;
    while parts < MAX_JWT_PARTS && text.get(end) == Some(&b'.') {
        let part = base64url_end(text, end + 1);
        held += part - end - 1;
        end = part;
        parts += 1;
    }
    let payload_is_json = text[header..].starts_with(b".eyJ");
    if held == 0 || (parts < 3 && !payload_is_json) {
        return Err(header);
    }
    // The dot that ends a sentence is none of the token's.
    while end > header && text[end - 1] == b'.' {
        end -= 1;
    }
    Ok(at..end)
}

fn base64url_end(text: &[u8], start: usize) -> usize {
    (start..text.len())
        .find(|i| !is_base64url(text[*i]))
        .unwrap_or(text.len())
}

fn is_base64url(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
}
