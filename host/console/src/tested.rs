//! The last tests of credentials, as long as the service runs.

use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The result of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) time: Timestamp,
    /// What is wrong, and what to do about it.
    pub(crate) result: Result<(), (String, String)>,
}

/// The last test of each credential.
#[derive(Debug, Default)]
pub(crate) struct Tested(Mutex<HashMap<String, Test>>);

impl Tested {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Test>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record(&self, credential: &str, test: Test) {
        self.lock().insert(credential.to_owned(), test);
    }

    /// Forgets the test of a credential that was removed.
    pub(crate) fn forget(&self, credential: &str) {
        self.lock().remove(credential);
    }

    pub(crate) fn last(&self, credential: &str) -> Option<Test> {
        self.lock().get(credential).cloned()
    }
}
