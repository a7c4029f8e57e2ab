//! The component's memory begins as large as a page of 1,000 users needs: growing
//! it is a call to the host's kernel each time, and memory that is not touched
//! costs nothing.

const MEMORY: u32 = 5 << 20;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo::rustc-link-arg-cdylib=--initial-memory={MEMORY}");
    }
}
