//! `MemoryChangeLog`.

use faultbook_contract::changes::ChangeLogs;
use faultbook_domain::memory::MemoryChangeLog;
use faultbook_domain::system::{SystemClock, SystemIds};
use std::sync::Arc;

async fn fixture() -> ChangeLogs {
    let log = MemoryChangeLog::new(Arc::new(SystemClock), &SystemIds::default());
    let log = Arc::new(log);
    ChangeLogs {
        here: log.clone(),
        there: log,
        guard: Box::new(()),
    }
}

faultbook_contract::changes_contract!(fixture);
