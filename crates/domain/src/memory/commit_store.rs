//! [`CommitStore`](crate::releases::CommitStore) in process.

use super::MemoryStore;
use crate::releases::{CommitStore, CommitSummary, ReleaseCommits};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;

#[async_trait]
impl CommitStore for MemoryStore {
    async fn set_commits(&self, commits: &ReleaseCommits) -> Result<bool, StoreError> {
        let mut state = self.state();
        let key = (commits.project_id, commits.version.clone());
        if !state.releases.contains_key(&key) {
            return Ok(false);
        }
        state.commits.insert(key, commits.clone());
        Ok(true)
    }

    async fn list_commits(&self, scope: &Scope) -> Result<Vec<CommitSummary>, StoreError> {
        let state = self.state();
        let own = state.commits.values();
        let own = own.filter(|one| scope.projects().contains(&one.project_id));
        Ok(own.map(ReleaseCommits::summary).collect())
    }
}
