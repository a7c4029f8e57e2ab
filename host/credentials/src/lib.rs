//! The credential store of `stytch-host`, and the choice of a credential.
//!
//! [`Selection`] chooses a credential and a base URL. [`Store`] reads and writes named
//! credentials. Every [`Error`] has a [hint](Error::hint), where there is something that
//! the user can do.
//!
//! The calls block: a keyring that is locked takes up to three seconds, and another
//! process that writes to the store up to ten.

mod base_url;
mod document;
mod error;
mod folder;
mod keyring;
pub mod private_file;
mod redact;
mod selection;
mod shell;
mod store;
mod stored;
mod suggest;
pub mod validate;
mod variable;

pub use base_url::{BaseUrl, with_base_url};
pub use error::{Error, HOW_TO_GIVE_SECRET};
pub use folder::{Folder, Lock, user_folder};
pub use keyring::KeyringError;
pub use redact::redact;
pub use selection::{Choice, Origins, Selection};
pub use shell::{shell_word, steers_terminal};
pub use store::{Added, NewCredential, Store, StoreChoice, WithSecret};
pub use stored::{Label, Place, StoredCredential};
pub use suggest::most_similar;
