//! Reads the log of changes for all listeners of a node.

use super::event;
use actix_web::web::Bytes;
use faultbook_domain::clock::Clock;
use faultbook_domain::errors::{Actor, Discussion, ErrorGroup, ErrorPeople};
use faultbook_domain::id::ErrorId;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::stream::{
    ChangeLog, Entry, EventId, Listener, MAX_ERRORS, Position, Round, Teller, Told, join,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::{Mutex as AsyncMutex, OnceCell, OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::time::Instant;

/// Listeners of a node at once.
const LISTENERS: usize = 1_000;

/// Time between two rounds: an error is told of once in each, and changes arrive within two seconds.
const ROUND: Duration = Duration::from_millis(1_150);

/// Entries that are read at once.
const ENTRIES: usize = 1_000;

/// Rounds that may wait for a listener.
const WAITING: usize = 16;

/// How often, and how many times, a listener waits for this node to know what another told it.
const BEHIND: Duration = Duration::from_millis(100);
const BEHIND_TIMES: u32 = 40;

/// A round of changes.
pub struct LiveRound {
    round: Round,
    /// The entries; `None` when some are missing.
    entries: Option<Vec<(Position, Entry)>>,
    /// What is told of, by what is asked.
    told: Answers<Option<Vec<Told>>>,
    /// What is theirs, by who asks what.
    people: Answers<People>,
}

/// What is a listener's of errors.
type People = HashMap<ErrorId, ErrorPeople>;

/// What a listener is told of a round.
pub struct Events {
    /// `None` when changes are missing, or too many errors changed.
    told: Arc<Option<Vec<Told>>>,
    people: Arc<People>,
    end: EventId,
    now: OffsetDateTime,
}

/// Answers to questions: each is found out once, for all who ask.
struct Answers<T>(Mutex<HashMap<String, Arc<OnceCell<Arc<T>>>>>);

impl<T> Answers<T> {
    fn new() -> Self {
        Self(Mutex::default())
    }

    async fn get<F>(&self, question: String, answer: F) -> Result<Arc<T>, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let cell = {
            let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry(question).or_default())
        };
        let found = cell.get_or_try_init(|| async { answer.await.map(Arc::new) });
        found.await.map(Arc::clone)
    }
}

/// Reads the log while anybody listens.
pub struct Hub {
    log: Arc<dyn ChangeLog>,
    teller: Teller,
    discussion: Arc<Discussion>,
    clock: Arc<dyn Clock>,
    rounds: broadcast::Sender<Arc<LiveRound>>,
    /// The log's epoch and the end of the last round; `None` while nobody listens.
    end: AsyncMutex<Option<(String, Position)>>,
    last_round: Mutex<Option<Instant>>,
    places: Arc<Semaphore>,
}

/// A listener's place on this node.
pub type Place = OwnedSemaphorePermit;

/// What a listener follows.
pub struct Following {
    rounds: broadcast::Receiver<Arc<LiveRound>>,
    /// What was told up to here, or is told at once.
    behind: Position,
}

