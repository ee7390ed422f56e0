//! Maintenance mode of the installation.

use super::platform_store::PlatformStore;
use crate::identity::AccessError;
use crate::identity::Principal;
use crate::store_error::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Maintenance mode of the installation. Every node polls it every few seconds.
pub struct Platform {
    store: Arc<dyn PlatformStore>,
    closed: AtomicBool,
}

impl Platform {
    /// Starts with maintenance mode off, until the first [`refresh`](Self::refresh).
    #[must_use]
    pub const fn new(store: Arc<dyn PlatformStore>) -> Self {
        Self {
            store,
            closed: AtomicBool::new(false),
        }
    }

    /// Returns whether maintenance mode is on, as last polled. Does no I/O.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Polls the store.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the last known state stays.
    pub async fn refresh(&self) -> Result<bool, StoreError> {
        let closed = self.store.get_maintenance().await?;
        self.closed.store(closed, Ordering::Relaxed);
        Ok(closed)
    }

    /// Turns maintenance mode on or off: on this node at once, on other nodes within seconds.
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

/// Returns an error unless the caller administers the platform.
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
