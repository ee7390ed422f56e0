//! [`MarkStore`](crate::analytics::MarkStore) in process.

use super::MemoryStore;
use crate::analytics::{HourRange, MARKS_MAX, MarkKind, MarkStore, TrendMark};
use crate::errors::ActivityKind;
use crate::id::ErrorId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::cmp::Reverse;

#[async_trait]
impl MarkStore for MemoryStore {
    async fn list_deploy_marks(
        &self,
        scope: &Scope,
        range: HourRange,
    ) -> Result<Vec<TrendMark>, StoreError> {
        let state = self.state();
        let own = state.deploys.iter().filter(|deploy| {
            scope.projects().contains(&deploy.project_id)
                && (range.since..range.until).contains(&deploy.at)
        });
        let marks = own.map(|deploy| TrendMark {
            at: deploy.at,
            kind: MarkKind::Deploy,
            label: format!("{} {}", deploy.version, deploy.environment),
            id: Some(deploy.id.0),
        });
        Ok(newest(marks.collect()))
    }

    async fn list_decision_marks(
        &self,
        scope: &Scope,
        error: ErrorId,
        range: HourRange,
    ) -> Result<Vec<TrendMark>, StoreError> {
        let state = self.state();
        let own = state.activity.iter().filter(|entry| {
            entry.error_id == error
                && scope.projects().contains(&entry.project_id)
                && (range.since..range.until).contains(&entry.at)
        });
        let marks = own.filter_map(|entry| {
            let kind = match entry.kind() {
                ActivityKind::Resolved => MarkKind::Resolved,
                ActivityKind::Regressed => MarkKind::Regressed,
                _ => return None,
            };
            Some(TrendMark {
                at: entry.at,
                kind,
                label: entry.change.to_stored().unwrap_or_default(),
                id: Some(error.0),
            })
        });
        Ok(newest(marks.collect()))
    }
}

fn newest(mut marks: Vec<TrendMark>) -> Vec<TrendMark> {
    marks.sort_by_key(|mark| Reverse((mark.at, mark.id)));
    marks.truncate(MARKS_MAX);
    marks
}
