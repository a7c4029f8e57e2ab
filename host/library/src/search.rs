//! Reads all pages of a search, one after the other, in constant memory.
//!
//! ```
//! use stytch_emulator::{self as emulator, Emulator};
//! use stytch_host::search::Search;
//! use stytch_host::{Credential, Plugin, Secret};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let stytch = Emulator::start(([127, 0, 0, 1], 0).into(), emulator::Options::default()).await?;
//! # let credential = Credential::new(emulator::PROJECT_ID, Secret::new(emulator::SECRET.into()))
//! #     .with_base_url(&stytch.base_url())?;
//! let plugin = Plugin::new()?;
//! let active = Search::new().status("active").limit(50);
//! let mut pages = plugin.search(&credential, active);
//! while let Some(page) = pages.next_page().await? {
//!     println!("{} users", page.users.len());
//! }
//! assert!(pages.receipt()?.complete);
//! # Ok(())
//! # }
//! ```

mod builder;
mod distinct;
mod progress;
mod receipt;

pub use builder::Search;
pub use distinct::{Digest, digest};
pub use progress::Step;
pub use receipt::{Receipt, Stopped};

use crate::contract::types::{SearchPage, SearchRequest};
use crate::network::credential::Credential;
use crate::plugin::Plugin;
use crate::sandbox::Error;
use futures_util::{Stream, stream};
use progress::Progress;
use std::io;
use tokio::task::JoinHandle;

/// Stytch's page size if a request has none, and its maximum.
///
/// Source: <https://stytch.com/docs/api-reference/consumer/api/users/search-users>
const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1000;

/// Reads a search page by page.
///
/// The next page is requested while the caller processes the current one. A search
/// ends when Stytch sends no cursor; a repeated cursor ends it with
/// [`SearchError::Circle`]. Duplicate users are counted, not left out. Memory does not
/// grow with the number of users: beyond 65,536, 16 bytes for each are kept in an
/// unnamed temporary file. Each page takes 16 bytes in memory.
///
/// Dropping it cancels the request in flight.
#[derive(Debug)]
pub struct Pages {
    plugin: Plugin,
    credential: Credential,
    /// The request of the next page.
    request: SearchRequest,
    max_users: Option<u64>,
    prefetched: Option<Prefetch>,
    last_step: Step,
    state: State,
    progress: Progress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be more pages.
    Running,
    Ended(Stopped),
}

/// The request for the next page.
#[derive(Debug)]
struct Prefetch(JoinHandle<Result<SearchPage, Error>>);

impl Drop for Prefetch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Why a search failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A page failed. Calling [`Pages::next_page`] again retries it.
    #[error(transparent)]
    Page(#[from] Error),
    /// Stytch sent a cursor that it had sent before.
    #[error(
        "the search goes in a circle: after {pages} pages Stytch repeated a cursor; some users may be duplicates, and others may be missing"
    )]
    Circle {
        /// How many pages were read.
        pages: u64,
    },
    /// The temporary file for counting users failed.
    #[error("the users cannot be counted: the temporary file failed")]
    Count(#[from] io::Error),
}

impl Plugin {
    /// Searches users and reads all pages, starting with the page that `request` asks
    /// for.
    ///
    /// The limit of `request` is the page size. Stytch's default is 100; 1,000 needs the
    /// fewest calls.
    pub fn search(&self, credential: &Credential, request: impl Into<SearchRequest>) -> Pages {
        let request = request.into();
        Pages {
            plugin: self.clone(),
            credential: credential.clone(),
            max_users: None,
            prefetched: None,
            last_step: Step::default(),
            state: State::Running,
            progress: Progress::new(request.cursor.as_deref()),
            request,
        }
    }
}

impl Pages {
    /// Ends the search after this many users. The last page is requested with a smaller
    /// limit if that is enough.
    #[must_use]
    pub fn max_users(mut self, users: u64) -> Self {
        self.max_users = Some(users);
        self
    }

