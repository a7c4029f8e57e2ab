//! What the tests share: a server that says exactly what it is told to, a command
//! whose surroundings are pinned, and a terminal.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    missing_docs,
    missing_debug_implementations,
    reason = "only tests use it"
)]

mod call;
mod command;
mod guest;
pub mod plain;
mod run;
mod script;
#[cfg(unix)]
mod terminal;

pub use call::http_call;
pub use command::Cli;
pub use guest::{guest, unmasked};
pub use run::{python, run};
pub use script::{Answer, ScriptedServer, Step};
#[cfg(unix)]
pub use terminal::Terminal;
