//! The page of one error.

use super::activity::{self, Entry, Talk};
use super::markdown;
use super::occurrence::OccurrenceView;
use super::tags::{self, TagView};
use super::trace::{Frames, Run};
use crate::assets;
use crate::chart::{Bars, ticks};
use crate::errors::row::{ignored_until, one_line};
use crate::link::Address;
use crate::marks;
use crate::number::Number;
use crate::shell::Shell;
use crate::ui::{self, Markup};
use crate::when::{Clock, day};
use crate::words;
use askama::Template;
use faultbook_domain::analytics::TrendMark;
use faultbook_domain::errors::{
    Actor, CommentDetail, Company, ErrorDetail, ErrorHistory, ErrorPeople, Explained,
    FoundOccurrence, Status,
};
use faultbook_domain::id::ErrorId;
use faultbook_domain::search_index::ErrorTag;
use time::{Duration, OffsetDateTime};

/// Where an error stands in the list that its page was opened from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Neighbors {
    /// Its number.
    pub position: Option<u64>,
    /// How many there are.
    pub total: Option<u64>,
    /// The one before.
    pub previous: Option<ErrorId>,
    /// The one behind.
    pub next: Option<ErrorId>,
}

/// All that a page shows of an error.
pub struct Shown {
    /// The error.
    pub detail: ErrorDetail,
    /// Who works on it, and the reader's marks.
    pub people: ErrorPeople,
    /// The short name of its project.
    pub project: String,
    /// The occurrence that is shown; missing where none is stored.
    pub found: Option<FoundOccurrence>,
    /// Whether the occurrence is the one that the address names.
    pub is_named: bool,
    /// What its fingerprints say.
    pub history: ErrorHistory,
    /// Who made which error of its fingerprints, by name.
    pub joined: Vec<String>,
    /// Where it stands in its list.
    pub neighbors: Neighbors,
    /// Its tags.
    pub tags: Vec<ErrorTag>,
    /// How it was grouped.
    pub explained: Option<Explained>,
    /// What is often reported with it.
    pub company: Vec<Company>,
    /// What is said and done.
    pub talk: Talk,
    /// Starts of days, oldest first, with occurrences.
    pub trend: Vec<(OffsetDateTime, u64)>,
    /// What happened meanwhile.
    pub marks: Vec<TrendMark>,
    /// To whom it can be assigned, by id and name.
    pub members: Vec<(String, String)>,
    /// Which frames are shown.
    pub frames: Frames,
    /// The reader.
    pub reader: Actor,
    /// The page's address as others reach it.
    pub public: String,
}

/// A fingerprint of the error.
struct FingerprintView {
    full: String,
    short: String,
    joined: String,
    message: String,
    count: Number,
}

/// Another error that is linked.
struct Linked {
    href: String,
    level: Markup,
    text: String,
    count: Number,
}

/// How an error was grouped.
struct GroupingView {
    version: String,
    message: String,
    types: String,
}

/// The page.
#[derive(Template)]
#[template(path = "error/page.html")]
pub struct ErrorPage {
    shell: Shell,
    id: String,
    name: String,
    message: String,
    level_word: &'static str,
    level: Markup,
    status: Status,
    state: String,
    regressed: bool,
    resolved_release: String,
    culprit: String,
    project: String,
    environment: String,
    environment_share: String,
    count: Number,
    today: Number,
    users: Option<Number>,
    last_seen: Markup,
    first_seen: Markup,
    first_release: String,
    last_release: String,
    chart: (Markup, Markup),
    list: Address,
    neighbors: Neighbors,
    bookmarked: bool,
    followed: bool,
    owner: Option<(Markup, String)>,
    members: Vec<(String, String)>,
    occurrence: Option<OccurrenceView>,
    tags: Vec<TagView>,
    grouping: Option<GroupingView>,
    fingerprints: Vec<FingerprintView>,
    company: Vec<Linked>,
    log: Vec<Entry>,
    frames: Frames,
    markdown: String,
}

