//! Validates names of roles, policies and permissions: people must be able to tell them apart.

use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;
use uuid::Uuid;

/// Why a name is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRbacName {
    /// The name contains invisible characters, or ones that reorder text.
    #[error("must not hold invisible characters")]
    Invisible,
    /// The name could be mistaken for an id, by which items can be named as well.
    #[error("must not be a UUID")]
    Id,
}

/// Validates the name of a role, policy or permission.
///
/// # Errors
/// [`InvalidRbacName`].
pub fn check_rbac_name(name: &str) -> Result<(), InvalidRbacName> {
    if name.chars().any(is_deceptive) || visible(name).trim().is_empty() {
        Err(InvalidRbacName::Invisible)
    } else if Uuid::try_parse(visible(name).trim()).is_ok() {
        Err(InvalidRbacName::Id)
    } else {
        Ok(())
    }
}

/// Returns whether two names look alike: they differ at most in case, in width or form of letters, in homoglyphs of
/// other scripts, or in invisible characters.
#[must_use]
pub fn is_like(one: &str, other: &str) -> bool {
    one == other || confusable_skeleton(one) == confusable_skeleton(other)
}

/// Returns the confusable skeleton of a name: equal for names that look alike.
fn confusable_skeleton(name: &str) -> String {
    let lower = visible(name).to_lowercase();
    let same: String = skeleton(&lower).collect();
    let words = same.to_lowercase();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the visible part of a name, normalized.
fn visible(name: &str) -> String {
    name.nfkc().filter(|c| !is_unseen(*c)).collect()
}

/// Characters that are invisible and useless in a name: controls, zero-width blanks and bidirectional controls.
const fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'
        | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Characters that are invisible by themselves. Joiners and variation selectors belong to emoji and several scripts.
const fn is_unseen(c: char) -> bool {
    is_deceptive(c)
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_another_are_recognized() {
        for name in [
            "Owner",
            "OWNER",
            "\u{ff2f}wner",
            "\u{43e}wner",
            "0wner",
            "own\u{200d}er",
            "owner\u{fe0f}",
            "owner\u{200b}",
            "own\u{202e}er",
            " owner ",
            "\u{1d428}\u{1d430}\u{1d427}\u{1d41e}\u{1d42b}",
        ] {
            assert!(is_like(name, "owner"), "{name:?}");
        }
        for name in ["owners", "co-owner", "ówner", "own er", "admin", "持有者"] {
            assert!(!is_like(name, "owner"), "{name:?}");
        }
        assert!(is_like("Виктор", "виктор") && !is_like("a b", "ab"));
    }

    #[test]
    fn names_with_invisible_characters_and_ids_are_refused() {
        for name in [
            "owner\u{200b}",
            "own\u{202e}er",
            "\u{200d}",
            "a\u{0}",
            "\u{3164}",
            "a\u{2066}b",
        ] {
            assert_eq!(
                check_rbac_name(name),
                Err(InvalidRbacName::Invisible),
                "{name:?}"
            );
        }
        for name in [
            "00000000-0000-7000-8000-000000030000",
            "00000000000070008000000000030000",
            "{00000000-0000-7000-8000-000000030000}",
        ] {
            assert_eq!(check_rbac_name(name), Err(InvalidRbacName::Id), "{name}");
        }
        for name in [
            "support",
            "Équipe 2",
            "サポート",
            "Dev 👩\u{200d}💻",
            "می\u{200c}خواهم",
            "❤\u{fe0f} care",
        ] {
            assert_eq!(check_rbac_name(name), Ok(()), "{name}");
        }
    }
}
