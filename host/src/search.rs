//! All pages of a search, one after the other, in constant memory.
//!
//! ```
//! use stytch_host::emulator::{self, Emulator};
//! use stytch_host::json::search_request_from_json;
//! use stytch_host::{Credential, Plugin, Secret};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let stytch = Emulator::start(([127, 0, 0, 1], 0).into(), emulator::Options::default()).await?;
//! # let credential = Credential::new(emulator::PROJECT_ID, Secret::new(emulator::SECRET.into()))
//! #     .with_base_url(&stytch.base_url())?;
//! let plugin = Plugin::new()?;
//! let request = search_request_from_json(r#"{"limit": 50}"#)?;
//! let mut search = plugin.search(&credential, request);
//! while let Some(page) = search.next_page().await? {
//!     println!("{} users", page.users.len());
//! }
//! assert!(search.receipt()?.complete);
//! # Ok(())
//! # }
//! ```

mod distinct;
mod receipt;

pub use receipt::{Receipt, Stopped};

use crate::credential::Credential;
use crate::error::Error;
use crate::plugin::Plugin;
use crate::types::{SearchPage, SearchRequest};
use distinct::Distinct;
use futures_util::{Stream, stream};
use std::collections::HashSet;
use std::io;
use tokio::task::JoinHandle;

/// What stands for a user ID or a cursor where it need not be known but only
/// recognized: the first half of its SHA-256.
pub type Digest = [u8; 16];

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
pub struct Search {
    plugin: Plugin,
    credential: Credential,
    /// That of the page which comes next.
    request: SearchRequest,
    max_users: Option<u64>,
    ahead: Option<Ahead>,
    last_step: Step,
    state: State,
    tally: Tally,
}

/// What has been read.
#[derive(Debug)]
struct Tally {
    /// Whether it began at Stytch's first page.
    from_start: bool,
    pages: u64,
    users: u64,
    total_at_start: Option<u64>,
    total_at_end: Option<u64>,
    distinct: Distinct,
    cursors: HashSet<Digest>,
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

/// What one page did to a search: enough to go on from it in another process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Where the page after it begins; `None` when it was the last.
    pub next_cursor: Option<String>,
    /// How many users the query finds, as the page told.
    pub total: Option<u64>,
    /// The user IDs of the page.
    pub user_ids: Vec<Digest>,
}

impl Step {
    /// What a page did; for [`Search::replay`].
    pub fn new(next_cursor: Option<String>, total: Option<u64>, user_ids: Vec<Digest>) -> Self {
        Self {
            next_cursor,
            total,
            user_ids,
        }
    }
}

/// Why a search did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A page failed. Asking for it again may help: [`Search::next_page`] does.
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
    #[error("the users cannot be counted: the temporary file failed: {0}")]
    Count(#[from] io::Error),
}

impl Plugin {
    /// Searches users: all pages from the one that `request` asks for.
    ///
    /// A page holds as many users as `request` says; Stytch's default is 100, and
    /// 1,000 takes the fewest calls.
    pub fn search(&self, credential: &Credential, request: SearchRequest) -> Search {
        Search {
            plugin: self.clone(),
            credential: credential.clone(),
            max_users: None,
            ahead: None,
            last_step: Step::default(),
            state: State::Going,
            tally: Tally {
                from_start: request.cursor.is_none(),
                pages: 0,
                users: 0,
                total_at_start: None,
                total_at_end: None,
                distinct: Distinct::default(),
                cursors: request.cursor.iter().map(|cursor| digest(cursor)).collect(),
            },
            request,
        }
    }
}

impl Search {
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
                    pages: self.tally.pages,
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
        self.take(Step {
            next_cursor: page.next_cursor.clone(),
            total: page.total,
            user_ids: page
                .users
                .iter()
                .map(|user| digest(&user.user_id))
                .collect(),
        })?;
        if is_cut {
            self.state = State::Ended(Stopped::MaxUsers);
        }
        self.stop_at_max_users();
        if self.state == State::Going {
            self.ahead = Some(self.ask());
        }
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
    /// [`Search::next_page`], once for each step in its order.
    ///
    /// # Errors
    ///
    /// [`SearchError::Count`].
    pub fn replay(&mut self, step: Step) -> Result<(), SearchError> {
        self.take(step)
    }

    /// How many users have come.
    pub fn users(&self) -> u64 {
        self.tally.users
    }

    /// How many users the query finds, as the last page told.
    pub fn total(&self) -> Option<u64> {
        self.tally.total_at_end
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
        let Tally {
            from_start,
            pages,
            users,
            total_at_start,
            total_at_end,
            ..
        } = self.tally;
        let unique_users = self.tally.distinct.count()?;
        Ok(Receipt {
            pages,
            users,
            unique_users,
            total_at_start,
            total_at_end,
            stopped,
            complete: from_start
                && stopped == Stopped::End
                && total_at_end.is_none_or(|total| unique_users >= total),
            next_cursor: self.request.cursor.clone(),
        })
    }

    fn users_left(&self) -> Option<u64> {
        Some(self.max_users?.saturating_sub(self.tally.users))
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

    fn take(&mut self, step: Step) -> Result<(), SearchError> {
        let tally = &mut self.tally;
        if tally.pages == 0 {
            tally.total_at_start = step.total;
        }
        tally.total_at_end = step.total.or(tally.total_at_end);
        tally.pages += 1;
        tally.users += step.user_ids.len() as u64;
        self.request.cursor.clone_from(&step.next_cursor);
        self.state = match &step.next_cursor {
            None => State::Ended(Stopped::End),
            Some(cursor) if !tally.cursors.insert(digest(cursor)) => State::Ended(Stopped::Circle),
            Some(_) => State::Going,
        };
        let counted = tally.distinct.add(&step.user_ids);
        self.last_step = step;
        Ok(counted?)
    }
}

fn digest(text: &str) -> Digest {
    use sha2::{Digest as _, Sha256};
    let mut half = Digest::default();
    for (to, from) in half.iter_mut().zip(Sha256::digest(text)) {
        *to = from;
    }
    half
}
