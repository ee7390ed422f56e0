//! `Letters`.

use crate::desk::{Desk, user};
use faultbook_contract::builder::{NOON, TestChannels, a_batch, an_occurrence, new_id, settings};
use faultbook_domain::errors::{
    Actor, ActorNames, Assignee, BulkChange, IgnoreTerms, Mark, ResolveIn,
};
use faultbook_domain::id::{ErrorId, KeyId};
use faultbook_domain::identity::{BuiltInRole, Member, MemberStatus, MemberStore};
use faultbook_domain::ingest::EventStore;
use faultbook_domain::letters::{LetterParts, Letters, Readers};
use faultbook_domain::notifications::{
    ChannelKind, Email, Integrations, MockNotifier, MockSecretBox, MockTransactionalMailer,
    NotifyError,
};
use faultbook_domain::tenancy::TenantStore;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use time::Duration;

/// Letters of a desk, and what was sent.
struct Office {
    desk: Desk,
    letters: Letters,
    sent: Arc<Mutex<Vec<Email>>>,
}

/// Letters that a member gets within an hour.
const MOST: u32 = 3;

impl Office {
    /// With a mail server that fails so often at first.
    async fn new(failures: usize) -> Self {
        let desk = Desk::new().await;
        let (sent, mut left) = (Arc::new(Mutex::new(Vec::new())), failures);
        let kept = Arc::clone(&sent);
        let mut mailer = MockTransactionalMailer::new();
        mailer.expect_send_email().returning(move |letter, _| {
            if left > 0 {
                left -= 1;
                return Err(NotifyError::transient("no route to host"));
            }
            kept.lock().unwrap().push(letter.clone());
            Ok(())
        });
        let server = json!({ "smtp_server": "mail.example.com", "recipients": ["a@b"] });
        let letters = letters(&desk, mailer, Some(server));
        Self {
            desk,
            letters,
            sent,
        }
    }

    /// Writes and sends what is due; returns who got what.
    async fn post(&self) -> Vec<(String, String)> {
        while self.letters.write().await.unwrap() {}
        for tenant in self.letters.due(100).await.unwrap() {
            self.letters.send(&tenant).await.unwrap();
        }
        let sent = std::mem::take(&mut *self.sent.lock().unwrap());
        let mut sent: Vec<_> = sent
            .into_iter()
            .map(|mail| (mail.to, mail.subject))
            .collect();
        sent.sort();
        sent
    }

    async fn follow(&self, id: ErrorId, member: &Member) {
        let mark = (Mark::Follow, true);
        let desk = &self.desk;
        let discussion = desk.discussion();
        let marked = discussion.mark(&desk.scope, id, user(member), mark);
        assert!(marked.await.unwrap());
    }

    async fn comment(&self, id: ErrorId, text: &str, author: Actor) {
        let desk = &self.desk;
        let written = desk
            .discussion()
            .comment(&desk.scope, id, text, author)
            .await;
        written.unwrap();
    }

    async fn resolve(&self, id: ErrorId, by: Actor) {
        let (desk, now) = (&self.desk, ResolveIn::Now);
        desk.decisions()
            .resolve(&desk.scope, id, now, by)
            .await
            .unwrap();
    }

    async fn reopen(&self, id: ErrorId, by: Actor) {
        let desk = &self.desk;
        desk.decisions().reopen(&desk.scope, id, by).await.unwrap();
    }
}