impl ErrorPage {
    /// The page of an error; `list` is the list that it was opened from.
    #[must_use]
    pub fn new(shell: Shell, list: Address, shown: Shown) -> Self {
        let Shown {
            detail,
            people,
            project,
            found,
            is_named,
            history,
            joined,
            neighbors,
            tags,
            explained,
            company,
            talk,
            trend,
            marks,
            members,
            frames,
            reader,
            public,
        } = shown;
        let ErrorDetail { error, figures, .. } = detail;
        let (clock, state) = (shell.clock, &error.state);
        let figures = figures.as_ref();
        let may_delete = shell.can("errors:delete");
        let own = |comment: &CommentDetail| may_delete || comment.comment.author == reader;
        let occurrence = found
            .map(|found| OccurrenceView::of(&shell, (&error.state.id, is_named), found, frames));
        let name = figures
            .and_then(|one| one.exception_type.clone())
            .unwrap_or_default();
        let level_word = ui::level_name(error.summary.level, error.summary.severity);
        let environment_share = tags
            .iter()
            .find(|tag| tag.key == "environment")
            .and_then(|tag| {
                let own = tag
                    .values
                    .iter()
                    .find(|one| one.value == error.summary.environment)?;
                Some(crate::number::percent(own.count as f64, tag.total as f64))
            });
        let ignored = error
            .triage
            .ignored()
            .map(|ignored| ignored_until(&shell, ignored));
        let resolved_release = error
            .triage
            .resolved_in()
            .and_then(|how| how.release())
            .unwrap_or_default()
            .to_owned();
        let trace = occurrence.as_ref().and_then(|one| one.trace.as_ref());
        let facts = [
            ("Level", level_word.to_owned()),
            ("Occurrences", Number(state.count).to_string()),
            ("First seen", clock.when(state.first_seen).exact()),
            ("Last seen", clock.when(state.last_seen).exact()),
            ("Release", history.last_release.clone().unwrap_or_default()),
            ("Environment", error.summary.environment.clone()),
        ];
        let message = error.summary.message.clone();
        Self {
            id: state.id.to_string(),
            markdown: markdown::of((&name, &message), &facts, trace, &public),
            level: ui::level(level_word),
            level_word,
            status: state.status(),
            state: ignored.unwrap_or_default(),
            regressed: state.regressed && state.status() == Status::Open,
            resolved_release,
            culprit: figures
                .and_then(|one| one.culprit.clone())
                .unwrap_or_default(),
            project,
            environment: error.summary.environment.clone(),
            environment_share: environment_share.unwrap_or_default(),
            count: Number(state.count),
            today: history.count_within.into(),
            users: figures.map(|one| Number(one.of.users)),
            last_seen: clock.when(state.last_seen).ago_html(),
            first_seen: clock.when(state.first_seen).html(),
            first_release: history.first_release.unwrap_or_default(),
            last_release: history.last_release.unwrap_or_default(),
            chart: drawn(&trend, &marks, clock),
            list,
            neighbors,
            bookmarked: people.marks.bookmarked,
            followed: people.marks.followed,
            owner: people
                .assigned_to
                .map(|one| (ui::face(&one.name), one.name)),
            members,
            occurrence,
            tags: tags::of(tags),
            grouping: explained.map(|explained| grouping(&explained)),
            fingerprints: history
                .fingerprints
                .into_iter()
                .enumerate()
                .map(|(at, one)| {
                    let full = one.fingerprint.to_string();
                    let by = joined.get(at).filter(|name| !name.is_empty());
                    let by = by.map(|name| format!(" by {name}")).unwrap_or_default();
                    FingerprintView {
                        short: full.chars().take(12).collect(),
                        full,
                        joined: match one.merged {
                            Some(_) => format!("merged {}{by}", clock.when(one.joined_at).day()),
                            None => "first".to_owned(),
                        },
                        message: one.message.as_deref().map(one_line).unwrap_or_default(),
                        count: one.count.into(),
                    }
                })
                .collect(),
            company: company.into_iter().map(|one| linked(&one)).collect(),
            log: activity::log(talk, clock, own),
            frames,
            name,
            message,
            shell,
        }
    }

    /// The page of another error of the list.
    fn neighbor(&self, id: &ErrorId) -> Address {
        self.list.at(&format!("/errors/{id}"))
    }

    /// The page of an occurrence.
    fn occurrence_at(&self, named: &str) -> Address {
        let path = if named.is_empty() {
            format!("/errors/{}", self.id)
        } else {
            format!("/errors/{}/o/{named}", self.id)
        };
        self.list.at(&path)
    }

    /// The same page with other frames.
    fn with_frames(&self, frames: &str) -> String {
        let here = self.shell.address.without("frames").with("frames", frames);
        format!("{here}#trace")
    }

    /// This page, to come back to.
    fn here(&self) -> String {
        self.shell.address.to_string()
    }

    fn is_long(&self) -> bool {
        self.message.len() > 400
    }

    fn is_open(&self) -> bool {
        self.status == Status::Open
    }

    fn is_resolved(&self) -> bool {
        self.status == Status::Resolved
    }

    fn total_frames(&self) -> usize {
        self.occurrence
            .as_ref()
            .and_then(|one| one.trace.as_ref())
            .map_or(0, |trace| trace.total)
    }
}

fn grouping(explained: &Explained) -> GroupingView {
    let explanation = &explained.explanation;
    GroupingView {
        version: format!("algorithm v{}", explanation.version.0),
        message: explanation.normalized_message.clone(),
        types: explanation.exception_types.join(" ← "),
    }
}

fn linked(one: &Company) -> Linked {
    let name = one.exception_type.clone().unwrap_or_default();
    let message = one_line(&one.error.summary.message);
    Linked {
        href: format!("/errors/{}", one.error.state.id),
        level: ui::level(ui::level_name(
            one.error.summary.level,
            one.error.summary.severity,
        )),
        text: format!("{name} {message}").trim().to_owned(),
        count: Number(one.error.state.count),
    }
}

fn drawn(trend: &[(OffsetDateTime, u64)], marks: &[TrendMark], clock: Clock) -> (Markup, Markup) {
    let total: u64 = trend.iter().map(|(_, count)| count).sum();
    let most = trend
        .iter()
        .max_by_key(|(_, count)| *count)
        .filter(|(_, count)| *count > 0);
    let most =
        most.map(|(at, count)| format!(" Most on {}: {}.", day(at.date()), Number::from(*count)));
    let days = trend.len();
    let first = trend.first().map_or(clock.now(), |(start, _)| *start);
    let span = (first, first + Duration::days(days as i64));
    let ticks = ticks(trend, 2, |(start, _)| day(start.date()));
    let bars = Bars {
        bars: trend
            .iter()
            .map(|(_, count)| (*count as i64).into())
            .collect(),
        marks: marks::lines(marks, span, clock),
        ticks,
        label: format!(
            "{} occurrences in {days} days.{}{}",
            Number::from(total),
            most.unwrap_or_default(),
            marks::told(marks)
        ),
    };
    (bars.svg("chart short"), bars.ticks())
}
