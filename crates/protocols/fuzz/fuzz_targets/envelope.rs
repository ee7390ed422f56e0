//! Fuzzes the reader of envelopes: it ends in time (libFuzzer's `-timeout`), and every report is valid.
#![no_main]

use faultbook_domain::system::SystemIds;
use faultbook_protocols::origin::Origin;
use faultbook_protocols::sentry::read_envelope;
use libfuzzer_sys::fuzz_target;

const ORIGIN: Origin<'_> = Origin {
    received_at: time::macros::datetime!(2026-11-20 12:00 UTC),
    client_address: Some("203.0.113.9"),
    user_agent: Some("Mozilla/5.0"),
    source: None,
    max_event: 1 << 20,
};

fuzz_target!(|body: &[u8]| {
    let ids = SystemIds::default();
    if let Ok(received) = read_envelope(body, &ORIGIN, &ids) {
        for report in received.reports {
            assert_eq!(report.check(ORIGIN.received_at), Ok(()));
        }
    }
});
