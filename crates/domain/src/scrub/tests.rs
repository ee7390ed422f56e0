//! What the scrubber promises, by table.

use super::*;

#[test]
fn builds() {
    assert_eq!(
        DefaultScrubber::default()
            .scrub_text("a password=x b")
            .as_deref(),
        Some("a password=[Filtered] b")
    );
}
