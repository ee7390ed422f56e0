//! The scanner of free text.

use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::keys::KeySet;
use super::{argv, call, card, credential, pair, pem, printed, span, token, tuple, url, xml};

/// How often a text is looked at again after something was removed from it. What is removed can bare
/// what stood beside it; more rounds than this take text made for the purpose.
const MAX_ROUNDS: usize = 8;

/// `text` without its secrets, or `None` when it holds none.
pub(super) fn scrub(text: &str, keys: &KeySet, anchors: &Anchors) -> Option<String> {
    let mut clean = scrub_once(text, keys, anchors)?;
    for _ in 1..MAX_ROUNDS {
        match scrub_once(&clean, keys, anchors) {
            Some(cleaner) => clean = cleaner,
            None => break,
        }
    }
    Some(clean)
}

fn scrub_once(text: &str, keys: &KeySet, anchors: &Anchors) -> Option<String> {
    let mut spans = Vec::new();
    card::find(text.as_bytes(), &mut spans);
    anchors.find(text.as_bytes(), &mut spans);
    pair::find(text, keys, &mut spans);
    tuple::find(text, keys, &mut spans);
    tuple::find_serialized(text, keys, &mut spans);
    argv::find(text, keys, &mut spans);
    call::find(text, keys, &mut spans);
    xml::find(text, keys, &mut spans);
    printed::find_arrows(text, keys, &mut spans);
    span::replace(text, spans)
}

/// What a literal found in the text may be the beginning of.
#[derive(Debug, Clone, Copy)]
enum Anchor {
    Jwt,
    Pem,
    Url,
    Scheme,
    /// An entry of [`token::PREFIXES`].
    Key(usize),
}

/// Finds the literals that secrets begin with, all of them at once.
#[derive(Debug, Clone)]
pub(super) struct Anchors {
    search: AhoCorasick,
    kinds: Arc<[Anchor]>,
}

impl Anchors {
    #[expect(
        clippy::expect_used,
        reason = "building fails only for more states than fit 31 bits; the table of literals is fixed"
    )]
    pub(super) fn new() -> Self {
        let mut literals: Vec<(String, Anchor)> = vec![
            (token::JWT.to_owned(), Anchor::Jwt),
            (pem::BEGIN.to_owned(), Anchor::Pem),
            ("://".to_owned(), Anchor::Url),
            // As JSON encoders that escape slashes write it.
            (r":\/\/".to_owned(), Anchor::Url),
        ];
        for (n, (prefix, _)) in token::PREFIXES.iter().enumerate() {
            literals.push(((*prefix).to_owned(), Anchor::Key(n)));
        }
        for word in ["bea", "bas"] {
            literals.extend(spellings(word).map(|s| (s, Anchor::Scheme)));
        }
        let (literals, kinds): (Vec<String>, Vec<Anchor>) = literals.into_iter().unzip();
        Self {
            search: AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(literals)
                .expect("a small fixed table of literals"),
            kinds: kinds.into(),
        }
    }

    fn find(&self, text: &[u8], spans: &mut Vec<Range<usize>>) {
        let mut from = 0;
        let mut no_jwt_before = 0;
        while let Some(found) = self.search.find(Input::new(text).range(from..)) {
            let at = found.start();
            let span = match self.kinds[found.pattern().as_usize()] {
                Anchor::Jwt if at < no_jwt_before => None,
                Anchor::Jwt => match token::find_jwt(text, at) {
                    Ok(span) => Some(span),
                    Err(run_end) => {
                        no_jwt_before = run_end;
                        None
                    }
                },
                Anchor::Pem => pem::find_private_key(text, at),
                Anchor::Url => url::find_password(text, found.end()),
                Anchor::Scheme => credential::find(text, at),
                Anchor::Key(n) => token::find_key(text, at, n),
            };
            from = span.as_ref().map_or(at + 1, |span| span.end.max(at + 1));
            spans.extend(span);
        }
    }
}

/// Every spelling of a word of three letters in upper and lower case.
fn spellings(word: &str) -> impl Iterator<Item = String> + '_ {
    (0..1_u32 << word.len()).map(move |upper| {
        word.char_indices()
            .map(|(n, c)| match upper >> n & 1 {
                0 => c,
                _ => c.to_ascii_uppercase(),
            })
            .collect()
    })
}
