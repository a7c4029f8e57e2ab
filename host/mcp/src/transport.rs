//! How messages travel.

pub(crate) mod http;
pub(crate) mod stdio;
