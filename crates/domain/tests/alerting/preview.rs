//! Rules over the past.

use faultbook_contract::builder::{NOON, a_batch, a_project, a_tenant, an_occurrence, id_at};
use faultbook_domain::alerts::{DefaultEvaluator, Preview, PreviewRequest, Previews, RuleSettings};
use faultbook_domain::errors::{JsonText, Occurrence};
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::ingest::EventStore;
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::system::SystemIds;
use faultbook_domain::tenancy::{Project, TenantStore};
use faultbook_domain::testing::FixedClock;
use std::sync::Arc;
use std::time::Duration as Span;
use time::{Duration, OffsetDateTime};

struct Past {
    store: Arc<MemoryStore>,
    project: Project,
}

impl Past {
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::new(Arc::new(SystemIds::default())));
        let tenant = a_tenant();
        let project = a_project(tenant.id);
        TenantStore::create_tenant(&*store, &tenant, &project, None)
            .await
            .unwrap();
        Self { store, project }
    }

    /// Records occurrences at these seconds before noon, each received `later`.
    async fn happened(&self, seconds: &[i64], later: Duration) {
        let all = seconds.iter().map(|seconds| {
            let one = an_occurrence(self.project.id).at(-seconds).build();
            let received_at = one.timestamp + later;
            let user = format!(r#"{{"id":{seconds}}}"#);
            Arc::new(Occurrence {
                id: OccurrenceId(id_at(received_at)),
                received_at,
                user: Some(JsonText::from_stored(user)),
                ..Occurrence::clone(&one)
            })
        });
        self.store.record(&a_batch(all.collect())).await.unwrap();
    }

    async fn preview(&self, condition: &str, days: i64) -> Preview {
        let previews = Previews::new(
            self.store.clone(),
            Arc::new(DefaultEvaluator),
            Arc::new(FixedClock::at(NOON)),
        );
        let request = PreviewRequest {
            settings: RuleSettings {
                name: String::new(),
                condition: condition.to_owned(),
                threshold: 2.0,
                time_window: Span::from_secs(60),
                enabled: true,
                notifications: Vec::new(),
                open_incident: None,
                include_ignored: false,
            },
            projects: vec![self.project.clone()],
            from: NOON - Duration::days(days),
            to: NOON,
        };
        let turn = previews.turn(self.project.tenant_id).await;
        let past = previews.read(&turn, request).await.unwrap();
        past.play(&DefaultEvaluator)
    }
}

fn before(seconds: i64) -> OffsetDateTime {
    NOON - Duration::seconds(seconds)
}

#[tokio::test]
async fn a_spell_lasts_while_the_condition_holds() {
    let past = Past::new().await;
    // Three within ten seconds, and one later, reported late or not.
    past.happened(&[1_000, 995, 990], Duration::ZERO).await;
    past.happened(&[500], Duration::minutes(5)).await;
    let preview = past
        .preview("error_count > threshold in time_window", 1)
        .await;
    assert_eq!((preview.fired, preview.messages), (1, 1));
    assert_eq!((preview.limit, preview.window), (2.0, Span::from_secs(60)));
    assert_eq!(preview.step, Duration::seconds(5));
    let spell = preview.firings[0];
    // At 985 the third lies in the window, at 935 the first does not any more.
    assert_eq!(spell.at, before(985));
    assert_eq!(spell.until, Some(before(935)));
    assert_eq!(spell.highest, 3.0);
    assert!(!preview.capped);
    assert_eq!(preview.from, NOON - Duration::DAY);
    let highest = preview
        .series
        .iter()
        .map(|(_, value)| *value)
        .fold(0.0, f64::max);
    assert_eq!(highest, 3.0);
    assert!(preview.series.len() <= 300, "{}", preview.series.len());
    assert_eq!(preview.series[0].0, preview.from);
}

#[tokio::test]
async fn a_rule_repeats_its_message_each_window() {
    let past = Past::new().await;
    let often: Vec<i64> = (0..100).map(|number| 1_000 - number * 5).collect();
    past.happened(&often, Duration::ZERO).await;
    let preview = past.preview("error_count > 2 in 1m", 1).await;
    let spell = preview.firings[0];
    let lasted = (spell.until.unwrap() - spell.at).whole_seconds();
    assert_eq!(preview.fired, 1);
    assert_eq!(preview.messages, (lasted as u64).div_ceil(60));
    assert_eq!(spell.messages, preview.messages);
}

#[tokio::test]
async fn what_holds_still_has_no_end() {
    let past = Past::new().await;
    past.happened(&[10, 8, 6], Duration::ZERO).await;
    let preview = past.preview("error_count > 2 in 10m", 1).await;
    assert_eq!((preview.fired, preview.firings[0].until), (1, None));
}

#[tokio::test]
async fn a_condition_about_little_shows_the_lowest() {
    let past = Past::new().await;
    past.happened(&[200, 100], Duration::ZERO).await;
    let preview = past.preview("error_count < 1 in 1h", 1).await;
    assert_eq!(preview.step, Duration::MINUTE);
    // It holds until the first occurrence is seen.
    assert_eq!(preview.fired, 1);
    let spell = preview.firings[0];
    assert_eq!((spell.at, spell.highest), (NOON - Duration::DAY, 0.0));
    assert_eq!(spell.until, Some(before(180)));
}

#[tokio::test]
async fn users_are_counted_once_in_a_window() {
    let past = Past::new().await;
    past.happened(&[100, 90, 80], Duration::ZERO).await;
    past.happened(&[90], Duration::ZERO).await;
    let preview = past.preview("affected_users >= 3 in 1m", 1).await;
    assert_eq!((preview.fired, preview.firings[0].highest), (1, 3.0));
}

#[tokio::test]
async fn long_windows_begin_at_their_full_hour() {
    let past = Past::new().await;
    past.happened(&[2 * 3_600 + 1_800], Duration::ZERO).await;
    // At 12:00 the window of 2 h 15 min begins at 9:45, so that it counts from 9:00 on.
    let preview = past.preview("error_count >= 1 in 135m", 1).await;
    assert_eq!(preview.step, Duration::HOUR);
    let spell = preview.firings[0];
    assert_eq!((spell.at, spell.until), (NOON - Duration::hours(2), None));
}

#[tokio::test]
async fn new_errors_count_at_their_first_sight() {
    let past = Past::new().await;
    past.happened(&[7_000, 100], Duration::ZERO).await;
    let preview = past.preview("new_errors > 0 in 1m", 1).await;
    assert_eq!(preview.fired, 1);
    assert_eq!(preview.firings[0].at, before(6_995));
}

#[tokio::test]
async fn nothing_is_looked_at_where_no_project_is_meant() {
    let past = Past::new().await;
    past.happened(&[10], Duration::ZERO).await;
    let preview = past
        .preview("error_count > 0 in 1m where project = nowhere", 7)
        .await;
    assert_eq!((preview.fired, preview.capped), (0, false));
}
