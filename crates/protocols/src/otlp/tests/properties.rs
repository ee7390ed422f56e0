//! Whatever comes, nothing panics and both encodings agree.

use super::*;
use proptest::prelude::*;

fn any_json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<String>().prop_map(|text| json!({ "stringValue": text.replace('\0', "") })),
        any::<bool>().prop_map(|bool| json!({ "boolValue": bool })),
        any::<i64>().prop_map(|int| json!({ "intValue": int })),
        (-1e300..1e300).prop_map(|double| json!({ "doubleValue": double })),
        Just(json!({ "bytesValue": "AQID" })),
        Just(json!({})),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|values| json!({ "arrayValue": { "values": values } })),
            key_values(inner).prop_map(|values| json!({ "kvlistValue": { "values": values } })),
        ]
    })
}

fn key_values(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Vec<Value>> {
    let name = prop_oneof![
        Just("exception.type"),
        Just("exception.message"),
        Just("exception.stacktrace"),
        Just("service.name"),
        Just("url.full"),
        Just("server.address"),
        Just("url.path"),
        Just("user.id"),
        Just("message"),
        Just(""),
    ];
    proptest::collection::vec(
        (name, value).prop_map(|(key, value)| json!({ "key": key, "value": value })),
        0..6,
    )
}

prop_compose! {
    fn record()(
        time in prop_oneof![Just(0), Just(TIME), any::<u64>()],
        severity in -3_i64..30,
        word in "(|error|WARN|x)",
        body in any_json_value(),
        attributes in key_values(any_json_value()),
        name in "[a-z]{0,3}",
        trace in prop_oneof![Just(""), Just(TRACE), Just("00000000000000000000000000000000")],
    ) -> Value {
        json!({
            "timeUnixNano": time, "severityNumber": severity, "severityText": word, "body": body,
            "attributes": attributes, "eventName": name, "traceId": trace
        })
    }
}

prop_compose! {
    fn span()(
        attributes in key_values(any_json_value()),
        name in "(exception|other)",
        event in key_values(any_json_value()),
        kind in 0..7,
    ) -> Value {
        json!({
            "traceId": TRACE, "name": "s", "kind": kind, "attributes": attributes,
            "events": [{ "timeUnixNano": TIME, "name": name, "attributes": event }]
        })
    }
}

proptest! {
    #[test]
    fn both_encodings_of_logs_agree(
        resource in key_values(any_json_value()),
        records in proptest::collection::vec(record(), 0..4),
    ) {
        let request = json!({ "resourceLogs": [{
            "scopeLogs": [{ "logRecords": records }], "resource": { "attributes": resource }
        }] });
        let received = received(&request);
        let dropped: u64 = received.dropped.iter().map(|(_, count)| count).sum();
        prop_assert_eq!(received.reports.len() as u64 + dropped, records.len() as u64);
        for report in received.reports {
            prop_assert_eq!(report.check(NOW), Ok(()));
            prop_assert!(report.event_id.is_some());
        }
    }

    #[test]
    fn both_encodings_of_traces_agree(spans in proptest::collection::vec(span(), 0..4)) {
        let received = received(&traces_of(json!({}), spans));
        for report in received.reports {
            prop_assert_eq!(report.check(NOW), Ok(()));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let options = Options::default();
        for encoding in [Encoding::Protobuf, Encoding::Json] {
            let _ = read_logs(&bytes, encoding, &options, &ORIGIN);
            let _ = read_traces(&bytes, encoding, &options, &ORIGIN);
            let _ = read_metrics(&bytes, encoding, &options, &ORIGIN);
        }
    }

    #[test]
    fn no_damaged_request_panics(
        records in proptest::collection::vec(record(), 1..3),
        spans in proptest::collection::vec(span(), 1..3),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let options = Options::default();
        for request in [logs_of(json!({}), records), traces_of(json!({}), spans)] {
            for (mut body, encoding) in [
                (protobuf::encode(&request), Encoding::Protobuf),
                (request.to_string().into_bytes(), Encoding::Json),
            ] {
                let at = at.index(body.len());
                let _ = read_logs(&body[..at], encoding, &options, &ORIGIN);
                body[at] = byte;
                let _ = read_logs(&body, encoding, &options, &ORIGIN);
                let _ = read_traces(&body, encoding, &options, &ORIGIN);
            }
        }
    }
}