impl Hub {
    /// Creates the hub.
    #[must_use]
    pub fn new(
        log: Arc<dyn ChangeLog>,
        teller: Teller,
        discussion: Arc<Discussion>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            log,
            teller,
            discussion,
            clock,
            rounds: broadcast::channel(WAITING).0,
            end: AsyncMutex::default(),
            last_round: Mutex::default(),
            places: Arc::new(Semaphore::new(LISTENERS)),
        }
    }

    /// Takes a place for a listener; `None` when all are taken.
    #[must_use]
    pub fn admit(&self) -> Option<Place> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Reads what is new, and begins a round when it is time for one.
    pub async fn read(&self) {
        let mut end = self.end.lock().await;
        if self.rounds.receiver_count() == 0 {
            *end = None;
            return;
        }
        let Some((epoch, start)) = end.clone() else {
            return;
        };
        let kept = match self.log.list_changes(start, ENTRIES).await {
            Ok(kept) => kept,
            Err(error) => {
                tracing::debug!(%error, "changes of errors are read later");
                return;
            }
        };
        let is_whole = kept.complete && kept.epoch == epoch;
        if is_whole && kept.entries.is_empty() {
            *end = Some((epoch, kept.upto.max(start)));
            return;
        }
        if !self.is_time() {
            return;
        }
        let round = Round {
            epoch: kept.epoch.clone(),
            start,
            end: kept.upto,
        };
        // Where the last listener has gone meanwhile, nobody misses it.
        drop(self.rounds.send(Arc::new(LiveRound {
            round,
            entries: is_whole.then_some(kept.entries),
            told: Answers::new(),
            people: Answers::new(),
        })));
        *end = Some((kept.epoch, kept.upto));
    }

    fn is_time(&self) -> bool {
        let mut last = self
            .last_round
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_time = last.is_none_or(|last| last.elapsed() >= ROUND);
        if is_time {
            *last = Some(Instant::now());
        }
        is_time
    }

    /// Begins to follow the log: from the last event on that a listener was told of, else from now on. Returns what it
    /// is told at once.
    ///
    /// # Errors
    /// [`StoreError`] when the log or the store fails.
    pub async fn follow(
        &self,
        listener: &Listener,
        last_event: Option<&str>,
    ) -> Result<(Following, Vec<Bytes>), StoreError> {
        let rounds = self.rounds.subscribe();
        let (mut epoch, mut behind) = self.position().await?;
        let mut first = Vec::new();
        if let Some(last) = last_event {
            let told = last
                .parse::<EventId>()
                .ok()
                .filter(|told| told.epoch == epoch);
            let mut times = 0;
            while told.as_ref().is_some_and(|told| told.end > behind) && times < BEHIND_TIMES {
                tokio::time::sleep(BEHIND).await;
                (epoch, behind) = self.position().await?;
                times += 1;
            }
            let known = told.filter(|told| told.epoch == epoch && told.end <= behind);
            let events = match known {
                Some(told) => self.since(listener, &told, behind).await?,
                None => None,
            };
            first = events.unwrap_or_else(|| vec![event::reset(&EventId::behind(&epoch, behind))]);
        }
        Ok((Following { rounds, behind }, first))
    }

    async fn position(&self) -> Result<(String, Position), StoreError> {
        let mut end = self.end.lock().await;
        if let Some(end) = end.clone() {
            return Ok(end);
        }
        let now = self.log.last_position().await?;
        *end = Some(now.clone());
        Ok(now)
    }

    /// Returns the events behind one, up to a position; `None` when they are not kept any more.
    async fn since(
        &self,
        listener: &Listener,
        told: &EventId,
        upto: Position,
    ) -> Result<Option<Vec<Bytes>>, StoreError> {
        let mut entries = Vec::new();
        let mut after = told.start;
        loop {
            let kept = self.log.list_changes(after, ENTRIES).await?;
            if !kept.complete || kept.epoch != told.epoch {
                return Ok(None);
            }
            let is_last = kept.entries.len() < ENTRIES || kept.upto >= upto;
            after = kept.upto;
            entries.extend(kept.entries.into_iter().filter(|(at, _)| *at <= upto));
            if is_last {
                break;
            }
        }
        let round = Round {
            epoch: told.epoch.clone(),
            start: told.start,
            end: upto,
        };
        match self.tell(listener, &round, &entries, Some(told)).await? {
            Some(told) => {
                let events = Events {
                    people: Arc::new(self.people(listener, &told).await?),
                    told: Arc::new(Some(told)),
                    end: EventId::behind(&round.epoch, upto),
                    now: self.clock.now(),
                };
                Ok(Some(events.written().collect()))
            }
            None => Ok(None),
        }
    }

    /// Returns what is told of a round; `None` when changes are missing, or too many errors changed.
    async fn tell(
        &self,
        listener: &Listener,
        round: &Round,
        entries: &[(Position, Entry)],
        resumed: Option<&EventId>,
    ) -> Result<Option<Vec<Told>>, StoreError> {
        let joined = join(entries, &listener.scope, resumed);
        let Some(joined) = joined.filter(|joined| joined.len() <= MAX_ERRORS) else {
            return Ok(None);
        };
        self.teller.tell(listener, round, &joined).await.map(Some)
    }

    /// Returns what is a listener's of the errors that are told of.
    async fn people(&self, listener: &Listener, told: &[Told]) -> Result<People, StoreError> {
        let shown: Vec<&ErrorGroup> = told.iter().filter_map(event::shown).collect();
        let principal = listener.viewer.principal.as_deref();
        match principal.and_then(Actor::from_stored) {
            Some(principal) if !shown.is_empty() => {
                let scope = &listener.scope;
                self.discussion.people(scope, &shown, principal).await
            }
            _ => Ok(HashMap::new()),
        }
    }

    /// Returns what a listener is told of a round.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn events(
        &self,
        listener: &Listener,
        live: &LiveRound,
    ) -> Result<Events, StoreError> {
        let question = listener.question(self.clock.now());
        let told = live.told.get(format!("{question:?}"), async {
            match live.entries.as_deref() {
                Some(entries) => self.tell(&question, &live.round, entries, None).await,
                None => Ok(None),
            }
        });
        let told = told.await?;
        let people = live.people.get(format!("{listener:?}"), async {
            self.people(listener, told.as_deref().unwrap_or_default())
                .await
        });
        let Round { epoch, end, .. } = &live.round;
        Ok(Events {
            people: people.await?,
            told,
            end: EventId::behind(epoch, *end),
            now: self.clock.now(),
        })
    }
}

impl Events {
    /// Writes the events one by one: a listener who is slow holds no more than it was sent.
    pub fn written(&self) -> impl Iterator<Item = Bytes> + '_ {
        let told = self.told.as_deref();
        let reset = told.is_none().then(|| event::reset(&self.end));
        let events = told.unwrap_or_default().iter().map(|one| {
            let own = self.people.get(&one.error).cloned();
            event::told(one, own.unwrap_or_default(), self.now)
        });
        reset.into_iter().chain(events)
    }
}

impl Following {
    /// Waits for the next round; `None` when the listener did not keep up. Safe to cancel.
    pub async fn next(&mut self) -> Option<Arc<LiveRound>> {
        loop {
            let live = self.rounds.recv().await.ok()?;
            if live.round.end > self.behind || live.entries.is_none() {
                self.behind = live.round.end;
                return Some(live);
            }
        }
    }
}
