//! A semaphore per key, first come, first served.

use crate::sync::lock;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Limits how many tasks work on one key at once. Keys without a holder or waiter use no memory.
pub(crate) struct KeyedSemaphore<K: Eq + Hash + Clone> {
    at_once: u32,
    keys: Mutex<HashMap<K, Arc<Semaphore>>>,
}

impl<K: Eq + Hash + Clone> KeyedSemaphore<K> {
    /// Creates a semaphore with `at_once` permits per key.
    pub(crate) fn new(at_once: u32) -> Self {
        let keys = Mutex::default();
        Self { at_once, keys }
    }

    /// Acquires one permit of the key.
    pub(crate) async fn one(&self, key: K) -> KeyedPermit<'_, K> {
        self.wait(key, 1).await
    }

    /// Acquires all permits of the key: waits for every holder, and excludes others until it is dropped.
    pub(crate) async fn alone(&self, key: K) -> KeyedPermit<'_, K> {
        self.wait(key, self.at_once).await
    }

    async fn wait(&self, key: K, places: u32) -> KeyedPermit<'_, K> {
        let semaphore = {
            let new = || Arc::new(Semaphore::new(self.at_once as usize));
            Arc::clone(lock(&self.keys).entry(key.clone()).or_insert_with(new))
        };
        // Created before the wait, so that a caller that gives up waiting leaves nothing behind.
        let mut turn = KeyedPermit {
            turns: self,
            key,
            permit: None,
        };
        // The only error is a closed semaphore, and this one is never closed.
        turn.permit = semaphore.acquire_many_owned(places).await.ok();
        turn
    }
}

/// A held permit, released on drop.
pub(crate) struct KeyedPermit<'a, K: Eq + Hash + Clone> {
    turns: &'a KeyedSemaphore<K>,
    key: K,
    permit: Option<OwnedSemaphorePermit>,
}

impl<K: Eq + Hash + Clone> Drop for KeyedPermit<'_, K> {
    fn drop(&mut self) {
        drop(self.permit.take());
        let mut keys = lock(&self.turns.keys);
        if keys
            .get(&self.key)
            .is_some_and(|semaphore| Arc::strong_count(semaphore) == 1)
        {
            keys.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn a_key_has_so_many_turns_and_another_key_its_own() {
        let turns = KeyedSemaphore::new(2);
        let (first, _second) = (turns.one("a").await, turns.one("a").await);
        let mut third = pin!(turns.one("a"));
        assert!(poll(third.as_mut()).is_pending());
        let _other = turns.one("b").await;
        drop(first);
        assert!(poll(third.as_mut()).is_ready());
    }

    #[tokio::test]
    async fn who_wants_to_be_alone_waits_for_all_others() {
        let turns = KeyedSemaphore::new(2);
        let one = turns.one("a").await;
        let mut alone = pin!(turns.alone("a"));
        assert!(poll(alone.as_mut()).is_pending());
        drop(one);
        let Poll::Ready(alone) = poll(alone.as_mut()) else {
            panic!("nobody else is there")
        };
        let mut next = pin!(turns.one("a"));
        assert!(poll(next.as_mut()).is_pending());
        drop(alone);
        assert!(poll(next.as_mut()).is_ready());
    }

    #[tokio::test]
    async fn nothing_is_kept_of_a_key_that_nobody_works_on() {
        let turns = KeyedSemaphore::new(1);
        let one = turns.one("a").await;
        {
            let mut given_up = pin!(turns.one("a"));
            assert!(poll(given_up.as_mut()).is_pending());
        }
        drop(one);
        assert!(lock(&turns.keys).is_empty());
    }
}
