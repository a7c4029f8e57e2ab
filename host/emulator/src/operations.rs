//! The operations of the API on the users in a store.

pub(crate) mod cursor;
pub(crate) mod modify;
pub(crate) mod response_bodies;
pub(crate) mod search;
mod settable_fields;
