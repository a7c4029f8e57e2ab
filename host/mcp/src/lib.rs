//! Stytch's user lookup and search as tools for agents: a server of the Model Context
//! Protocol.
//!
//! A [`Server`] offers four tools, which only read. It makes the calls of a
//! [`Plugin`](stytch_host::Plugin), always [sealed](stytch_host::Plugin::with_seal). Which
//! credentials a caller may use, how many calls it may make at once and where they are
//! recorded is up to the program: it implements [`Access`].
//!
//! - [`stdio`] serves one client over two streams of bytes.
//! - [`Http`] serves many over HTTP (the protocol's "Streamable HTTP"). It knows nothing of
//!   tokens and connections: the program checks the caller first.
//!
//! The schemas and texts of the tools come from the component. Answers are small unless an
//! agent asks for more, and [`Settings`] say how much it may get. What users wrote is marked
//! as data, and control characters in it are escaped.
//!
//! It speaks the revisions 2026-07-28 and 2025-11-25 of the protocol.

#![deny(missing_docs)]

mod access;
mod answer;
mod arguments;
mod catalog;
mod failure;
mod message;
mod server;
mod settings;
mod tool;
mod transport;

pub use access::{Access, Ended, Entered, Listed, Refusal};
pub use catalog::Catalog;
pub use server::Server;
pub use settings::{Settings, Text};
pub use tool::Tool;
pub use transport::http::Http;
pub use transport::stdio::stdio;
