//! The ingest queue in a Redis stream.

use crate::client::RedisClient;
use crate::entry;
use crate::failure::{RedisFailure, SettingsError};
use crate::settings::RedisSettings;
use async_trait::async_trait;
use faultbook_domain::ingest::{Claimed, IngestQueue, Queued};
use faultbook_domain::monitoring::{HealthProbe, ServiceMetrics};
use faultbook_domain::store_error::StoreError;
use redis::streams::{StreamAutoClaimReply, StreamId, StreamInfoConsumersReply, StreamReadReply};
use redis::{FromRedisValue, Pipeline, pipe};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

const STREAM: &str = "faultbook:{ingest}:queue";
const ASIDE: &str = "faultbook:{ingest}:set-aside";
const GROUP: &str = "writers";
const FIELD: &str = "occurrence";
/// Time limit of [`HealthProbe::ping`].
const PING_LIMIT: Duration = Duration::from_secs(1);
/// Idle time after which a worker counts as gone.
const FORGET_WORKERS_AFTER: Duration = Duration::from_secs(60 * 60);

/// An [`IngestQueue`] in Redis, shared by all nodes: a stream with a consumer group in which each node is a consumer.
///
/// Entries are as durable as Redis: with `appendonly yes` they survive the end of the Redis process, and with
/// `appendfsync always` that of its machine.
///
/// A call whose connection breaks is repeated; an entry that is pushed twice is stored once, because its occurrence
/// has its id already.
pub struct RedisIngestQueue {
    client: RedisClient,
    worker: String,
    capacity: u64,
    reclaim_after: Duration,
    /// Last known length of the stream.
    length: AtomicU64,
    next_reclaim: Mutex<Instant>,
}

impl RedisIngestQueue {
    /// Creates the queue for `capacity` entries. `worker` names this node; an entry that a node neither finishes nor
    /// sets aside within `reclaim_after` is claimable by others.
    ///
    /// # Errors
    /// [`SettingsError`] for settings that can never work.
    pub fn connect(
        settings: &RedisSettings,
        worker: Uuid,
        reclaim_after: Duration,
        capacity: u64,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            client: RedisClient::new(settings)?,
            worker: worker.simple().to_string(),
            capacity,
            reclaim_after,
            length: AtomicU64::new(0),
            next_reclaim: Mutex::new(Instant::now()),
        })
    }

    /// Runs commands, and again after creating the consumer group if it does not exist: on first use, or after Redis
    /// lost its data.
    async fn ask_group<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, RedisFailure> {
        match self.client.ask(commands).await {
            Err(failure) if failure.is_refusal_with("NOGROUP") => {
                let mut create = pipe();
                create
                    .cmd("XGROUP")
                    .arg("CREATE")
                    .arg(STREAM)
                    .arg(GROUP)
                    .arg(0)
                    .arg("MKSTREAM")
                    .ignore();
                match self.client.ask::<()>(&create).await {
                    // Another node created it first.
                    Err(failure) if failure.is_refusal_with("BUSYGROUP") => {}
                    made => {
                        made?;
                    }
                }
                Ok(self.client.ask(commands).await?.value)
            }
            answer => Ok(answer?.value),
        }
    }

    /// Claims entries whose worker died or was too slow, at most every half of the time limit.
    async fn reclaim(&self, most: usize) -> Result<Vec<StreamId>, RedisFailure> {
        {
            let mut next = self
                .next_reclaim
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            if now < *next {
                return Ok(Vec::new());
            }
            *next = now + self.reclaim_after / 2;
        }
        let mut commands = pipe();
        commands
            .cmd("XAUTOCLAIM")
            .arg(STREAM)
            .arg(GROUP)
            .arg(&self.worker)
            .arg(u64::try_from(self.reclaim_after.as_millis()).unwrap_or(u64::MAX))
            .arg("0-0")
            .arg("COUNT")
            .arg(most);
        let (reply,): (StreamAutoClaimReply,) = self.ask_group(&commands).await?;
        if reply.claimed.is_empty() {
            self.forget_workers().await?;
        } else {
            tracing::info!(
                entries = reply.claimed.len(),
                "reclaimed entries of another node"
            );
        }
        Ok(reply.claimed)
    }

    /// Deletes consumers of gone nodes that have no pending entries.
    async fn forget_workers(&self) -> Result<(), RedisFailure> {
        let mut commands = pipe();
        commands
            .cmd("XINFO")
            .arg("CONSUMERS")
            .arg(STREAM)
            .arg(GROUP);
        let (reply,): (StreamInfoConsumersReply,) = self.ask_group(&commands).await?;
        let limit = FORGET_WORKERS_AFTER.as_millis();
        let mut commands = pipe();
        let mut gone = 0;
        for worker in reply.consumers {
            if worker.pending == 0 && worker.idle as u128 > limit && worker.name != self.worker {
                commands
                    .cmd("XGROUP")
                    .arg("DELCONSUMER")
                    .arg(STREAM)
                    .arg(GROUP)
                    .arg(worker.name)
                    .ignore();
                gone += 1;
            }
        }
        if gone > 0 {
            self.client.ask::<()>(&commands).await?;
        }
        Ok(())
    }

    async fn read_new(&self, most: usize) -> Result<Vec<StreamId>, RedisFailure> {
        let mut commands = pipe();
        commands
            .cmd("XREADGROUP")
            .arg("GROUP")
            .arg(GROUP)
            .arg(&self.worker)
            .arg("COUNT")
            .arg(most)
            .arg("STREAMS")
            .arg(STREAM)
            .arg(">");
        let (reply,): (Option<StreamReadReply>,) = self.ask_group(&commands).await?;
        let streams = reply.map(|reply| reply.keys).unwrap_or_default();
        Ok(streams.into_iter().flat_map(|stream| stream.ids).collect())
    }

    async fn is_full(&self) -> Result<bool, RedisFailure> {
        if self.length.load(Ordering::Relaxed) < self.capacity {
            return Ok(false);
        }
        Ok(self.length().await? >= self.capacity)
    }

    async fn length(&self) -> Result<u64, RedisFailure> {
        let (length,): (u64,) = self.client.ask(pipe().cmd("XLEN").arg(STREAM)).await?.value;
        self.length.store(length, Ordering::Relaxed);
        Ok(length)
    }

    /// Decodes an entry; sets it aside if that fails.
    async fn claimed(&self, id: StreamId) -> Result<Option<Claimed>, StoreError> {
        let bytes: Vec<u8> = id.get(FIELD).unwrap_or_default();
        match entry::read(&bytes) {
            Ok(queued) => Ok(Some(Claimed {
                handle: id.id,
                queued,
            })),
            Err(error) => {
                tracing::error!(%error, cause = ?error, entry = id.id, "a queued report cannot be read and was set aside");
                self.move_aside(&id.id, &bytes, &error.to_string()).await?;
                Ok(None)
            }
        }
    }

    async fn move_aside(&self, handle: &str, bytes: &[u8], reason: &str) -> Result<(), StoreError> {
        let mut commands = pipe();
        commands
            .atomic()
            .cmd("XADD")
            .arg(ASIDE)
            .arg("*")
            .arg(FIELD)
            .arg(bytes)
            .arg("reason")
            .arg(reason)
            .ignore();
        remove(&mut commands, &[handle.to_owned()]);
        self.client.ask::<()>(&commands).await?;
        Ok(())
    }
}