fn letters(
    desk: &Desk,
    mailer: MockTransactionalMailer,
    server: Option<serde_json::Value>,
) -> Letters {
    let defaults = server.map(|server| (ChannelKind::EMAIL, settings(server)));
    let integrations = Integrations::new(
        (desk.store.clone(), desk.store.clone()),
        Arc::new(MockSecretBox::new()),
        (Arc::new(TestChannels), Arc::new(MockNotifier::new())),
        (desk.clock.clone(), desk.ids.clone()),
        BTreeMap::from_iter(defaults),
        "https://faults.example.com".to_owned(),
    );
    let store = desk.whole_store();
    Letters::new(LetterParts {
        letters: desk.store.clone(),
        errors: desk.store.clone(),
        discussion: desk.store.clone(),
        projects: desk.store.clone(),
        users: desk.store.clone(),
        readers: Readers::new(&store),
        names: ActorNames::new(&store),
        integrations: Arc::new(integrations),
        mailer: Arc::new(mailer),
        clock: desk.clock.clone(),
        ids: desk.ids.clone(),
        public_url: "https://faults.example.com".to_owned(),
        most_an_hour: MOST,
    })
}

fn key() -> Actor {
    Actor::Key(KeyId(new_id()))
}

fn to(member: &Member, subject: &str) -> (String, String) {
    (member.email.clone(), format!("{subject}: No price for tea"))
}

async fn priced(desk: &Desk) -> ErrorId {
    let occurrence = an_occurrence(desk.projects[0]).message("No price for tea");
    let batch = a_batch(vec![occurrence.build()]);
    desk.store.record(&batch).await.unwrap()[0].error.id
}

#[tokio::test]
async fn who_is_concerned_is_told_once_and_nobody_of_their_own_doing() {
    let office = Office::new(0).await;
    let desk = &office.desk;
    let ada = desk.member("ada", BuiltInRole::Owner).await;
    let ben = desk.member("ben", BuiltInRole::Viewer).await;
    let id = priced(desk).await;
    for member in [&ada, &ben] {
        office.follow(id, member).await;
    }
    office
        .comment(id, &format!("@{} look", ben.email), user(&ada))
        .await;
    assert_eq!(office.post().await, [to(&ben, "You are mentioned")]);
    office.comment(id, "seen", user(&ben)).await;
    assert_eq!(office.post().await, [to(&ada, "Comment")]);
    let assign = |member: &Member| {
        BulkChange::Assign(Some(Assignee {
            id: member.id,
            name: member.name.clone(),
            email: member.email.clone(),
        }))
    };
    let bulk = desk.bulk();
    for (member, told) in [(&ada, vec![]), (&ben, vec![to(&ben, "Assigned to you")])] {
        bulk.apply(&desk.scope, &[id], &assign(member), user(&ada))
            .await
            .unwrap();
        assert_eq!(office.post().await, told);
    }
}

#[tokio::test]
async fn followers_are_told_of_states_whoever_changes_them() {
    let office = Office::new(0).await;
    let desk = &office.desk;
    let ada = desk.member("ada", BuiltInRole::Viewer).await;
    let id = priced(desk).await;
    office.follow(id, &ada).await;
    let ignored = IgnoreTerms {
        until: Some(NOON + Duration::HOUR),
        ..IgnoreTerms::default()
    };
    desk.decisions()
        .ignore(&desk.scope, id, ignored, key())
        .await
        .unwrap();
    assert_eq!(office.post().await, [to(&ada, "Ignored")]);
    desk.clock.advance(Duration::hours(2));
    desk.decisions().reopen_due().await.unwrap();
    assert_eq!(office.post().await, [to(&ada, "Reopened")]);
    office.resolve(id, key()).await;
    assert_eq!(office.post().await, [to(&ada, "Resolved")]);
    let again = an_occurrence(desk.projects[0])
        .message("No price for tea")
        .at(10_000);
    desk.store
        .record(&a_batch(vec![again.build()]))
        .await
        .unwrap();
    assert_eq!(office.post().await, [to(&ada, "Regressed")]);
}

