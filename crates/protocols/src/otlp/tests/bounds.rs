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

#[test]
fn reports_of_a_request_are_bounded() {
    let record = Message::default().varint(2, 17).0;
    let received = read_protobuf(&protobuf_logs(&record, 20_003)).unwrap();
    assert_eq!(received.reports.len(), 20_000);
    assert_eq!(received.dropped, [("log", 3)]);
    let record = r#"{"severityNumber":17},"#.repeat(20_003);
    let record = record.trim_end_matches(',');
    let body = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#);
    let json = read_logs(
        body.as_bytes(),
        Encoding::Json,
        &Options::default(),
        &ORIGIN,
    );
    assert_eq!(json.unwrap(), received);
}

#[test]
fn what_reports_share_does_not_multiply_without_bound() {
    // A short list in JSON takes much memory.
    let resource = json!({ "service.name": "shop", "large": vec![0; 30_000] });
    let records = vec![json!({ "severityNumber": 17 }); 400];
    let body = protobuf::encode(&logs_of(resource, records));
    let received = read_protobuf(&body).unwrap();
    let kept = received.reports.len();
    assert!((20..300).contains(&kept), "{kept}");
    assert_eq!(received.dropped, [("log", 400 - kept as u64)]);
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
fn an_item_of_too_many_values_costs_no_other() {
    let values = vec![json!({}); 70_000];
    let large = json!({ "severityNumber": 17, "body": { "arrayValue": { "values": values } } });
    let request = logs_of(
        json!({}),
        [
            large,
            json!({ "severityNumber": 17, "body": any_value(json!("b")) }),
        ],
    );
    let body = protobuf::encode(&request);
    let received = read_protobuf(&body).unwrap();
    assert_eq!(received.reports[0].message, "b");
    assert_eq!(received.dropped, [("log", 1)]);
    let text = r#"{"severityNumber":17,"body":{"arrayValue":{"values":[0"#.to_owned()
        + &",0".repeat(300_000)
        + "]}}}";
    let body = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{text},{{"severityNumber":17}}]}}]}}]}}"#
    );
    let received = read_logs(
        body.as_bytes(),
        Encoding::Json,
        &Options::default(),
        &ORIGIN,
    )
    .unwrap();
    assert_eq!(received.reports.len(), 1);
    assert_eq!(received.dropped, [("log", 1)]);
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
