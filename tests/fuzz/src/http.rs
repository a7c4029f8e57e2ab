//! Of the component's HTTP only what it hands to the decoder.

use alloc::vec::Vec;

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) header: Option<Vec<u8>>,
}
