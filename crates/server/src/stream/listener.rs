//! The task of one listener.

use super::event;
use super::hub::{Hub, Place};
use crate::http::caller::Caller;
use crate::state::AppState;
use actix_web::web::{Bytes, Data};
use faultbook_domain::identity::Permission;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::stream::Listener;
use faultbook_domain::tenancy::Scope;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Events that may wait for the connection: with a thousand slow listeners, some tens of megabytes.
pub const WAITING: usize = 32;

/// How long a listener is waited for whose connection takes nothing.
const SLOW: Duration = Duration::from_secs(10);

/// How often a sign of life is sent.
const PING: Duration = Duration::from_secs(15);

/// How often it is looked whether the listener may still listen: within 5 seconds with what credentials are remembered.
const RENEWAL: Duration = Duration::from_millis(1_500);

/// Who listens, to what.
pub struct Listening {
    /// The caller.
    pub caller: Caller,
    /// The project that the caller selects.
    pub project: Option<String>,
    /// What they are told.
    pub listener: Listener,
    /// The last event that they were told of.
    pub last_event: Option<String>,
}

/// Why a stream ends.
enum End {
    /// The connection is gone, or takes nothing.
    Closed,
    /// The listener may not listen any more, or to something else.
    Changed,
    /// The server stops.
    Stopping,
    /// The store failed.
    Failed(StoreError),
}

/// Sends a listener what it is told, until it may not listen any more, goes away, or does not keep up.
pub async fn listen(
    hub: Arc<Hub>,
    state: Data<AppState>,
    listening: Listening,
    sender: mpsc::Sender<Bytes>,
    place: Place,
) {
    let end = match serve(&hub, &state, &listening, &sender).await {
        Ok(()) => return,
        Err(end) => end,
    };
    let reason = match end {
        End::Closed => "the connection takes nothing",
        End::Changed => "the listener may not listen to it any more",
        End::Stopping => "the server stops",
        End::Failed(error) => {
            tracing::debug!(%error, "a stream ends");
            "the store failed"
        }
    };
    tracing::debug!(reason, "a stream has ended");
    drop(place);
}

async fn serve(
    hub: &Hub,
    state: &AppState,
    listening: &Listening,
    sender: &mpsc::Sender<Bytes>,
) -> Result<(), End> {
    send(sender, event::hello()).await?;
    let last_event = listening.last_event.as_deref();
    let following = hub.follow(&listening.listener, last_event).await;
    let (mut following, first) = following.map_err(End::Failed)?;
    for event in first {
        send(sender, event).await?;
    }
    let ticks = |period| {
        let mut ticks = interval_at(Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let (mut pings, mut renewals) = (ticks(PING), ticks(RENEWAL));
    loop {
        tokio::select! {
            round = following.next() => {
                let round = round.ok_or(End::Closed)?;
                let events = hub.events(&listening.listener, &round).await;
                let events = events.map_err(End::Failed)?;
                for event in events.written() {
                    send(sender, event).await?;
                }
            }
            _ = pings.tick() => send(sender, event::ping()).await?,
            _ = renewals.tick() => {
                if state.stopping.has_begun() {
                    return Err(End::Stopping);
                }
                if !may_listen(listening).await {
                    return Err(End::Changed);
                }
                // The connection tells of a reader who has gone only when something is written.
                send(sender, event::comment()).await?;
            }
            () = sender.closed() => return Err(End::Closed),
        }
    }
}

async fn send(sender: &mpsc::Sender<Bytes>, event: Bytes) -> Result<(), End> {
    sender
        .send_timeout(event, SLOW)
        .await
        .map_err(|_| End::Closed)
}

/// Whether the credential is still good for what is listened to.
async fn may_listen(listening: &Listening) -> bool {
    let Some(principal) = listening.caller.renewed().await else {
        return false;
    };
    let scope = match &listening.project {
        None => Some(principal.scope.clone()),
        Some(named) => principal
            .project(named)
            .map(|id| principal.scope.narrowed_to(id)),
    };
    let same = |scope: &Scope| *scope == listening.listener.scope;
    principal.may(Permission::ErrorsRead)
        && !principal.suspended
        && scope.as_ref().is_some_and(same)
}
