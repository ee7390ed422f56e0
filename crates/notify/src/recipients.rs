//! Tracks which of several recipients were reached, and why others were not.

use faultbook_domain::notifications::NotifyError;
use std::time::Duration;

/// The recipients of one attempt.
pub struct Recipients {
    all: usize,
    pending: Vec<String>,
    reached: Vec<String>,
    transient: Option<(String, Option<Duration>)>,
    permanent: Option<String>,
    answer: Option<String>,
}

impl Recipients {
    /// All recipients of a channel, of which some were served by an earlier attempt.
    pub fn new(all: &[String], reached: &[String]) -> Self {
        let mut pending: Vec<String> = Vec::new();
        for recipient in all {
            if !reached.contains(recipient) && !pending.contains(recipient) {
                pending.push(recipient.clone());
            }
        }
        Self {
            all: pending.len() + reached.len(),
            pending,
            reached: reached.to_vec(),
            transient: None,
            permanent: None,
            answer: None,
        }
    }

    /// Those still to be served.
    pub fn pending(&self) -> &[String] {
        &self.pending
    }

    /// This one has been served.
    pub fn reach(&mut self, recipient: &str) {
        self.reached.push(recipient.to_owned());
    }

    /// The receiver answered this. The last answer counts.
    pub fn hear(&mut self, answer: String) {
        self.answer = Some(answer);
    }

    /// One was not served. The first reason of each kind is kept.
    pub fn fail(&mut self, error: NotifyError) {
        match error {
            NotifyError::Transient {
                reason,
                retry_after,
                ..
            } => {
                self.transient.get_or_insert((reason, retry_after));
            }
            other => {
                self.permanent.get_or_insert(other.to_string());
            }
        }
    }

    /// The outcome, with what the receiver answered: what may still work decides over what will not.
    ///
    /// # Errors
    /// [`NotifyError`] if one of the recipients was not served.
    pub fn outcome(self) -> Result<String, NotifyError> {
        let missed = self.all.saturating_sub(self.reached.len());
        let reason = |cause: String| match self.all {
            0 | 1 => cause,
            all => format!("{missed} of {all} recipients not reached: {cause}"),
        };
        match (self.transient, self.permanent) {
            (Some((cause, retry_after)), _) => Err(NotifyError::Transient {
                reason: reason(cause),
                retry_after,
                reached: self.reached,
            }),
            (None, Some(cause)) => Err(NotifyError::Permanent {
                reason: reason(cause),
                reached: self.reached,
            }),
            (None, None) if self.all == 0 => {
                Err(NotifyError::permanent("the channel has no recipient"))
            }
            (None, None) => Ok(self.answer.unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn each_is_served_once_and_earlier_ones_are_left_out() {
        let recipients = Recipients::new(&names(&["a", "b", "b", "c"]), &names(&["a"]));
        assert_eq!(recipients.pending(), names(&["b", "c"]));
    }

    #[test]
    fn what_may_still_work_decides() {
        let mut recipients = Recipients::new(&names(&["a", "b", "c"]), &[]);
        recipients.fail(NotifyError::permanent("no such number"));
        recipients.fail(NotifyError::transient("busy"));
        recipients.reach("c");
        assert_eq!(
            recipients.outcome(),
            Err(NotifyError::Transient {
                reason: "2 of 3 recipients not reached: busy".to_owned(),
                retry_after: None,
                reached: names(&["c"]),
            })
        );
    }

    #[test]
    fn a_channel_without_recipients_reaches_nobody() {
        let outcome = Recipients::new(&[], &[]).outcome();
        assert!(matches!(outcome, Err(NotifyError::Permanent { .. })));
    }
}
