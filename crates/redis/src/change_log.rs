//! Changes of the last minutes in Redis, for the readers of all nodes.

use crate::change_entry::{decode, encode};
use crate::client::RedisClient;
use crate::failure::{RedisFailure, SettingsError};
use crate::settings::RedisSettings;
use async_trait::async_trait;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::stream::{ChangeLog, Entry, KEPT, Kept, Position};
use redis::pipe;
use redis::streams::StreamRangeReply;
use uuid::Uuid;

/// The stream.
const STREAM: &str = "faultbook:changes";

/// The field of an entry.
const FIELD: &str = "entry";

/// Appends an entry by the clock of Redis, and drops entries that no reader can want any more.
const APPEND: &str = "
local now = redis.call('TIME')
redis.call('XADD', KEYS[1], 'MINID', '~', now[1] * 1000 - ARGV[1], '*', ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
";

/// Until when each node is at work, by the clock of Redis.
const NODES: &str = "faultbook:change-nodes";

/// Notes that a node is at work, and appends an entry for each other that is not any more.
const REPORT: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[2], ARGV[1], now + ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local nodes = redis.call('HGETALL', KEYS[2])
for place = 1, #nodes, 2 do
  if tonumber(nodes[place + 1]) < now then
    redis.call('HDEL', KEYS[2], nodes[place])
    redis.call('XADD', KEYS[1], '*', ARGV[4], ARGV[5])
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
  end
end
return 1
";

/// A [`ChangeLog`] in a stream of Redis, by the clock of Redis.
pub struct RedisChangeLog {
    client: RedisClient,
}

impl RedisChangeLog {
    /// Creates the log. Redis may be unavailable: connections are opened on demand.
    ///
    /// # Errors
    /// [`SettingsError`] for settings that can never work.
    pub fn connect(settings: &RedisSettings) -> Result<Self, SettingsError> {
        Ok(Self {
            client: RedisClient::new(settings)?,
        })
    }
}

/// How long entries are kept in milliseconds: a little longer than readers may be away.
fn kept_millis() -> u64 {
    millis(KEPT) + 60_000
}

fn millis(span: time::Duration) -> u64 {
    u64::try_from(span.whole_milliseconds()).unwrap_or(u64::MAX)
}

/// A position within the log, from which on an entry's own follow.
fn exclusive(after: Position) -> String {
    format!("({after}")
}

fn position(id: &str) -> Result<Position, RedisFailure> {
    let position = id.parse();
    position.map_err(|_| RedisFailure::UnexpectedResponse("an id of an entry"))
}

/// Reads the answer of `TIME` as milliseconds since 1970.
fn time_of(time: (u64, u64)) -> u64 {
    time.0 * 1_000 + time.1 / 1_000
}

#[async_trait]
impl ChangeLog for RedisChangeLog {
    async fn append_changes(&self, entry: &Entry) -> Result<(), StoreError> {
        let entry = encode(entry).map_err(StoreError::internal)?;
        let mut commands = pipe();
        commands
            .cmd("EVAL")
            .arg(APPEND)
            .arg(1)
            .arg(STREAM)
            .arg(kept_millis())
            .arg(FIELD)
            .arg(entry)
            .ignore();
        self.client.ask::<()>(&commands).await?;
        Ok(())
    }

    async fn list_changes(&self, after: Position, most: usize) -> Result<Kept, StoreError> {
        let mut commands = pipe();
        commands
            .cmd("TIME")
            .cmd("XRANGE")
            .arg(STREAM)
            .arg(exclusive(after))
            .arg("+")
            .arg("COUNT")
            .arg(most);
        let answer = self.client.ask(&commands).await?;
        let (time, reply): ((u64, u64), StreamRangeReply) = answer.value;
        let now = time_of(time);
        let mut entries = Vec::with_capacity(reply.ids.len());
        for found in reply.ids {
            let text: String = found.get(FIELD).ok_or(RedisFailure::UnexpectedResponse(
                "an entry without its field",
            ))?;
            let entry = decode(&text).map_err(StoreError::internal)?;
            entries.push((position(&found.id)?, entry));
        }
        let listed = entries.last().map_or(after, |(last, _)| *last);
        let upto = if entries.len() < most {
            listed.max(Position::before(now))
        } else {
            listed
        };
        Ok(Kept {
            epoch: answer.run.to_string(),
            entries,
            upto,
            complete: after.millis + millis(KEPT) >= now,
        })
    }

    async fn report_node(&self, node: Uuid, lasts: time::Duration) -> Result<(), StoreError> {
        let missed = Entry {
            all_missed: true,
            ..Entry::default()
        };
        let missed = encode(&missed).map_err(StoreError::internal)?;
        let mut commands = pipe();
        commands
            .cmd("EVAL")
            .arg(REPORT)
            .arg(2)
            .arg(STREAM)
            .arg(NODES)
            .arg(node.to_string())
            .arg(millis(lasts))
            .arg(kept_millis())
            .arg(FIELD)
            .arg(missed)
            .ignore();
        self.client.ask::<()>(&commands).await?;
        Ok(())
    }

    async fn last_position(&self) -> Result<(String, Position), StoreError> {
        let mut commands = pipe();
        commands.cmd("TIME");
        commands
            .cmd("XREVRANGE")
            .arg(STREAM)
            .arg("+")
            .arg("-")
            .arg("COUNT")
            .arg(1);
        let answer = self.client.ask(&commands).await?;
        let (time, last): ((u64, u64), StreamRangeReply) = answer.value;
        let before = Position::before(time_of(time));
        let last = match last.ids.first() {
            Some(last) => position(&last.id)?,
            None => before,
        };
        Ok((answer.run.to_string(), last.max(before)))
    }
}
