//! Implements `wasi:config/store` with environment variables, for engines without another
//! configuration. It passes on exactly four variables, so that a component composed with it
//! sees nothing else of its environment.

#![no_std]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

mod bindings;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use bindings::exports::wasi::config::store::{Error, Guest};
use bindings::wasi::cli::environment::get_environment;

/// The keys of the world `stytch:users/integration`, and the variables from which this
/// project's command line reads the same values.
const KEYS: [(&str, &str); 4] = [
    ("STYTCH_PROJECT_ID", "project-id"),
    ("STYTCH_SECRET", "secret"),
    ("STYTCH_BASE_URL", "base-url"),
    ("STYTCH_AUTHORIZATION", "authorization"),
];

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: stytch_runtime::Bump = stytch_runtime::Bump::new();

struct Environment;

impl Guest for Environment {
    fn get(key: String) -> Result<Option<String>, Error> {
        let mut entries = entries(get_environment()).into_iter();
        Ok(entries.find_map(|(name, value)| (name == key).then_some(value)))
    }

    fn get_all() -> Result<Vec<(String, String)>, Error> {
        Ok(entries(get_environment()))
    }
}

fn entries(variables: Vec<(String, String)>) -> Vec<(String, String)> {
    let entry = |(variable, value): (String, String)| {
        let (_, key) = KEYS.iter().find(|(name, _)| *name == variable)?;
        Some(((*key).to_owned(), value))
    };
    variables.into_iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_variables_are_handed_on_and_no_other() {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let variables = [
            ("PATH", "/bin"),
            ("STYTCH_SECRET", "s"),
            ("STYTCH_PROJECT_ID", "p"),
            ("STYTCH_BASE_URL", "b"),
            ("STYTCH_AUTHORIZATION", "host"),
            ("STYTCH_SECRET_OF_ANOTHER", "o"),
        ];
        let expected = [
            ("secret", "s"),
            ("project-id", "p"),
            ("base-url", "b"),
            ("authorization", "host"),
        ];
        assert_eq!(entries(variables.map(own).to_vec()), expected.map(own));
    }
}
