//! Opens files that only this user could have written, and only this user can read.
//!
//! The checks are made on the open file, not on a path that may be another file a moment
//! later, and symbolic links are not followed.

mod error;
#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use other as platform;
#[cfg(unix)]
use unix as platform;

pub use error::{Content, Error, Kind};
pub(crate) use platform::{create_folder, open, open_lock};
pub use platform::{is_own, is_someone_elses, open_or_create, reopen};
