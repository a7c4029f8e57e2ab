//! All pages of a search, one after the other, in constant memory.
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
pub use distinct::Digest;
pub use progress::Step;
pub use receipt::{Receipt, Stopped};

use crate::contract::types::{SearchPage, SearchRequest};
use crate::network::credential::Credential;
use crate::plugin::Plugin;
use crate::sandbox::Error;
use distinct::digest;
use futures_util::{Stream, stream};
use progress::Progress;
use std::io;
use tokio::task::JoinHandle;

/// A search that is read to its end.
///
/// Each page is asked for while its caller is busy with the one before. A search
/// ends where Stytch sends no cursor; a cursor that it sent before ends it with
/// [`SearchError::Circle`]. Users that come more than once are counted, not left
/// out. Memory does not grow with the number of users: beyond 65,536, 16 bytes
/// for each are kept in an unnamed temporary file, and 16 for each page in memory.
///
/// Dropping it ends the request that is under way.
#[derive(Debug)]
pub struct Pages {
    plugin: Plugin,
    credential: Credential,
    /// That of the page which comes next.
    request: SearchRequest,
    max_users: Option<u64>,
    ahead: Option<Ahead>,
    last_step: Step,
    state: State,
    tally: Progress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be more.
    Going,
    Ended(Stopped),
}

/// A page that was asked for before its caller wants it.
#[derive(Debug)]
struct Ahead(JoinHandle<Result<SearchPage, Error>>);

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Why a search did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A page failed. Asking for it again may help: [`Pages::next_page`] does.
    #[error(transparent)]
    Page(#[from] Error),
    /// Stytch sent a cursor that it had sent before.
    #[error(
        "the search goes in a circle: after {pages} pages Stytch sent a cursor again; some users may have come twice, and others not at all"
    )]
    Circle {
        /// How many pages were read until then.
        pages: u64,
    },
    /// The temporary file that users are counted with failed.
    #[error("the users cannot be counted: the temporary file failed")]
    Count(#[from] io::Error),
}

impl Plugin {
    /// Searches users: all pages from the one that `request` asks for.
    ///
    /// A page holds as many users as `request` says; Stytch's default is 100, and
    /// 1,000 takes the fewest calls.
    pub fn search(&self, credential: &Credential, request: impl Into<SearchRequest>) -> Pages {
        let request = request.into();
        Pages {
            plugin: self.clone(),
            credential: credential.clone(),
            max_users: None,
            ahead: None,
            last_step: Step::default(),
            state: State::Going,
            tally: Progress::new(request.cursor.as_deref()),
            request,
        }
    }
}

impl Pages {
    /// Ends the search after this many users. The last page is asked for with a
    /// smaller limit where that is enough.
    #[must_use]
    pub fn max_users(mut self, users: u64) -> Self {
        self.max_users = Some(users);
        self
    }

    /// Reads the next page; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`SearchError::Page`], after which it can be called again for the same
    /// page; [`SearchError::Circle`] and [`SearchError::Count`], after which the
    /// search is at its end.
    pub async fn next_page(&mut self) -> Result<Option<SearchPage>, SearchError> {
        self.stop_at_max_users();
        match self.state {
            State::Going => {}
            State::Ended(Stopped::Circle) => {
                return Err(SearchError::Circle {
                    pages: self.tally.pages(),
                });
            }
            State::Ended(_) => return Ok(None),
        }
        let mut ahead = match self.ahead.take() {
            Some(ahead) => ahead,
            None => self.ask(),
        };
        let answer = match (&mut ahead.0).await {
            Ok(answer) => answer,
            // The runtime is ending, or this library is broken.
            Err(error) => Err(Error::Trap(error.to_string())),
        };
        let mut page = answer?;
        // A page larger than its limit: no cursor leads to what is cut off.
        let left = self.users_left().and_then(|left| left.try_into().ok());
        let is_cut = left.is_some_and(|left| page.users.len() > left);
        if let (true, Some(left)) = (is_cut, left) {
            page.users.truncate(left);
            page.next_cursor = None;
        }
        self.go_on_at(page.next_cursor.as_ref(), page.users.len());
        if is_cut {
            self.state = State::Ended(Stopped::MaxUsers);
        }
        self.stop_at_max_users();
        // First of all: what else there is to do for this page can be done while the
        // next one is on its way.
        if self.state == State::Going {
            self.ahead = Some(self.ask());
        }
        let users = page.users.iter();
        self.count(Step {
            next_cursor: page.next_cursor.clone(),
            total: page.total,
            user_ids: users.map(|user| digest(&user.user_id)).collect(),
        })?;
        Ok(Some(page))
    }

    /// The pages as a stream, which ends after its first error.
    pub fn pages(&mut self) -> impl Stream<Item = Result<SearchPage, SearchError>> {
        stream::unfold(Some(self), |search| async {
            let search = search?;
            match search.next_page().await.transpose()? {
                Ok(page) => Some((Ok(page), Some(search))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// What the page did that came last.
    pub fn last_step(&self) -> &Step {
        &self.last_step
    }

    /// Goes on after a page that came in another process: to be called before
    /// [`Pages::next_page`], once for each step in its order.
    ///
    /// # Errors
    ///
    /// [`SearchError::Count`].
    pub fn replay(&mut self, step: Step) -> Result<(), SearchError> {
        self.go_on_at(step.next_cursor.as_ref(), step.user_ids.len());
        self.count(step)
    }

    /// How many users have come.
    pub fn users(&self) -> u64 {
        self.tally.users()
    }

    /// How many users the query finds, as the last page told.
    pub fn total(&self) -> Option<u64> {
        self.tally.total()
    }

    /// The cursor of the page that comes next, or that failed; `None` for the
    /// first page, and after the last.
    pub fn cursor(&self) -> Option<&str> {
        self.request.cursor.as_deref()
    }

    /// What was read so far.
    ///
    /// # Errors
    ///
    /// [`SearchError::Count`].
    pub fn receipt(&mut self) -> Result<Receipt, SearchError> {
        let stopped = match self.state {
            State::Going => Stopped::Early,
            State::Ended(stopped) => stopped,
        };
        let next_cursor = self.request.cursor.clone();
        Ok(self.tally.receipt(stopped, next_cursor)?)
    }

    fn users_left(&self) -> Option<u64> {
        Some(self.max_users?.saturating_sub(self.tally.users()))
    }

    fn stop_at_max_users(&mut self) {
        if self.state == State::Going && self.users_left() == Some(0) {
            self.state = State::Ended(Stopped::MaxUsers);
        }
    }

    fn ask(&self) -> Ahead {
        let (plugin, credential) = (self.plugin.clone(), self.credential.clone());
        let mut request = self.request.clone();
        if let Some(left) = self.users_left().and_then(|left| u32::try_from(left).ok()) {
            // 100 is Stytch's own default.
            request.limit = Some(request.limit.unwrap_or(100).min(left));
        }
        Ahead(tokio::spawn(async move {
            plugin.search_users(&credential, &request).await
        }))
    }

    /// Where the search stands after a page of so many users.
    fn go_on_at(&mut self, next_cursor: Option<&String>, users: usize) {
        self.request.cursor = next_cursor.cloned();
        self.state = match next_cursor {
            None => State::Ended(Stopped::End),
            Some(cursor) if !self.tally.is_new(cursor) => State::Ended(Stopped::Circle),
            Some(_) => State::Going,
        };
        self.tally.came(users);
    }

    fn count(&mut self, step: Step) -> Result<(), SearchError> {
        let counted = self.tally.add(&step);
        self.last_step = step;
        Ok(counted?)
    }
}
