//! Fuzzes OTLP requests with bytes: they end in time (libFuzzer's `-timeout`), what is kept is within its bounds, and
//! the same bytes make the same reports.
#![no_main]

use faultbook_protocols::origin::Origin;
use faultbook_protocols::otlp::{Encoding, Options, read_logs, read_metrics, read_traces};
use libfuzzer_sys::fuzz_target;
use time::macros::datetime;

const ORIGIN: Origin<'static> = Origin {
    received_at: datetime!(2026-11-20 12:00 UTC),
    client_address: None,
    user_agent: None,
    source: None,
    max_event: 1 << 20,
};

fuzz_target!(|bytes: &[u8]| {
    let options = Options::default();
    for encoding in [Encoding::Protobuf, Encoding::Json] {
        for read in [read_logs, read_traces, read_metrics] {
            let received = read(bytes, encoding, &options, &ORIGIN);
            assert_eq!(received, read(bytes, encoding, &options, &ORIGIN));
            for report in received.into_iter().flat_map(|received| received.reports) {
                assert_eq!(report.check(ORIGIN.received_at), Ok(()));
                assert!(report.event_id.is_some());
                assert!(report.message.chars().count() <= 8_192);
                let context = report.context.map(serde_json::Value::Object);
                assert!(context.is_none_or(|context| context.to_string().len() <= 256 << 10));
            }
        }
    }
});
