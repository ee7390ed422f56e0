//! The Redis under measurement.

use super::Places;
use faultbook_testkit::redis::Instance;

/// One started here, or the given one.
pub struct Redis {
    url: String,
    _own: Option<Instance>,
}

impl Redis {
    /// Starts one unless one is given.
    pub async fn new(places: &Places) -> Self {
        if let Some(url) = &places.redis_url {
            return Self {
                url: url.clone(),
                _own: None,
            };
        }
        let own = Instance::start().await;
        Self {
            url: own.url(),
            _own: Some(own),
        }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }
}
