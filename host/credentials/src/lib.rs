//! The credential store of `stytch-host`, the choice of a credential, and the credentials
//! of a program that serves many.
//!
//! [`Selection`] chooses a credential and a base URL. [`Store`] reads and writes named
//! credentials. [`Credentials`] are those of several [sources](Source), such as a store or a
//! folder of mounted secrets, and follow them as they change. Every [`Error`] has a
//! [hint](Error::hint), where there is something that the user can do.
//!
//! The calls block: a keyring that is locked takes up to three seconds, and another
//! process that writes to the store up to ten.

mod base_url;
mod document;
mod error;
mod fingerprint;
mod folder;
mod keyring;
pub mod private_file;
mod redact;
mod regular_file;
mod selection;
mod shell;
mod sources;
mod store;
mod stored;
mod suggest;
pub mod validate;
mod variable;

pub use base_url::{BaseUrl, with_base_url};
pub use error::{Error, HOW_TO_GIVE_SECRET};
pub use fingerprint::Fingerprint;
pub use folder::{Folder, Lock, user_folder};
pub use keyring::KeyringError;
pub use redact::redact;
pub use regular_file::read_regular_file;
pub use selection::{Choice, Origins, Selection};
pub use shell::{shell_word, steers_terminal};
pub use sources::{Credentials, Entry, ReadError, Source};
pub use store::{Added, NewCredential, Store, StoreChoice, WithSecret};
pub use stored::{Label, Place, StoredCredential};
pub use suggest::most_similar;
