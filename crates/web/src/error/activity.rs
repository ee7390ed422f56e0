//! What happened to an error, and what people say about it.

use crate::number::counted;
use crate::ui::{self, Markup, escaped};
use crate::when::Clock;
use askama::filters::Safe;
use faultbook_domain::errors::{Activity, Change, CommentDetail, NamedActor, ReopenedBy};
use time::OffsetDateTime;

/// What is said and done.
#[derive(Default)]
pub struct Talk {
    /// What happened, newest first.
    pub activity: Vec<(Activity, NamedActor)>,
    /// What people say.
    pub comments: Vec<CommentDetail>,
}

/// An entry of the log.
pub struct Entry {
    /// A face or an icon.
    pub mark: Markup,
    /// What happened.
    pub text: Markup,
    /// When.
    pub at: Markup,
    /// What was said.
    pub said: Option<Markup>,
    /// The comment that it is, where the reader may delete it.
    pub comment: Option<String>,
}

/// The log, newest first; `own` tells which comments the reader may delete.
#[must_use]
pub fn log(talk: Talk, clock: Clock, own: impl Fn(&CommentDetail) -> bool) -> Vec<Entry> {
    let mut entries: Vec<(OffsetDateTime, Entry)> = Vec::new();
    for (activity, actor) in talk.activity {
        if matches!(activity.change, Change::Commented(_)) {
            continue;
        }
        entries.push((activity.at, happened(&activity, &actor, clock)));
    }
    for detail in talk.comments {
        let comment = own(&detail).then(|| detail.comment.id.to_string());
        let edited = if detail.comment.updated_at > detail.comment.created_at {
            " <span class=\"dim\">edited</span>"
        } else {
            ""
        };
        entries.push((
            detail.comment.created_at,
            Entry {
                mark: ui::face(&detail.author.name),
                text: Safe(format!("<b>{}</b>{edited}", escaped(&detail.author.name))),
                at: clock.when(detail.comment.created_at).ago_html(),
                said: Some(said(&detail.comment.text)),
                comment,
            },
        ));
    }
    entries.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn happened(activity: &Activity, actor: &NamedActor, clock: Clock) -> Entry {
    let name = escaped(&actor.name);
    let (icon, text) = match &activity.change {
        Change::Created => ("plus", "First reported".to_owned()),
        Change::Resolved(how) => (
            "check",
            format!("<b>{name}</b> resolved it{}", in_release(how.release())),
        ),
        Change::Reopened(by) => (
            "reopen",
            match by {
                ReopenedBy::Call => format!("<b>{name}</b> reopened it"),
                ReopenedBy::Until => "Reopened: the time it was ignored for is over".to_owned(),
                ReopenedBy::Count => {
                    "Reopened: it occurred as often as it was ignored for".to_owned()
                }
                ReopenedBy::Users => {
                    "Reopened: as many users saw it as it was ignored for".to_owned()
                }
                ReopenedBy::Release => "Reopened by a new release".to_owned(),
            },
        ),
        Change::Regressed { release } => (
            "reopen",
            format!("<b>Regressed</b>{}", in_release(release.as_deref())),
        ),
        Change::Ignored(terms) => {
            let mut until = Vec::new();
            until.extend(
                terms
                    .until
                    .map(|at| format!("until {}", clock.when(at).text())),
            );
            until.extend(
                terms
                    .count
                    .map(|count| format!("for {}", counted(count, "occurrence"))),
            );
            until.extend(
                terms
                    .users
                    .map(|users| format!("for {}", counted(users, "user"))),
            );
            until.extend(
                terms
                    .next_release
                    .then(|| "until the next release".to_owned()),
            );
            (
                "bell-off",
                format!("<b>{name}</b> ignored it {}", until.join(" or ")),
            )
        }
        Change::Assigned(None) => ("person", format!("<b>{name}</b> assigned it to nobody")),
        Change::Assigned(Some(to)) => (
            "person",
            format!("<b>{name}</b> assigned it to {}", escaped(&to.name)),
        ),
        Change::Commented(_) => ("chat", String::new()),
        Change::Merged { .. } => ("merge", format!("<b>{name}</b> merged an error into it")),
        Change::Split { error, .. } => {
            let link =
                error.map(|error| format!(": <a href=\"/errors/{error}\">the new error</a>"));
            (
                "fork",
                format!(
                    "<b>{name}</b> split a fingerprint off{}",
                    link.unwrap_or_default()
                ),
            )
        }
    };
    let by_person = actor.kind == "member" && text.starts_with("<b>") && !name.is_empty();
    let mark = if by_person {
        ui::face(&actor.name)
    } else {
        Safe(format!("<span class=\"sys\">{}</span>", ui::icon(icon).0))
    };
    Entry {
        mark,
        text: Safe(text),
        at: clock.when(activity.at).ago_html(),
        said: None,
        comment: None,
    }
}

fn in_release(release: Option<&str>) -> String {
    release
        .map(|release| format!(" in {}", escaped(release)))
        .unwrap_or_default()
}

/// A comment: text, with addresses as links and what stands between back quotes as code.
fn said(text: &str) -> Markup {
    let mut html = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 && text.matches('`').count() > at {
            html.push_str(&format!("<code>{}</code>", escaped(part)));
            continue;
        }
        for word in part.split_inclusive(char::is_whitespace) {
            let bare = word.trim_end();
            let bare = bare.trim_end_matches(['.', ',', ';', ')', '!', '?']);
            match crate::link::foreign(bare).filter(|_| bare.starts_with("http")) {
                Some(link) => html.push_str(&format!(
                    "<a href=\"{}\" rel=\"noreferrer noopener\">{}</a>{}",
                    escaped(&link),
                    escaped(bare),
                    escaped(&word[bare.len()..])
                )),
                None => html.push_str(&escaped(word)),
            }
        }
    }
    Safe(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_text_with_links_and_code() {
        assert_eq!(
            said("see https://a.example/x?b=<c>, `let x`").0,
            "see <a href=\"https://a.example/x?b=%3Cc%3E\" rel=\"noreferrer noopener\">https://a.example/x?b=&lt;c&gt;</a>, <code>let x</code>"
        );
        let hostile = said("<img src=x onerror=alert(1)> javascript:alert(1) `<b>").0;
        assert!(!hostile.contains("<img") && !hostile.contains("<a ") && !hostile.contains("<b>"));
    }
}
