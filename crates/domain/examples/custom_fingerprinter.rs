//! Groups by one's own rule, and by the built-in one where the rule has nothing to say.
//!
//! `cargo run -p faultbook-domain --example custom_fingerprinter`

use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::fingerprint::{
    Explanation, Fingerprint, FingerprintInput, FingerprintVersion, Fingerprinter,
};

/// Everything that names a ticket `PAY-123` is one error per ticket.
struct ByTicket {
    otherwise: FingerprinterV1,
}

impl ByTicket {
    fn ticket(message: &str) -> Option<String> {
        let words = message.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        words
            .filter(|word| {
                word.strip_prefix("PAY-")
                    .is_some_and(|rest| rest.parse::<u32>().is_ok())
            })
            .map(str::to_owned)
            .next()
    }

    /// Asks the built-in algorithm, with the ticket as the caller's own grouping where there is one.
    fn with_ticket<T>(
        &self,
        input: &FingerprintInput<'_>,
        ask: impl Fn(&FingerprintInput<'_>) -> T,
    ) -> T {
        match Self::ticket(input.message) {
            Some(ticket) => ask(&FingerprintInput {
                custom: Some(&[ticket]),
                ..*input
            }),
            None => ask(input),
        }
    }
}

impl Fingerprinter for ByTicket {
    fn version(&self) -> FingerprintVersion {
        // Numbers from 1,000 are never used by Faultbook itself.
        FingerprintVersion(1_000)
    }

    fn fingerprint(&self, input: &FingerprintInput<'_>) -> Fingerprint {
        self.with_ticket(input, |input| self.otherwise.fingerprint(input))
    }

    fn explain(&self, input: &FingerprintInput<'_>) -> Explanation {
        let explanation = self.with_ticket(input, |input| self.otherwise.explain(input));
        Explanation {
            version: self.version(),
            ..explanation
        }
    }
}

fn main() {
    let grouping = ByTicket {
        otherwise: FingerprinterV1,
    };
    let of = |message| {
        let input = FingerprintInput {
            source: "billing",
            message,
            stack_trace: None,
            custom: None,
        };
        grouping.fingerprint(&input)
    };
    assert_eq!(
        of("Refund failed, see PAY-123"),
        of("Cannot book (PAY-123): account closed")
    );
    assert_ne!(
        of("Refund failed, see PAY-123"),
        of("Refund failed, see PAY-124")
    );
    assert_eq!(of("User 17 not found"), of("User 42 not found"));
    println!("three rules hold: one error per ticket, and the built-in grouping for the rest");
}
