//! Fault injection: the chaos spec, and the connection and body that carry faults out.

mod chaos;
pub(crate) mod connection;
mod fault;
pub(crate) mod response_body;

pub use chaos::Chaos;
pub(crate) use chaos::{Ending, Plan};
pub(crate) use fault::Stage;
