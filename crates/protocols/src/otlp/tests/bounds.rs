//! Requests made to take memory or time.

use super::protobuf::Message;
use super::*;

fn protobuf_logs(record: &[u8], count: usize) -> Vec<u8> {
    let mut scope = Vec::new();
    for _ in 0..count {
        scope.extend(Message::default().bytes(2, record).0);
    }
    let group = Message::default().bytes(2, scope);
    Message::default().bytes(1, group.0).0
}

fn read_protobuf(body: &[u8]) -> Result<Received, Undecodable> {
    read_logs(body, Encoding::Protobuf, &Options::default(), &ORIGIN)
}

fn read_json(records: &str) -> Result<Received, Undecodable> {
    let body = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#);
    read_logs(
        body.as_bytes(),
        Encoding::Json,
        &Options::default(),
        &ORIGIN,
    )
}

#[test]
fn reports_of_a_request_are_bounded() {
    let record = Message::default().varint(2, 17).0;
    let most = read_protobuf(&protobuf_logs(&record, 10_000)).unwrap();
    assert_eq!(most.reports.len(), 10_000);
    let too_many = read_protobuf(&protobuf_logs(&record, 10_001));
    assert_eq!(too_many, Err(Undecodable::TooMany));
    for (count, expected) in [(10_000, Ok(most)), (10_001, Err(Undecodable::TooMany))] {
        let records = vec![r#"{"severityNumber":17}"#; count].join(",");
        assert_eq!(read_json(&records), expected, "{count}");
    }
}

#[test]
fn what_reports_share_does_not_multiply_without_bound() {
    // A short list in JSON takes much memory.
    let resource = json!({ "service.name": "shop", "large": vec![0; 30_000] });
    let records = vec![json!({ "severityNumber": 17 }); 400];
    let request = logs_of(resource, records);
    let too_many = Err(Undecodable::TooMany);
    assert_eq!(read_protobuf(&protobuf::encode(&request)), too_many);
    let json = request.to_string();
    assert_eq!(
        read_logs(
            json.as_bytes(),
            Encoding::Json,
            &Options::default(),
            &ORIGIN
        ),
        too_many
    );
}

#[test]
fn a_large_resource_is_trimmed_with_each_report() {
    let resource = json!({ "service.name": "shop", "large": "x".repeat(1 << 20), "small": "kept" });
    let records = vec![json!({ "severityNumber": 17 }); 100];
    let received = received(&logs_of(resource, records));
    assert_eq!(received.reports.len(), 100);
    for report in &received.reports {
        let context = context(report);
        assert_eq!(context["trimmed"], true);
        assert_eq!(context["resource"]["small"], "kept");
        assert!(context.to_string().len() <= 64 << 10);
    }
}

#[test]
fn an_item_of_many_values_is_trimmed() {
    let values = vec![json!({}); 300_000];
    let attributes = json!([
        { "key": "exception.type", "value": { "stringValue": "E" } },
        { "key": "many", "value": { "arrayValue": { "values": values } } },
        { "key": "after", "value": { "stringValue": "x" } }
    ]);
    let record = json!({ "timeUnixNano": TIME, "attributes": attributes });
    let request = logs_of(json!({}), [record, json!({ "severityNumber": 17 })]);
    let protobuf = read_protobuf(&protobuf::encode(&request)).unwrap();
    let body = request.to_string();
    let json = read_logs(
        body.as_bytes(),
        Encoding::Json,
        &Options::default(),
        &ORIGIN,
    )
    .unwrap();
    for received in [protobuf, json] {
        assert_eq!(received.reports.len(), 2);
        assert_eq!(received.reports[0].message, "E");
        assert_eq!(
            received.reports[0].timestamp,
            Some(datetime!(2026-11-20 11:59 UTC))
        );
        let context = context(&received.reports[0]);
        assert_eq!(context["trimmed"], true);
        assert!(context.to_string().len() <= 256 << 10);
    }
}

#[test]
fn an_item_of_too_many_bytes_costs_no_other() {
    let origin = Origin {
        max_event: 1_000,
        ..ORIGIN
    };
    let small = json!({ "severityNumber": 17, "body": any_value(json!("b")) });
    let large = json!({ "severityNumber": 17, "body": any_value(json!("b".repeat(1_000))) });
    let options = Options::default();
    for (records, expected) in [
        (
            vec![small.clone(), large.clone(), small],
            Ok((2, vec![("log", 1)])),
        ),
        (vec![large], Err(Undecodable::TooLarge)),
    ] {
        let request = logs_of(json!({}), records);
        for (body, encoding) in [
            (protobuf::encode(&request), Encoding::Protobuf),
            (request.to_string().into_bytes(), Encoding::Json),
        ] {
            let received = read_logs(&body, encoding, &options, &origin);
            let found = received.map(|received| (received.reports.len(), received.dropped));
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn long_stack_traces_lose_their_middle() {
    let line = "    at Loop.run (loop.js:1:1)\n";
    let stack = format!("RangeError: first\n{}last line", line.repeat(20_000));
    let report = report_of_log(
        json!({ "attributes": attributes(json!({ "exception.stacktrace": stack })) }),
    );
    let found = report.stack_trace.clone().unwrap();
    assert!(found.len() <= 256 << 10);
    assert!(
        found.starts_with("RangeError: first\n    at ")
            && found.ends_with("(loop.js:1:1)\nlast line")
    );
    assert!(found.contains("(loop.js:1:1)\n...\n    at Loop.run"));
    assert_eq!(context(&report)["trimmed"], true);
}

#[test]
fn large_records_are_trimmed_to_what_is_stored() {
    let body = "m".repeat(3 << 20);
    let report = report_of_log(json!({ "severityNumber": 17, "body": any_value(json!(body)) }));
    assert_eq!(report.message.len(), 8_192);
    let exception = attributes(json!({
        "exception.type": "E", "exception.message": "é".repeat(1 << 20), "a": "\u{1}".repeat(200_000),
        "b": (0..30_000).collect::<Vec<_>>(), "c": "kept"
    }));
    let report = report_of_log(json!({ "body": any_value(json!(body)), "attributes": exception }));
    assert_eq!(report.message.chars().count(), 8_192);
    let context = context(&report);
    assert_eq!(context["trimmed"], true);
    assert_eq!(context["log_message"].as_str().map(str::len), Some(8_192));
    assert_eq!(context["attributes"]["c"], "kept");
    assert!(context.to_string().len() <= 256 << 10);
}

#[test]
fn many_attributes_are_left_out_from_the_end() {
    let many: serde_json::Map<String, Value> = (0..20_000)
        .map(|n| (format!("attribute.{n}"), json!(n)))
        .collect();
    let report = report_of_log(
        json!({ "severityNumber": 17, "attributes": attributes(Value::Object(many)) }),
    );
    let context = context(&report);
    assert_eq!(context["trimmed"], true);
    assert_eq!(context["attributes"]["attribute.0"], 0);
    assert_eq!(context["attributes"].get("attribute.19999"), None);
    let length = context.to_string().len();
    assert!((250 << 10..=256 << 10).contains(&length), "{length}");
}

#[test]
fn values_nested_too_deep_are_undecodable() {
    let nested = |depth: usize| {
        let mut value = Message::default().bytes(1, "x");
        for _ in 0..depth {
            let array = Message::default().bytes(1, value.0);
            value = Message::default().bytes(5, array.0);
        }
        let record = Message::default().varint(2, 17).bytes(5, value.0);
        protobuf_logs(&record.0, 1)
    };
    assert_eq!(read_protobuf(&nested(31)).unwrap().reports.len(), 1);
    assert!(read_protobuf(&nested(32)).is_err());
    assert!(read_protobuf(&nested(20_000)).is_err());
}
