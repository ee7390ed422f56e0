//! What users say about an event.

use super::event_id;
use super::fields::{Object, cut, object, text};
use super::request::without_userinfo;
use crate::bounded::{Bounded, Budget};
use crate::repair::parse_seed;
use faultbook_domain::errors::Feedback;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// Values that are read of an item.
const MAX_VALUES: usize = 5_000;

/// Reads an item `feedback`. `None` when it is about no event.
pub(super) fn of_feedback(payload: &[u8], received_at: OffsetDateTime) -> Option<Feedback> {
    let event = object_of(payload)?;
    let said = object(object(&event, "contexts")?, "feedback")?;
    let request_url = object(&event, "request").and_then(|request| text(request, "url"));
    Some(Feedback {
        event_id: said.get("associated_event_id").and_then(event_id::read)?,
        name: cut_text(said, "name", Feedback::MAX_NAME),
        email: cut_text(said, "contact_email", Feedback::MAX_EMAIL),
        message: cut_text(said, "message", Feedback::MAX_MESSAGE),
        url: text(said, "url")
            .or(request_url)
            .map(|url| cut(without_userinfo(url), Feedback::MAX_URL)),
        received_at,
    })
}

/// Reads an item `user_report`. `None` when it is about no event.
pub(super) fn of_user_report(
    payload: &[u8],
    of_envelope: Option<Uuid>,
    received_at: OffsetDateTime,
) -> Option<Feedback> {
    let report = object_of(payload)?;
    Some(Feedback {
        event_id: report
            .get("event_id")
            .and_then(event_id::read)
            .or(of_envelope)?,
        name: cut_text(&report, "name", Feedback::MAX_NAME),
        email: cut_text(&report, "email", Feedback::MAX_EMAIL),
        message: cut_text(&report, "comments", Feedback::MAX_MESSAGE),
        url: None,
        received_at,
    })
}

fn object_of(payload: &[u8]) -> Option<Object> {
    let budget = Budget::new(MAX_VALUES);
    match parse_seed(payload, || Bounded::new(&budget)) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

fn cut_text(object: &Object, field: &str, characters: usize) -> Option<String> {
    text(object, field).map(|text| cut(text.to_owned(), characters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const AT: OffsetDateTime = time::macros::datetime!(2026-11-20 12:00 UTC);
    const ID: Uuid = Uuid::from_u128(7);

    #[test]
    fn both_kinds_are_read() {
        let expected = Feedback {
            event_id: ID,
            name: Some("Ada".to_owned()),
            email: Some("ada@example.com".to_owned()),
            message: Some("It broke".to_owned()),
            url: Some("https://a/b".to_owned()),
            received_at: AT,
        };
        let feedback = json!({ "type": "feedback", "event_id": "x", "contexts": { "feedback": {
            "associated_event_id": ID.simple().to_string(), "name": "Ada", "contact_email": "ada@example.com",
            "message": "It broke", "url": "https://a/b", "source": "widget" } } });
        assert_eq!(
            of_feedback(feedback.to_string().as_bytes(), AT),
            Some(expected.clone())
        );
        let report = json!({ "event_id": ID.to_string(), "name": "Ada", "email": "ada@example.com", "comments": "It broke" });
        let expected = Feedback {
            url: None,
            ..expected
        };
        assert_eq!(
            of_user_report(report.to_string().as_bytes(), None, AT),
            Some(expected)
        );
    }

    #[test]
    fn what_is_about_no_event_is_none() {
        for payload in [
            "",
            "[]",
            "{}",
            r#"{"contexts":{"feedback":{"message":"m"}}}"#,
            r#"{"contexts":{"feedback":{"associated_event_id":"x"}}}"#,
        ] {
            assert_eq!(of_feedback(payload.as_bytes(), AT), None, "{payload}");
            assert_eq!(
                of_user_report(payload.as_bytes(), None, AT),
                None,
                "{payload}"
            );
        }
        let of_envelope = of_user_report(br#"{"comments":5}"#, Some(ID), AT).unwrap();
        assert_eq!((of_envelope.event_id, of_envelope.message), (ID, None));
    }
}
