//! Scans free text for secrets.

use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::keys::KeySet;
use super::{
    FILTERED, argv, call, card, credential, pair, pem, printed, span, token, tuple, url, xml,
};

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

/// Shorter texts hold none of what [`Anchors`] find (`bearer x`), but for URLs, which hold a colon.
const SHORTEST_ANCHORED: usize = 8;

/// Finds the secrets of one form.
type Find = fn(&str, &KeySet, &mut Vec<Range<usize>>);

/// The forms in which secrets stand beside their key, each with the bit of the signs it takes.
const FORMS: [(u8, Find); 7] = [
    (1, pair::find),
    (2, tuple::find),
    (4, argv::find),
    (8, call::find),
    (16, xml::find),
    (32, printed::find_arrows),
    (64, tuple::find_serialized),
];

/// The bits of the forms that each byte is a sign of.
const SIGNS: [u8; 256] = {
    let mut signs = [0; 256];
    signs[b':' as usize] = 1;
    signs[b'=' as usize] = 1;
    signs[b',' as usize] = 2;
    signs[b'-' as usize] = 4;
    signs[b'(' as usize] = 8;
    signs[b'{' as usize] = 8;
    signs[b'<' as usize] = 16;
    signs[b'&' as usize] = 16;
    signs[b'\\' as usize] = 16;
    signs[b'>' as usize] = 32;
    signs[b';' as usize] = 64;
    signs
};

/// The bits of the forms that `text` may hold. Most short texts are names and numbers without a sign;
/// in longer ones looking for each sign is cheaper.
fn signs_in(text: &[u8]) -> u8 {
    const SHORT: usize = 40;
    if text.len() > SHORT {
        return u8::MAX;
    }
    text.iter()
        .fold(0, |signs, b| signs | SIGNS[usize::from(*b)])
}

fn scrub_once(text: &str, keys: &KeySet, anchors: &Anchors) -> Option<String> {
    let mut spans = Vec::new();
    card::find(text.as_bytes(), &mut spans);
    let signs = signs_in(text.as_bytes());
    if text.len() >= SHORTEST_ANCHORED || signs & FORMS[0].0 != 0 {
        anchors.find(text.as_bytes(), &mut spans);
    }
    if signs != 0 {
        for (sign, find) in FORMS {
            if signs & sign != 0 {
                find(text, keys, &mut spans);
            }
        }
    }
    // What was removed before is not to be removed again.
    spans.retain(|span| &text[span.clone()] != FILTERED);
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
