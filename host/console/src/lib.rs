//! Stytch's user lookup and search as web pages.
//!
//! A [`Console`] is a part of a service, which makes the calls: a [`Backend`]. The pages are
//! rendered here and work without JavaScript; everything that they load is inside of the
//! program. Who signs in with a token may do what the token permits, and nothing else.
//!
//! The forms of a search are made from the contract, as [`Description`] describes it.

#![deny(missing_docs)]

mod assets;
mod backend;
mod clock;
mod cookie;
mod export;
mod failure;
mod form;
mod guard;
mod input;
mod pages;
mod query;
mod response;
mod routes;
mod session;
mod step;
mod tested;
mod tree;

pub use backend::{Backend, Caller, Failure, Listed, Pages, Usable};

use crate::form::SearchForm;
use crate::session::Sessions;
use crate::tested::Tested;
use axum::Router;
use std::sync::Arc;
use std::time::Instant;
use stytch_credentials::{Store, StoreChoice};
use stytch_host::schema::Description;

/// The path of the console.
pub const PATH: &str = "/console";

/// The path of a search.
const SEARCH: &str = "/console/search";

/// What the console is told about the credentials of its service.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// The store that credentials can be added to and removed from, if the service reads
    /// one.
    pub store: Option<Arc<Store>>,
    /// Where the secrets of new credentials are kept; `None` for the system's keyring if there
    /// is one.
    pub keep: Option<StoreChoice>,
    /// Credentials that are not stored, and what the command line calls them.
    pub given: Vec<(String, Given)>,
    /// Whether the service is reached over HTTPS, so that cookies are sent over nothing
    /// else.
    pub secure: bool,
}

/// Where a credential comes from that is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Given {
    /// The local Stytch of `--emulator`.
    Emulator,
    /// The variables `STYTCH_PROJECT_ID` and `STYTCH_SECRET`.
    Variables,
}

/// Why there is no console.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The component does not fit the contract.
    #[error("the description of the component has no filters")]
    Description,
    /// There are no random numbers for sessions.
    #[error("the system has no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// The console: its pages, and who is signed in.
#[derive(Debug)]
pub struct Console {
    form: SearchForm,
    options: Options,
    sessions: Sessions,
    tested: Tested,
}

impl Console {
    /// Creates the console of a component that is described by `description`.
    ///
    /// # Errors
    ///
    /// The description has no search.
    pub fn new(description: &Description, options: Options) -> Result<Self, Error> {
        Ok(Self {
            form: SearchForm::of(description).ok_or(Error::Description)?,
            options,
            sessions: Sessions::default(),
            tested: Tested::default(),
        })
    }

    /// Returns a path that signs in whoever started the service. It works once, and for a
    /// minute.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn sign_in_path(&self) -> Result<String, Error> {
        let code = self.sessions.create_code(Instant::now())?;
        Ok(format!("{PATH}/open?code={}", code.expose()))
    }

    /// Returns the routes of the console, all of which begin with [`PATH`], and one that
    /// leads from `/` there.
    pub fn router<S: Clone + Send + Sync + 'static>(
        self: Arc<Self>,
        backend: Arc<dyn Backend>,
    ) -> Router<S> {
        routes::router(self, backend)
    }

    fn given(&self, credential: &str) -> Option<Given> {
        let mut given = self.options.given.iter();
        given
            .find(|(name, _)| name == credential)
            .map(|(_, given)| *given)
    }
}
