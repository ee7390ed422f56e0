//! Occurrences, errors (groups of occurrences) and triage: resolve, reopen, delete, merge, split.

mod activity;
mod actor_names;
mod bulk;
mod bulk_change;
mod change;
mod comment;
mod comments;
mod decisions;
mod discussion;
mod discussion_store;
mod error_group;
mod error_store;
mod facets;
mod feedback;
mod feedback_store;
mod figure_store;
mod figures;
mod finder;
mod group_store;
mod history;
mod ignored;
mod json_text;
mod level;
mod occurrence;
mod occurrence_search;
mod occurrence_store;
mod occurrences;
mod overview;
mod reopening;
mod resolved_in;
mod rewrite_store;
mod similar;
mod summary;
mod surroundings;
mod tally;
mod triage;
mod triage_state;
mod triage_store;
mod user_key;

pub use activity::{Activity, ActivityKind, Actor};
pub use actor_names::{ActorNames, NamedActor};
pub use bulk::{Bulk, BulkDone, BulkParts, MergeError};
pub use bulk_change::BulkChange;
pub use change::{Assignee, Change, ReopenedBy};
pub use comment::{Comment, ErrorMarks, Mark, mentioned_addresses};
pub use comments::{CommentDetail, CommentError};
pub use decisions::{AssignTo, DecisionError, Decisions, ResolveIn};
pub use discussion::{Discussion, DiscussionParts, ErrorPeople};
pub use discussion_store::{CommentAdded, DiscussionStore};
pub use error_group::{
    CREDIBLE_DELAY, ErrorDetail, ErrorFilter, ErrorGroup, ErrorSort, ErrorState, resolution_start,
};
pub use error_store::{ErrorQuery, ErrorStore};
pub use facets::{FACET_VALUES, Facet, FacetValue, Facets};
pub use feedback::Feedback;
pub use feedback_store::FeedbackStore;
pub use figure_store::{FigureStore, NEIGHBORS_MAX, Neighbors};
pub use figures::{ErrorFigures, TrendShape, TrendSpans, Viewer};
pub use finder::ErrorFinder;
pub use group_store::{GroupStore, Merge, Split};
pub use history::{ErrorHistory, FINGERPRINTS_MAX, OwnedFingerprint};
pub use ignored::{IgnoreTerms, Ignored};
pub use json_text::{JsonMembers, JsonText};
pub use level::{Level, Severity, UnknownLevel, UnknownSeverity};
pub use occurrence::{FeedEntry, Occurrence};
pub use occurrence_search::{OccurrenceSearch, OccurrenceTerm};
pub use occurrence_store::{
    COMPANY_FROM, COMPANY_MAX, COMPANY_MINUTE, COMPANY_OCCURRENCES, Company, FoundOccurrence,
    OccurrencePlace, OccurrenceStore, READ_MAX,
};
pub use occurrences::Occurrences;
pub use overview::{Counts, Overview};
pub use reopening::{Decision, Facts, NeededReleases, Occurred, ReleaseFact, decide, reopened_at};
pub use resolved_in::ResolvedIn;
pub use rewrite_store::{Rewrite, RewriteStore};
pub use similar::{Likeness, SIMILAR_FROM, SIMILAR_MAX, Similarity, frame_place};
pub use summary::{
    EventSummary, SUMMARY_MESSAGE_BYTES, SUMMARY_TEXT_BYTES, summary_message, summary_text,
};
pub use surroundings::{Breadcrumb, WebRequest};
pub use tally::{MatchCount, Tallies, Tally};
pub use triage::{BulkAction, Explained, Triage};
pub use triage_state::{Standing, StateAction, Status, TriageState};
pub use triage_store::{Assignment, StateChange, TriageStore};
pub use user_key::UserKey;
pub(crate) use user_key::written_out;

#[cfg(feature = "testing")]
pub use {
    discussion_store::MockDiscussionStore, error_store::MockErrorStore,
    feedback_store::MockFeedbackStore, figure_store::MockFigureStore, group_store::MockGroupStore,
    occurrence_store::MockOccurrenceStore, rewrite_store::MockRewriteStore,
    triage_store::MockTriageStore,
};
