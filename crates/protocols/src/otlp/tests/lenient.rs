//! JSON that is not as the definitions have it.

use super::*;

fn read(body: &str) -> Result<Received, Undecodable> {
    read_bytes(body.as_bytes())
}

fn read_bytes(body: &[u8]) -> Result<Received, Undecodable> {
    read_logs(body, Encoding::Json, &Options::default(), &ORIGIN)
}

fn record(text: &str) -> Report {
    let body = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{text}]}}]}}]}}"#);
    read(&body).unwrap().reports.remove(0)
}

#[test]
fn numbers_enums_and_ids_come_in_any_form() {
    let strict = report(&logs_of(
        json!({}),
        [json!({
            "timeUnixNano": TIME, "severityNumber": 21, "traceId": TRACE, "spanId": SPAN,
            "body": { "kvlistValue": { "values": [
                { "key": "int", "value": { "intValue": 42 } },
                { "key": "double", "value": { "doubleValue": 1.0 } },
                { "key": "nan", "value": { "doubleValue": "NaN" } },
                { "key": "bool", "value": { "boolValue": true } },
                { "key": "bytes", "value": { "bytesValue": "AQI=" } },
                { "key": "none", "value": {} },
                { "key": "list", "value": { "arrayValue": {} } }
            ] } }
        })],
    ));
    assert_eq!(
        strict.message,
        r#"{"int":42,"double":1.0,"nan":"NaN","bool":true,"bytes":"AQI=","none":null,"list":[]}"#
    );
    let body = |int: &str, double: &str, bool: &str, none: &str, list: &str| {
        format!(
            r#"{{"kvlistValue":{{"values":[{{"key":"int","value":{{"intValue":{int}}}}},
            {{"key":"double","value":{{"doubleValue":{double}}}}},{{"key":"nan","value":{{"doubleValue":"NaN"}}}},
            {{"key":"bool","value":{{"boolValue":{bool}}}}},{{"key":"bytes","value":{{"bytesValue":"AQI="}}}},
            {{"key":"none","value":{none}}},{{"key":"list","value":{{"arrayValue":{list}}}}}]}}}}"#
        )
    };
    let usual = body("42", "1.0", "true", "{}", "{}");
    for (time, severity, trace, body) in [
        (
            format!("\"{TIME}\""),
            "\"21\"",
            TRACE.to_owned(),
            usual.clone(),
        ),
        (
            TIME.to_string(),
            "\"SEVERITY_NUMBER_FATAL\"",
            TRACE.to_uppercase(),
            usual.clone(),
        ),
        (
            format!("{TIME}"),
            "\"FATAL\"",
            "W47/95gDgQPSabYzgT/GDA==".to_owned(),
            usual,
        ),
        (
            format!(" {TIME} "),
            "21",
            TRACE.to_owned(),
            body("\"42\"", "1", "\"true\"", "null", r#"{"values":null}"#),
        ),
        (
            format!(" {TIME} "),
            "21",
            TRACE.to_owned(),
            body(
                "42",
                "\"1\"",
                "true",
                r#"{"stringValue":null}"#,
                r#"{"values":[]}"#,
            ),
        ),
    ] {
        let text = format!(
            r#"{{"timeUnixNano":{time},"severityNumber":{severity},"traceId":"{trace}","spanId":"{SPAN}","body":{body}}}"#
        );
        let found = record(&text);
        assert_eq!(found.message, strict.message, "{text}");
        assert_eq!(found.level, strict.level, "{text}");
        assert_eq!(found.severity, strict.severity, "{text}");
        assert_eq!(found.timestamp, strict.timestamp, "{text}");
        assert_eq!(context(&found)["trace_id"], TRACE, "{text}");
        assert_eq!(found.event_id, strict.event_id, "{text}");
    }
}

#[test]
fn members_may_be_unknown_empty_null_or_of_the_wrong_type() {
    let body = r#"{"extra":1,"resourceLogs":[null,{},{"resource":null,"scopeLogs":null,"schemaUrl":""},
        {"scopeLogs":[{"scope":{"name":7,"x":[]},"logRecords":[null,{"severityNumber":[],"severityText":{}},
        {"severityNumber":17,"timeUnixNano":"soon","traceId":"","spanId":null,"attributes":null,"body":null,
        "eventName":5,"flags":1,"droppedAttributesCount":"0","body2":{"a":{"b":[1]}}}]}],
        "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"a"},
        {"value":{"stringValue":"b"}},{},null,7,{"key":"c","value":{"futureValue":1}}],"entityRefs":[]}}]}"#;
    let received = read(body).unwrap();
    assert_eq!(received.dropped, [("log", 2)]);
    let [report] = received.reports.as_slice() else {
        panic!("{received:?}");
    };
    assert_eq!(report.source, "shop");
    assert_eq!(report.message, "<unlabeled event>");
    assert_eq!(report.timestamp, Some(NOW));
    assert_eq!(
        context(report),
        json!({ "resource": { "service.name": "shop" } })
    );
}

