//! Implements `wasi:config/store`, which contains the credential and nothing else.

use super::state::State;
use crate::network::credential::Credential;
use wasmtime::component::{ComponentType, Linker, Lower};

/// The names under which existing components import the interface. Its definition is the
/// same in all three; versions of pre-releases are not compatible with each other.
const NAMES: [&str; 3] = [
    "wasi:config/store@0.2.0-rc.1",
    "wasi:config/store@0.2.0-draft",
    "wasi:config/store@0.2.0-draft-2024-09-27",
];

/// `wasi:config/store.error`. Reading from memory does not fail, but the type is
/// part of the interface.
#[derive(ComponentType, Lower)]
#[component(variant)]
#[expect(dead_code, reason = "never constructed")]
enum StoreError {
    #[component(name = "upstream")]
    Upstream(String),
    #[component(name = "io")]
    Io(String),
}

/// The configuration of a call: its credential, without the secret if that is sealed.
pub(crate) struct Config {
    pub(crate) credential: Credential,
    pub(crate) is_sealed: bool,
}

impl Config {
    fn get(&self, key: &str) -> Option<String> {
        let mut entries = self.credential.config(self.is_sealed);
        let (_, value) = entries.find(|(name, _)| *name == key)?;
        Some(value.to_owned())
    }

    fn get_all(&self) -> Vec<(&'static str, String)> {
        let entries = self.credential.config(self.is_sealed);
        entries
            .map(|(key, value)| (key, value.to_owned()))
            .collect()
    }
}

pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    for name in NAMES {
        let mut store = linker.instance(name)?;
        store.func_wrap("get", |call, (key,): (String,)| {
            Ok((Ok::<_, StoreError>(call.data().config.get(&key)),))
        })?;
        store.func_wrap("get-all", |call, (): ()| {
            Ok((Ok::<_, StoreError>(call.data().config.get_all()),))
        })?;
    }
    Ok(())
}
