//! What a letter says.

use super::letter::{Letter, LetterReason};
use crate::errors::{Activity, Change, ErrorGroup, NamedActor, ReopenedBy, ResolvedIn};
use crate::tenancy::Project;
use crate::text::start;

/// Characters of an error's message in a subject.
const SHORT: usize = 100;

/// Characters of an error's message in a letter.
const LONG: usize = 500;

/// Lines of a comment that a letter shows.
const LINES: usize = 40;

/// What a letter tells of.
pub(super) struct Subject<'a> {
    /// The letter.
    pub letter: &'a Letter,
    /// What happened.
    pub activity: &'a Activity,
    /// Who did it.
    pub author: &'a NamedActor,
    /// The error.
    pub error: &'a ErrorGroup,
    /// Its project.
    pub project: &'a Project,
    /// The comment, where it tells of one.
    pub comment: Option<&'a str>,
}

/// Returns the subject line.
pub(super) fn subject(about: &Subject<'_>) -> String {
    let what = match (about.letter.reason, &about.activity.change) {
        (LetterReason::Assigned, _) => "Assigned to you",
        (LetterReason::Mentioned, _) => "You are mentioned",
        (_, Change::Commented(_)) => "Comment",
        (_, Change::Resolved(_)) => "Resolved",
        (_, Change::Ignored(_)) => "Ignored",
        (_, Change::Regressed { .. }) => "Regressed",
        (_, Change::Reopened(_)) => "Reopened",
        _ => "Changed",
    };
    let message = shortened(&about.error.summary.message, SHORT);
    match about.letter.others {
        0 => format!("{what}: {message}"),
        others => format!("{what}: {message} and {others} more"),
    }
}

/// Returns the paragraphs.
pub(super) fn paragraphs(about: &Subject<'_>, public_url: &str) -> Vec<String> {
    let mut all = vec![happened(about)];
    if let Some(comment) = about.comment {
        let lines = comment.lines().filter(|line| !line.trim().is_empty());
        all.extend(lines.take(LINES).map(str::to_owned));
    }
    let message = shortened(&about.error.summary.message, LONG);
    all.push(format!("{} ({})", message, about.project.name));
    all.push(format!("{public_url}/errors/{}", about.error.state.id));
    let why = match about.letter.reason {
        LetterReason::Assigned => "errors are assigned to you",
        LetterReason::Mentioned => "a comment mentions you",
        LetterReason::Followed => "something happens to an error that you follow",
    };
    all.push(format!(
        "You get such mails when {why}. Your profile switches them off."
    ));
    all
}

/// Returns a sentence about what happened.
fn happened(about: &Subject<'_>) -> String {
    let who = match about.author.name.trim() {
        "" => "Somebody",
        name => name,
    };
    let errors = match about.letter.others {
        0 => "this error".to_owned(),
        others => format!("this error and {others} more"),
    };
    match &about.activity.change {
        Change::Assigned(_) => format!("{who} assigned {errors} to you."),
        Change::Commented(_) if about.letter.reason == LetterReason::Mentioned => {
            format!("{who} mentioned you in a comment:")
        }
        Change::Commented(_) => format!("{who} commented:"),
        Change::Resolved(how) => format!("{who} resolved {errors}{}.", in_release(how)),
        Change::Ignored(_) => format!("{who} ignored {errors}."),
        Change::Reopened(ReopenedBy::Call) => format!("{who} reopened {errors}."),
        Change::Reopened(_) => {
            "It was ignored until now, and is open again: its terms are met.".to_owned()
        }
        Change::Regressed { release } => match release {
            Some(release) => format!("It was resolved, and occurred again in {release}."),
            None => "It was resolved, and occurred again.".to_owned(),
        },
        _ => format!("{who} changed {errors}."),
    }
}

fn in_release(how: &ResolvedIn) -> String {
    match how {
        ResolvedIn::Now => String::new(),
        ResolvedIn::CurrentRelease(release) | ResolvedIn::Release(release) => {
            format!(" in {release}")
        }
        ResolvedIn::NextRelease(_) => " in the next release".to_owned(),
    }
}

/// Returns the first line of a text, cut to so many characters.
fn shortened(text: &str, most: usize) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty());
    let line = line.unwrap_or_default().trim();
    let cut = start(line, most);
    if cut.len() < line.len() {
        format!("{cut}…")
    } else {
        cut.to_owned()
    }
}
