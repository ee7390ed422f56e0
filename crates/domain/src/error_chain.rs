//! Formats errors with their causes, for logs.

use std::error::Error;

/// Formats an error and its causes on one line, outermost first.
#[must_use]
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store_error::StoreError;
    use std::io;

    #[test]
    fn causes_follow_the_error() {
        let cause = io::Error::other("connection refused");
        let error = StoreError::Unavailable(Box::new(cause));
        let chain = error_chain(&error);
        assert!(chain.starts_with(&error.to_string()), "{chain}");
        assert!(chain.ends_with(": connection refused"), "{chain}");
        assert_eq!(error_chain(&io::Error::other("alone")), "alone");
    }
}
