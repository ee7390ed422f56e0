//! Applications with unmodified SDKs of OpenTelemetry: what they export arrives, once and as it was.

use Application::{OtelJs, OtelPython};
use e2e::value::text;
use e2e::{Application, Relay, Server, Stack, on_both_stacks};
use serde_json::{Value, json};

on_both_stacks! {
    python_exports_protobuf,
    javascript_exports_json,
    an_export_that_is_tried_again_counts_once,
}

async fn run(application: Application, address: &str, scenario: &str, number: u32) {
    let endpoint = format!("http://{address}");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=test-api-key"),
    ];
    application.run(scenario, number, &variables).await;
}

/// The only error, whole.
async fn only_error(server: &Server) -> Value {
    let errors = server.errors("").await;
    assert_eq!(errors.len(), 1, "{errors:?}");
    server
        .data(&format!("/api/errors/{}", text(&errors[0]["id"])))
        .await
}

async fn exports(stack: Stack, application: Application, function: &str) {
    let server = Server::start(stack).await;
    run(application, server.address(), "report", 41).await;
    let error = only_error(&server).await;
    assert_eq!(error["count"], 1);
    assert_eq!(error["level"], "error");
    let message = text(&error["message"]);
    assert!(
        message.ends_with("PaymentError: order 41 was refused by bank 287"),
        "{message}"
    );
    assert_eq!(error["source"], "shop");
    assert_eq!(error["release"], "1.4.2");
    assert_eq!(error["environment"], "staging");
    let context = &error["context"];
    assert_eq!(text(&context["trace_id"]).len(), 32);
    assert_eq!(text(&context["span_id"]).len(), 16);
    let frames = error["exceptions"][0]["frames"].as_array().unwrap();
    assert!(
        frames.iter().any(|frame| frame["function"] == function),
        "{error:#}"
    );

    run(application, server.address(), "report", 4_242).await;
    let again = only_error(&server).await;
    assert_eq!((&again["id"], &again["count"]), (&error["id"], &json!(2)));

    run(application, server.address(), "records", 3).await;
    let errors = server.errors("").await;
    let mut records = errors
        .iter()
        .filter(|error| error["message"] == "disk almost full");
    assert_eq!(records.next().unwrap()["count"], 3, "{errors:?}");
    assert_eq!((errors.len(), records.next()), (2, None), "{errors:?}");
}

async fn python_exports_protobuf(stack: Stack) {
    exports(stack, OtelPython, "charge").await;
}

async fn javascript_exports_json(stack: Stack) {
    exports(stack, OtelJs, "charge").await;
}

async fn an_export_that_is_tried_again_counts_once(stack: Stack) {
    for application in [OtelPython, OtelJs] {
        let server = Server::start(stack).await;
        let relay = Relay::start(server.address(), b"/v1/logs").await;
        relay.refuse_answers(1);
        run(application, relay.address(), "records", 3).await;
        assert_eq!(relay.statuses().await, [200, 200], "{application:?}");
        assert_eq!(only_error(&server).await["count"], 3, "{application:?}");
    }
}
