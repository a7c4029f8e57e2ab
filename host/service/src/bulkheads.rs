//! The bulkheads of the credentials.

use crate::bulkhead::{Bulkhead, Queue};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A bulkhead for each credential, by its name: calls in flight count, also after the
/// credential was rotated.
#[derive(Debug)]
pub(crate) struct Bulkheads {
    by_name: Mutex<HashMap<String, Arc<Bulkhead>>>,
    calls: u32,
    queue: Queue,
}

impl Bulkheads {
    /// `calls` and `queue` are those of each bulkhead.
    pub(crate) fn new(calls: u32, queue: Queue) -> Self {
        Self {
            by_name: Mutex::default(),
            calls,
            queue,
        }
    }

    /// Returns the bulkhead of a credential.
    pub(crate) fn of(&self, name: &str) -> Arc<Bulkhead> {
        let mut by_name = self.lock();
        if let Some(bulkhead) = by_name.get(name) {
            return bulkhead.clone();
        }
        let bulkhead = Arc::new(Bulkhead::new(self.calls, self.queue));
        by_name.insert(name.to_owned(), bulkhead.clone());
        bulkhead
    }

    /// Drops the bulkheads of credentials that there are no more. A call that is in flight
    /// keeps its own until it ends.
    pub(crate) fn retain(&self, exists: impl Fn(&str) -> bool) {
        self.lock().retain(|name, _| exists(name));
    }

    /// How many calls wait in the queues.
    pub(crate) fn waiting(&self) -> usize {
        let by_name = self.lock();
        by_name.values().map(|bulkhead| bulkhead.waiting()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Bulkhead>>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_credential_keeps_its_bulkhead_until_it_is_removed() {
        let queue = Queue {
            length: 1,
            wait: Duration::from_secs(1),
        };
        let bulkheads = Bulkheads::new(1, queue);
        let (kept, removed) = (bulkheads.of("kept"), bulkheads.of("removed"));
        assert!(!Arc::ptr_eq(&kept, &removed));
        bulkheads.retain(|name| name == "kept");
        assert!(Arc::ptr_eq(&kept, &bulkheads.of("kept")));
        assert_eq!(Arc::strong_count(&removed), 1, "nothing else holds it");
        assert!(!Arc::ptr_eq(&removed, &bulkheads.of("removed")));
    }
}