fn remove(commands: &mut Pipeline, handles: &[String]) {
    commands
        .cmd("XACK")
        .arg(STREAM)
        .arg(GROUP)
        .arg(handles)
        .ignore();
    commands.cmd("XDEL").arg(STREAM).arg(handles).ignore();
}

#[async_trait]
impl IngestQueue for RedisIngestQueue {
    async fn push(&self, entries: &[Queued]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        if self.is_full().await? {
            return Err(StoreError::unavailable("the queue is full"));
        }
        let mut commands = pipe();
        for queued in entries {
            let bytes = entry::write(queued).map_err(StoreError::rejected)?;
            commands
                .cmd("XADD")
                .arg(STREAM)
                .arg("*")
                .arg(FIELD)
                .arg(bytes)
                .ignore();
        }
        commands.cmd("XLEN").arg(STREAM);
        let (length,): (u64,) = self.client.ask(&commands).await?.value;
        self.length.store(length, Ordering::Relaxed);
        Ok(())
    }

    async fn claim(&self, most: usize) -> Result<Vec<Claimed>, StoreError> {
        let mut ids = self.reclaim(most).await?;
        if ids.is_empty() {
            ids = self.read_new(most).await?;
        }
        let mut claimed = Vec::with_capacity(ids.len());
        for id in ids {
            claimed.extend(self.claimed(id).await?);
        }
        Ok(claimed)
    }

    async fn finish(&self, handles: &[String]) -> Result<(), StoreError> {
        if handles.is_empty() {
            return Ok(());
        }
        let mut commands = pipe();
        // Otherwise an entry that is acknowledged and not deleted would stay in the stream forever.
        commands.atomic();
        remove(&mut commands, handles);
        self.client.ask::<()>(&commands).await?;
        Ok(())
    }

    async fn set_aside(&self, entry: &Claimed, reason: &str) -> Result<(), StoreError> {
        let bytes = entry::write(&entry.queued).map_err(StoreError::internal)?;
        self.move_aside(&entry.handle, &bytes, reason).await
    }

    async fn depth(&self) -> Result<u64, StoreError> {
        Ok(self.length().await?)
    }
}

#[async_trait]
impl HealthProbe for RedisIngestQueue {
    async fn ping(&self) -> Result<(), StoreError> {
        let length = pipe().cmd("XLEN").arg(STREAM).to_owned();
        self.client.insist::<(u64,)>(&length, PING_LIMIT).await?;
        Ok(())
    }

    async fn read_metrics(&self) -> Result<ServiceMetrics, StoreError> {
        let mut lengths = pipe();
        lengths.cmd("XLEN").arg(STREAM).cmd("XLEN").arg(ASIDE);
        let (waiting, aside) = self.client.ask::<(i64, i64)>(&lengths).await?.value;
        let capacity = i64::try_from(self.capacity).unwrap_or(i64::MAX);
        Ok(vec![
            ("waiting", waiting),
            ("capacity", capacity),
            ("set_aside", aside),
        ])
    }
}
