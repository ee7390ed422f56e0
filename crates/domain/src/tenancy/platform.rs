//! The installation as a whole.

use super::platform_store::PlatformStore;
use crate::identity::AccessError;
use crate::identity::Principal;
use crate::store_error::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the installation is closed for maintenance. Every node looks every few seconds.
pub struct Platform {
    store: Arc<dyn PlatformStore>,
    closed: AtomicBool,
}

impl Platform {
    /// Open until the store was asked.
    #[must_use]
    pub const fn new(store: Arc<dyn PlatformStore>) -> Self {
        Self {
            store,
            closed: AtomicBool::new(false),
        }
    }

    /// Whether it is closed, as far as this node knows. Costs nothing.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Asks the store.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; what was known stays.
    pub async fn refresh(&self) -> Result<bool, StoreError> {
        let closed = self.store.get_maintenance().await?;
        self.closed.store(closed, Ordering::Relaxed);
        Ok(closed)
    }

    /// Closes or opens it: here at once, on other nodes within seconds.
    ///
    /// # Errors
    /// [`AccessError::NotPlatformAdmin`], or the store fails.
    pub async fn set_closed(&self, caller: &Principal, closed: bool) -> Result<(), AccessError> {
        require_platform_admin(caller)?;
        self.store.set_maintenance(closed).await?;
        self.closed.store(closed, Ordering::Relaxed);
        Ok(())
    }
}

/// Goes on only if the caller administers the platform.
///
/// # Errors
/// [`AccessError::NotPlatformAdmin`].
pub fn require_platform_admin(caller: &Principal) -> Result<(), AccessError> {
    if caller.platform_admin {
        Ok(())
    } else {
        Err(AccessError::NotPlatformAdmin)
    }
}
