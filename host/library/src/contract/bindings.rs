//! The host's side of the contract in `wit/`, generated.
#![allow(
    missing_docs,
    unsafe_code,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]

// Only the exports: the imports are linked from wasmtime's own crates and from
// `crate::sandbox::wasi_config`.
wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package stytch:host;
        world plugin {
            export stytch:users/types@0.1.0;
            export stytch:users/users@0.1.0;
            export stytch:users/credential@0.1.0;
        }
    ",
    world: "stytch:host/plugin",
    exports: { default: async },
});