#[tokio::test]
async fn who_may_not_read_is_told_nothing_though_a_letter_was_written() {
    let office = Office::new(0).await;
    let desk = &office.desk;
    let ada = desk.member("ada", BuiltInRole::Viewer).await;
    let id = priced(desk).await;
    office.follow(id, &ada).await;
    office.resolve(id, key()).await;
    while office.letters.write().await.unwrap() {}
    let suspended = Member {
        status: MemberStatus::Suspended,
        ..ada.clone()
    };
    desk.store.update_member(&suspended).await.unwrap();
    assert_eq!(office.post().await, [], "written before");
    office.reopen(id, key()).await;
    assert_eq!(office.post().await, [], "and after");
    desk.store.update_member(&ada).await.unwrap();
    let mut tenant = desk
        .store
        .get_tenant(desk.scope.tenant())
        .await
        .unwrap()
        .unwrap();
    tenant.suspended = true;
    desk.store.update_tenant(&tenant).await.unwrap();
    office.resolve(id, key()).await;
    assert_eq!(office.post().await, [], "of a suspended tenant");
}

#[tokio::test]
async fn a_letter_is_sent_again_until_it_arrives_or_a_day_is_over() {
    let office = Office::new(2).await;
    let desk = &office.desk;
    let ada = desk.member("ada", BuiltInRole::Viewer).await;
    let id = priced(desk).await;
    office.follow(id, &ada).await;
    office.resolve(id, key()).await;
    assert_eq!(office.post().await, []);
    assert_eq!(office.post().await, [], "not at once");
    desk.clock.advance(Duration::seconds(8));
    assert_eq!(office.post().await, []);
    desk.clock.advance(Duration::seconds(16));
    assert_eq!(office.post().await, [to(&ada, "Resolved")]);
    desk.clock.advance(Duration::DAY);
    assert_eq!(office.post().await, [], "once");

    let office = Office::new(usize::MAX).await;
    let desk = &office.desk;
    let ada = desk.member("ada", BuiltInRole::Viewer).await;
    let id = priced(desk).await;
    office.follow(id, &ada).await;
    office.resolve(id, key()).await;
    let mut hours = 0;
    while hours < 30 {
        office.post().await;
        desk.clock.advance(Duration::hours(2));
        hours += 2;
    }
    assert!(
        office.letters.due(1).await.unwrap().is_empty(),
        "it is given up"
    );
}

#[tokio::test]
async fn a_failure_holds_back_the_tenants_other_letters() {
    let office = Office::new(1).await;
    let desk = &office.desk;
    let id = priced(desk).await;
    for name in ["ada", "ben"] {
        let member = desk.member(name, BuiltInRole::Viewer).await;
        office.follow(id, &member).await;
    }
    office.resolve(id, key()).await;
    assert_eq!(office.post().await, [], "the mail server was asked once");
    desk.clock.advance(Duration::seconds(8));
    assert_eq!(office.post().await.len(), 2);
}

#[tokio::test]
async fn nobody_gets_more_than_so_many_an_hour() {
    let office = Office::new(0).await;
    let desk = &office.desk;
    let ada = desk.member("ada", BuiltInRole::Viewer).await;
    let id = priced(desk).await;
    office.follow(id, &ada).await;
    for _ in 0..3 {
        office.resolve(id, key()).await;
        office.reopen(id, key()).await;
    }
    assert_eq!(office.post().await.len(), MOST as usize);
    office.resolve(id, key()).await;
    assert_eq!(office.post().await.len(), 0);
    desk.clock.advance(Duration::HOUR + Duration::SECOND);
    office.reopen(id, key()).await;
    assert_eq!(office.post().await.len(), 1);
}

#[tokio::test]
async fn without_a_mail_server_nothing_waits() {
    let desk = Desk::new().await;
    let ada = desk.member("ada", BuiltInRole::Viewer).await;
    let id = priced(&desk).await;
    let mark = (Mark::Follow, true);
    let discussion = desk.discussion();
    discussion
        .mark(&desk.scope, id, user(&ada), mark)
        .await
        .unwrap();
    let (decisions, now) = (desk.decisions(), ResolveIn::Now);
    decisions
        .resolve(&desk.scope, id, now, key())
        .await
        .unwrap();
    let letters = letters(&desk, MockTransactionalMailer::new(), None);
    assert!(!letters.write().await.unwrap());
    assert!(letters.due(10).await.unwrap().is_empty());
}
