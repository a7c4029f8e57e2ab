//! What a component asks for and offers, read from its types without running it.

use crate::contract::{Contract, Metadata};
use crate::error::Error;
use crate::plugin::PluginBuilder;
use serde::Serialize;
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;

/// The interface of a component.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The size of the component, in bytes.
    pub size: usize,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// What it says of itself.
    pub metadata: Metadata,
    /// What it asks of its host: the whole list of its capabilities.
    pub imports: Vec<Item>,
    /// Whether it would be given the secret of a credential: it imports
    /// `wasi:config`, and [`PluginBuilder::sealed`] is not set.
    pub reads_secret: bool,
    /// Whether it can send requests at all: it imports `wasi:http`.
    pub sends_requests: bool,
    /// What it offers.
    pub exports: Vec<Item>,
    /// Why this library cannot run it; `None` when it can.
    pub problem: Option<String>,
}

/// One import or export.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Item {
    /// Its name, such as `wasi:http/types@0.2.0`.
    pub name: String,
    /// What the component has along about it.
    pub documentation: Option<String>,
    /// Its functions, where it is an interface.
    pub functions: Vec<Function>,
}

/// A function of an import or export.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Function {
    /// Its name, such as `[method]fields.get`.
    pub name: String,
    /// What the component has along about it.
    pub documentation: Option<String>,
}

impl PluginBuilder {
    /// Describes the component that [`build`](Self::build) would load, also when
    /// it could not be loaded because it does not fit the contract.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] or [`Error::Load`] when it is no component at all.
    pub fn inspect(&self) -> Result<Inspection, Error> {
        let engine = self.engine()?;
        let bytes = self.bytes()?;
        let component = self.compile(&engine, &bytes)?;
        let kind = component.component_type();
        // Text about it is a help, and not what it is.
        let contract = Contract::read(&bytes).ok();
        let describe = |name: &str, item: &ComponentItem| {
            let docs = |function: Option<&str>| {
                let docs = contract.as_ref()?.docs(name, function)?;
                Some(docs.to_owned())
            };
            Item {
                name: name.to_owned(),
                documentation: docs(None),
                functions: functions(&engine, item)
                    .into_iter()
                    .map(|function| Function {
                        documentation: docs(Some(&function)),
                        name: function,
                    })
                    .collect(),
            }
        };
        let imports = kind
            .imports(&engine)
            .map(|(name, item)| describe(name, &item.ty));
        let imports: Vec<_> = imports.collect();
        let exports = kind
            .exports(&engine)
            .map(|(name, item)| describe(name, &item.ty));
        Ok(Inspection {
            size: bytes.len(),
            sha256: format!("{:x}", Sha256::digest(&bytes)),
            metadata: Metadata::of(&bytes).unwrap_or_default(),
            reads_secret: !self.is_sealed() && imports.iter().any(Item::is_config),
            sends_requests: imports.iter().any(Item::is_http),
            imports,
            exports: exports.collect(),
            problem: Self::link(&engine, &component)
                .err()
                .map(|error| error.to_string()),
        })
    }
}

impl PluginBuilder {
    /// What the component that [`build`](Self::build) would load says of itself.
    ///
    /// # Errors
    ///
    /// As for [`inspect`](Self::inspect).
    pub fn metadata(&self) -> Result<Metadata, Error> {
        Metadata::of(&self.bytes()?).map_err(Error::Load)
    }
}

impl Item {
    fn is_config(&self) -> bool {
        self.name.starts_with("wasi:config/store@")
    }

    fn is_http(&self) -> bool {
        self.name.starts_with("wasi:http/outgoing-handler@")
    }
}

/// The names of the functions of an interface.
fn functions(engine: &Engine, item: &ComponentItem) -> Vec<String> {
    match item {
        ComponentItem::ComponentInstance(interface) => interface
            .exports(engine)
            .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)))
            .map(|(name, _)| name.to_owned())
            .collect(),
        ComponentItem::ComponentFunc(_)
        | ComponentItem::CoreFunc(_)
        | ComponentItem::Module(_)
        | ComponentItem::Component(_)
        | ComponentItem::Type(_)
        | ComponentItem::Resource(_) => Vec::new(),
    }
}
