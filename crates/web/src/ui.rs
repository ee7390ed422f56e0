//! Pieces of pages: icons, levels, faces, fields of forms. Templates call them: `{{ ui::icon("check") }}`.

use crate::assets::ICONS;
use crate::visible::Visible;
use askama::filters::{Escaper, Safe};
use faultbook_domain::errors::{Level, Severity};
use std::fmt::Write;

/// HTML that is written as it is.
pub type Markup = Safe<String>;

/// Escapes a text for HTML.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Writing to a string does not fail.
    let _ = Visible.write_escaped_str(&mut out, text);
    out
}

/// An icon of the sprite (`assets/icons.svg`), without a word for it.
#[must_use]
pub fn icon(name: &str) -> Markup {
    icon_of_class(name, "icon")
}

/// An icon with more classes.
#[must_use]
pub fn icon_of_class(name: &str, class: &str) -> Markup {
    Safe(format!(
        "<svg class=\"{class}\" aria-hidden=\"true\"><use href=\"{ICONS}#{name}\"/></svg>"
    ))
}

/// The name of what a level looks like: an error of the highest severity is critical.
#[must_use]
pub const fn level_name(level: Level, severity: Severity) -> &'static str {
    match (level, severity) {
        (Level::Error, Severity::Critical) => "critical",
        (Level::Error, _) => "error",
        (Level::Warning, _) => "warning",
        (Level::Info, _) => "info",
        (Level::Debug, _) => "debug",
    }
}

/// A level as a shape and a colour, with its word for those who see neither.
#[must_use]
pub fn level(name: &str) -> Markup {
    let name = escaped(name);
    Safe(format!(
        "<span class=\"lvl {name}\" title=\"{name}\"><span class=\"sr\">{name}</span></span>"
    ))
}

/// A person's initials in a circle.
#[must_use]
pub fn face(name: &str) -> Markup {
    let kind =
        ["", " two", " three"][name.bytes().fold(0, |sum, byte| sum + usize::from(byte)) % 3];
    let (name, initials) = (escaped(name), escaped(&initials(name)));
    Safe(format!(
        "<span class=\"face{kind}\" title=\"{name}\" aria-hidden=\"true\">{initials}</span>"
    ))
}

/// The circle of nobody.
#[must_use]
pub fn nobody() -> Markup {
    Safe("<span class=\"face none\" title=\"Nobody\" aria-hidden=\"true\">–</span>".to_owned())
}

/// The first letters of the first and the last word of a name.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name
        .split(|one: char| !one.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let first = words.next();
    let letters = first.into_iter().chain(words.next_back());
    letters
        .filter_map(|word| word.chars().next())
        .flat_map(char::to_uppercase)
        .collect()
}

/// The hidden field that every form which changes something carries.
#[must_use]
pub fn csrf(token: &str) -> Markup {
    hidden("csrf", token)
}

/// A hidden field. Its value comes back as it is.
#[must_use]
pub fn hidden(name: impl AsRef<str>, value: impl AsRef<str>) -> Markup {
    let (name, value) = (name.as_ref(), value.as_ref());
    let mut plain = String::new();
    let _ = askama::filters::Html.write_escaped_str(&mut plain, value);
    Safe(format!(
        "<input type=\"hidden\" name=\"{}\" value=\"{plain}\">",
        escaped(name)
    ))
}

/// A text with what was scrubbed marked.
#[must_use]
pub fn scrubbed(text: &str) -> Markup {
    const FILTERED: &str = "[Filtered]";
    let mut html = String::new();
    for (at, part) in text.split(FILTERED).enumerate() {
        if at > 0 {
            let _ = write!(html, "<span class=\"filtered\">{FILTERED}</span>");
        }
        html.push_str(&escaped(part));
    }
    Safe(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("Ada Lindqvist"), "AL");
        assert_eq!(initials("Ada"), "A");
        assert_eq!(initials("ada byron king"), "AK");
        assert_eq!(initials(""), "");
        assert_eq!(initials("<script>"), "S");
    }

    #[test]
    fn nothing_of_a_name_is_markup() {
        assert!(!face("\"><script>x y").0.contains("<script"));
        assert!(!hidden("a", "\"><script>").0.contains("<script"));
        assert!(!scrubbed("<b>[Filtered]</b>").0.contains("<b>"));
    }

    #[test]
    fn values_of_fields_come_back_as_they_are() {
        assert!(hidden("a", "x\u{202E}y").0.contains("x\u{202E}y"));
    }
}
