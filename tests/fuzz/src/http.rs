//! The part of the component's HTTP that it passes to the decoder.

use alloc::vec::Vec;

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) header: Option<Vec<u8>>,
}
