//! Rows of feedback.

use crate::schema::feedback;
use crate::types::{DbId, DbTime};
use diesel::{Insertable, Queryable, Selectable};
use faultbook_domain::errors::Feedback;

/// A row of `feedback`, without what is known of its event alone.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = feedback, treat_none_as_default_value = false)]
pub struct FeedbackRow {
    pub event_id: DbId,
    pub digest: DbId,
    pub name: Option<String>,
    pub email: Option<String>,
    pub message: Option<String>,
    pub url: Option<String>,
    pub received_at: DbTime,
}

impl From<&Feedback> for FeedbackRow {
    fn from(entry: &Feedback) -> Self {
        let Feedback {
            event_id,
            name,
            email,
            message,
            url,
            received_at,
        } = entry;
        Self {
            event_id: DbId(*event_id),
            digest: DbId(entry.digest()),
            name: name.clone(),
            email: email.clone(),
            message: message.clone(),
            url: url.clone(),
            received_at: DbTime(*received_at),
        }
    }
}

impl From<FeedbackRow> for Feedback {
    fn from(row: FeedbackRow) -> Self {
        let FeedbackRow {
            event_id,
            digest: _,
            name,
            email,
            message,
            url,
            received_at,
        } = row;
        Self {
            event_id: event_id.0,
            name,
            email,
            message,
            url,
            received_at: received_at.0,
        }
    }
}
