//! Generated code for the contract in `wit/`, and the functions that hosts call.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]

wit_bindgen::generate!({
    path: "../wit",
    world: "integration",
    generate_all,
});

// Hosts call these. They are what `export!` would generate, except for the second function
// of each pair: once a host has read a result, all memory of the call is freed. Native
// linkers refuse such names.
#[cfg(target_arch = "wasm32")]
mod exported {
    use super::exports::stytch::users::{credential, users};
    use crate::{ALLOCATOR, Integration};

    #[unsafe(export_name = "stytch:users/users@0.1.0#retrieve-user")]
    unsafe extern "C" fn retrieve_user(user_id: *mut u8, length: usize) -> *mut u8 {
        // SAFETY: the arguments are those that the contract defines; likewise below.
        unsafe { users::_export_retrieve_user_cabi::<Integration>(user_id, length) }
    }

    #[unsafe(export_name = "cabi_post_stytch:users/users@0.1.0#retrieve-user")]
    extern "C" fn retrieve_user_was_read(_: *mut u8) {
        unsafe { ALLOCATOR.forget_all() }
    }

    #[unsafe(export_name = "stytch:users/users@0.1.0#search-users")]
    unsafe extern "C" fn search_users(
        query: i32,
        operator: i32,
        operands: *mut u8,
        operands_length: usize,
        limit: i32,
        limit_value: i32,
        cursor: i32,
        cursor_text: *mut u8,
        cursor_length: usize,
    ) -> *mut u8 {
        unsafe {
            users::_export_search_users_cabi::<Integration>(
                query,
                operator,
                operands,
                operands_length,
                limit,
                limit_value,
                cursor,
                cursor_text,
                cursor_length,
            )
        }
    }

    #[unsafe(export_name = "cabi_post_stytch:users/users@0.1.0#search-users")]
    extern "C" fn search_users_was_read(_: *mut u8) {
        unsafe { ALLOCATOR.forget_all() }
    }

    #[unsafe(export_name = "stytch:users/credential@0.1.0#check")]
    unsafe extern "C" fn check() -> *mut u8 {
        unsafe { credential::_export_check_cabi::<Integration>() }
    }

    #[unsafe(export_name = "cabi_post_stytch:users/credential@0.1.0#check")]
    extern "C" fn check_was_read(_: *mut u8) {
        unsafe { ALLOCATOR.forget_all() }
    }
}
