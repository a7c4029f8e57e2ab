//! The packages that this program is built of, in the section where
//! `cargo audit bin` and other readers look for them.

use std::hint::black_box;

const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/packages.zlib"));

#[expect(unsafe_code, reason = "the name of a section is")]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,.dep-v0"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".dep-v0"))]
static PACKAGES: [u8; BYTES.len()] = *include_bytes!(concat!(env!("OUT_DIR"), "/packages.zlib"));

/// Linkers drop what nothing refers to.
pub(crate) fn keep() {
    black_box(&PACKAGES);
}
