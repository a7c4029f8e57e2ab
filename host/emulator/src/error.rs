//! The errors of loading users, parsing a chaos spec, and starting an emulator.

use std::{io, net::SocketAddr};

/// An error in setting up an emulator.
///
/// Once it runs, it reports every error as an HTTP response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Cannot listen on the address: it is in use, or not an address of this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The JSON of users is invalid.
    #[error("line {line}, column {column}: {reason}")]
    Load {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1 in bytes; 0 at the end of the line before.
        column: usize,
        /// Why the text there is invalid.
        reason: String,
    },
    /// Two users share an ID, so that a lookup would be ambiguous.
    #[error("two users have the ID `{value}`, one of them as its {member}")]
    Duplicate {
        /// The member in which one of them has it: `user_id` or `external_id`.
        member: &'static str,
        /// The shared ID.
        value: String,
    },
    /// The chaos spec is invalid.
    #[error("chaos fault `{fault}`: {reason}")]
    Chaos {
        /// The invalid fault.
        fault: String,
        /// Why it is invalid, and the valid alternatives.
        reason: String,
    },
    /// The runtime shut down while users were being generated or loaded.
    #[error("the runtime shut down while users were being generated or loaded")]
    Interrupted,
}