#[test]
fn names_of_protobuf_and_bare_values_are_read() {
    let body = r#"{"resource_logs":[{"resource":{"attributes":{"service.name":"shop"}},"scope_logs":[{"log_records":[
        {"severity_number":17,"time_unix_nano":"1795175940000000000","trace_id":"5b8efff798038103d269b633813fc60c",
        "body":"b","attributes":[{"key":"a","value":"bare"},{"key":"n","value":{"int_value":"7"}}]}]}]}]}"#;
    let received = read(body).unwrap();
    let report = &received.reports[0];
    assert_eq!(
        (report.source.as_str(), report.message.as_str()),
        ("shop", "b")
    );
    assert_eq!(report.timestamp, Some(datetime!(2026-11-20 11:59 UTC)));
    assert_eq!(
        context(report),
        json!({ "trace_id": TRACE, "attributes": { "a": "bare", "n": 7 }, "resource": { "service.name": "shop" } })
    );
}

#[test]
fn text_that_is_almost_json_is_repaired() {
    for (body, expected) in [
        (&br#"{"stringValue":"a\ud800b"}"#[..], "a\u{FFFD}b"),
        (br#"{"stringValue":"a\u0000b"}"#, "a\u{FFFD}b"),
        (b"{\"stringValue\":\"a\xFFb\"}", "a\u{FFFD}b"),
        (b"{\"stringValue\":\"a\nb\"}", "a\nb"),
        (
            br#"{"arrayValue":{"values":[{"doubleValue":NaN},{"intValue":"1"}]}}"#,
            "[null,1]",
        ),
        (
            br#"{"arrayValue":{"values":[{"doubleValue":1e400},{"intValue":"1"}]}}"#,
            "[null,1]",
        ),
    ] {
        let text = [
            &b"\xEF\xBB\xBF{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"severityNumber\":17,\"body\":"[..],
            body,
            b"}]}]}]}",
        ]
        .concat();
        let report = read_bytes(&text).unwrap().reports.remove(0);
        assert_eq!(report.message, expected);
    }
}

#[test]
fn strings_of_protobuf_that_are_no_utf8_are_repaired() {
    use super::protobuf::Message;
    let body = Message::default().bytes(1, b"a\xFFb\0c");
    let record = Message::default().varint(2, 17).bytes(5, body.0);
    let scope = Message::default().bytes(2, record.0);
    let group = Message::default().bytes(2, scope.0);
    let request = Message::default().bytes(1, group.0);
    let received = read_logs(&request.0, Encoding::Protobuf, &Options::default(), &ORIGIN);
    assert_eq!(received.unwrap().reports[0].message, "a\u{FFFD}b\u{FFFD}c");
}

#[test]
fn an_empty_request_is_one() {
    let empty = Received::default();
    for body in [
        "{}",
        r#"{"resourceLogs":[]}"#,
        r#"{"resourceLogs":null}"#,
        " {} ",
    ] {
        assert_eq!(read(body), Ok(empty.clone()), "{body}");
    }
    let protobuf = read_logs(b"", Encoding::Protobuf, &Options::default(), &ORIGIN);
    assert_eq!(protobuf, Ok(empty));
}

#[test]
fn what_is_no_request_is_undecodable() {
    let nested = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"severityNumber":17,"body":{}{}}}]}}]}}]}}"#,
        r#"{"arrayValue":{"values":["#.repeat(100),
        "]}}".repeat(100)
    );
    for body in [
        "",
        "x",
        "[]",
        "7",
        r#"{"resourceLogs":7}"#,
        r#"{"resourceLogs":[7]}"#,
        r#"{"resourceLogs":[{"scopeLogs":"x"}]}"#,
        r#"{"resourceLogs":[]"#,
        r#"{"resourceLogs":[]} {}"#,
        &nested,
    ] {
        assert!(read(body).is_err(), "{body}");
    }
    for body in [&b"{}"[..], b"x", &[0x0A, 5, 1], &[0x0A, 2, 0x12, 9]] {
        let read = read_logs(body, Encoding::Protobuf, &Options::default(), &ORIGIN);
        assert!(read.is_err(), "{body:?}");
    }
    let error = read("x").unwrap_err().to_string();
    assert_eq!(
        error,
        "the body is no OTLP request: expected value at line 1 column 1"
    );
}
