//! The services that handlers take as `Data<T>`.

use actix_web::web::{Data, ServiceConfig};
use std::any::Any;
use std::sync::Arc;

type Register = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// The services of a server, to be registered with each of its workers.
#[derive(Clone, Default)]
pub struct Services(Vec<Register>);

impl Services {
    /// Adds a service.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(self, service: T) -> Self {
        self.with_shared(Arc::new(service))
    }

    /// Adds a service that others use too.
    #[must_use]
    pub fn with_shared<T: Any + Send + Sync + ?Sized>(mut self, service: Arc<T>) -> Self {
        let data = Data::from(service);
        self.0.push(Arc::new(move |config| {
            config.app_data(data.clone());
        }));
        self
    }

    /// Makes every service available to handlers.
    pub fn register(&self, config: &mut ServiceConfig) {
        for register in &self.0 {
            register(config);
        }
    }
}
