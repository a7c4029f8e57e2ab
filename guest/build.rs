//! The component's memory: its stack first, then its data, then what it allocates.

/// More than it takes: how deep a document is makes no difference.
const STACK: u32 = 128 << 10;

/// What a page of 1,000 users needs: growing memory is a call to the host's kernel
/// each time, and memory that is not touched costs nothing.
const MEMORY: u32 = 4 << 20;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
        println!("cargo::rustc-link-arg-cdylib=--initial-memory={MEMORY}");
    }
}
