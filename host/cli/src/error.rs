//! This program's own errors, and what it adds to the errors of calls. `failure` prints
//! them.

mod context;
mod incomplete;
mod unwritten;

pub(crate) use context::{LISTEN_HINT, Suggestion, Unfinished, Usage};
pub(crate) use incomplete::{Incomplete, Start};
pub(crate) use unwritten::Unwritten;