    /// Reads the next page; returns `None` after the last one.
    ///
    /// # Errors
    ///
    /// Returns [`SearchError::Page`], after which it can be called again for the same
    /// page, or [`SearchError::Circle`] or [`SearchError::Count`], which end the search.
    pub async fn next_page(&mut self) -> Result<Option<SearchPage>, SearchError> {
        self.stop_at_max_users();
        match self.state {
            State::Running => {}
            State::Ended(Stopped::Circle) => {
                return Err(SearchError::Circle {
                    pages: self.progress.pages(),
                });
            }
            State::Ended(_) => return Ok(None),
        }
        let mut prefetched = match self.prefetched.take() {
            Some(prefetched) => prefetched,
            None => self.prefetch(),
        };
        let result = match (&mut prefetched.0).await {
            Ok(result) => result,
            // The runtime is shutting down, or this library has a bug.
            Err(error) => Err(Error::Trap(error.to_string())),
        };
        let mut page = result?;
        // The page is larger than its limit: no cursor leads to the users beyond it.
        let left = self.users_left().and_then(|left| left.try_into().ok());
        let is_cut = left.is_some_and(|left| page.users.len() > left);
        if let (true, Some(left)) = (is_cut, left) {
            page.users.truncate(left);
            page.next_cursor = None;
        }
        self.advance(page.next_cursor.as_ref(), page.users.len());
        if is_cut {
            self.state = State::Ended(Stopped::MaxUsers);
        }
        self.stop_at_max_users();
        // Request the next page before the remaining work for this one.
        if self.state == State::Running {
            self.prefetched = Some(self.prefetch());
        }
        let users = page.users.iter();
        self.count(Step {
            next_cursor: page.next_cursor.clone(),
            total: page.total,
            user_ids: users.map(|user| digest(&user.user_id)).collect(),
        })?;
        Ok(Some(page))
    }

    /// Returns the pages as a stream, which ends after its first error.
    pub fn pages(&mut self) -> impl Stream<Item = Result<SearchPage, SearchError>> {
        stream::unfold(Some(self), |search| async {
            let search = search?;
            match search.next_page().await.transpose()? {
                Ok(page) => Some((Ok(page), Some(search))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// Returns the step of the last page.
    pub fn last_step(&self) -> &Step {
        &self.last_step
    }

    /// Resumes after a page that another process has read. Call it before
    /// [`Pages::next_page`], once for each step, in order.
    ///
    /// # Errors
    ///
    /// Returns [`SearchError::Count`] if the temporary file fails.
    pub fn replay(&mut self, step: Step) -> Result<(), SearchError> {
        self.advance(step.next_cursor.as_ref(), step.user_ids.len());
        self.count(step)
    }

    /// Returns how many users were read.
    pub fn users(&self) -> u64 {
        self.progress.users()
    }

    /// Returns how many users match the query, according to the last page.
    pub fn total(&self) -> Option<u64> {
        self.progress.total()
    }

    /// Returns the cursor of the next page, or of the page that failed; `None` for the
    /// first page, and after the last.
    pub fn cursor(&self) -> Option<&str> {
        self.request.cursor.as_deref()
    }

    /// Returns a summary of what was read so far.
    ///
    /// # Errors
    ///
    /// Returns [`SearchError::Count`] if the temporary file fails.
    pub fn receipt(&mut self) -> Result<Receipt, SearchError> {
        let stopped = match self.state {
            State::Running => Stopped::Early,
            State::Ended(stopped) => stopped,
        };
        let next_cursor = self.request.cursor.clone();
        Ok(self.progress.receipt(stopped, next_cursor)?)
    }

    fn users_left(&self) -> Option<u64> {
        Some(self.max_users?.saturating_sub(self.progress.users()))
    }

    fn stop_at_max_users(&mut self) {
        if self.state == State::Running && self.users_left() == Some(0) {
            self.state = State::Ended(Stopped::MaxUsers);
        }
    }

    fn prefetch(&self) -> Prefetch {
        let (plugin, credential) = (self.plugin.clone(), self.credential.clone());
        let mut request = self.request.clone();
        if let Some(left) = self.users_left().and_then(|left| u32::try_from(left).ok()) {
            let limit = request.limit.unwrap_or(DEFAULT_LIMIT);
            // An invalid limit is left as it is, so that the component rejects it.
            if limit <= MAX_LIMIT {
                request.limit = Some(limit.min(left));
            }
        }
        Prefetch(tokio::spawn(async move {
            plugin.search_users(&credential, &request).await
        }))
    }

    /// Moves on after a page with this many users.
    fn advance(&mut self, next_cursor: Option<&String>, users: usize) {
        self.request.cursor = next_cursor.cloned();
        self.state = match next_cursor {
            None => State::Ended(Stopped::End),
            Some(cursor) if !self.progress.is_new(cursor) => State::Ended(Stopped::Circle),
            Some(_) => State::Running,
        };
        self.progress.add_page(users);
    }

    fn count(&mut self, step: Step) -> Result<(), SearchError> {
        let counted = self.progress.add_step(&step);
        self.last_step = step;
        Ok(counted?)
    }
}
