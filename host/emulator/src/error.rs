//! Why an emulator could not be set up.

use std::{io, net::SocketAddr};

/// Why an emulator could not be set up.
///
/// Once it runs, everything that goes wrong is an HTTP answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address cannot be listened on: it is taken, or not this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of users cannot be understood.
    #[error("line {line}, column {column}: {reason}")]
    Load {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1 in bytes; 0 at the end of the line before.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// Two users share an identifier, so that a lookup would be ambiguous.
    #[error("two users have the ID `{value}`, one of them as its {member}")]
    Duplicate {
        /// The member that one of them has it in: `user_id` or `external_id`.
        member: &'static str,
        /// The identifier that they share.
        value: String,
    },
    /// A chaos spec cannot be understood.
    #[error("chaos fault `{fault}`: {reason}")]
    Chaos {
        /// The part of the spec that is wrong.
        fault: String,
        /// What is wrong with it, and what would be legal.
        reason: String,
    },
    /// The runtime shut down while the users were being made.
    #[error("the runtime shut down while the users were being made")]
    Interrupted,
}
