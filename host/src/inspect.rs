//! What a component asks for and offers, read from its types without running it.

use crate::error::Error;
use crate::plugin::PluginBuilder;
use serde::Serialize;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;

/// The interface of a component.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The size of the component, in bytes.
    pub size: usize,
    /// What it asks of its host: the whole list of its capabilities.
    pub imports: Vec<Item>,
    /// Whether it would be given the secret of a credential: it imports
    /// `wasi:config`, and [`PluginBuilder::sealed`] is not set.
    pub reads_secret: bool,
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
    /// The names of its functions, where it is an interface.
    pub functions: Vec<String>,
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
        let imports = kind
            .imports(&engine)
            .map(|(name, item)| describe(&engine, name, &item.ty));
        let imports: Vec<_> = imports.collect();
        let exports = kind
            .exports(&engine)
            .map(|(name, item)| describe(&engine, name, &item.ty));
        Ok(Inspection {
            size: bytes.len(),
            reads_secret: !self.is_sealed() && imports.iter().any(Item::is_config),
            imports,
            exports: exports.collect(),
            problem: Self::link(&engine, &component)
                .err()
                .map(|error| error.to_string()),
        })
    }
}

impl Item {
    fn is_config(&self) -> bool {
        self.name.starts_with("wasi:config/store@")
    }
}

fn describe(engine: &Engine, name: &str, item: &ComponentItem) -> Item {
    let functions = match item {
        ComponentItem::ComponentInstance(instance) => instance
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
    };
    Item {
        name: name.to_owned(),
        functions,
    }
}
