//! Lists a component's imports and exports from its types, without running it.

use super::PluginBuilder;
use crate::contract::description::{Contract, Metadata};
use crate::contract::schema::Description;
use crate::sandbox::{Error, component, find_functions};
use serde::Serialize;
use sha2::{Digest, Sha256};
use wasmparser::component_types::{ComponentEntityType, ComponentItem};
use wasmparser::types::Types;
use wasmparser::{BinaryReaderError, Parser, Payload, Validator};

/// The length of a component's binary header, in bytes.
const HEADER: usize = 8;

/// The imports, exports and metadata of a component.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The size of the component, in bytes.
    pub size: usize,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The metadata that it embeds.
    pub metadata: Metadata,
    /// Its imports: the complete list of its capabilities.
    pub imports: Vec<Item>,
    /// Whether it can read the secret of a credential: it imports `wasi:config`, and
    /// [`PluginBuilder::sealed`] is not set.
    pub reads_secret: bool,
    /// Whether it can send requests: it imports `wasi:http`.
    pub sends_requests: bool,
    /// Its exports.
    pub exports: Vec<Item>,
    /// Why this library cannot run it, as far as its imports and the names of its exports
    /// tell; `None` if it fits. Exports whose types differ from the contract are only
    /// detected by a call, and code that the compiler rejects only by compiling it.
    pub problem: Option<String>,
}

/// One import or export.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Item {
    /// Its name, such as `wasi:http/types@0.2.0`.
    pub name: String,
    /// Its documentation, if the component embeds it.
    pub documentation: Option<String>,
    /// Its functions, if it is an interface.
    pub functions: Vec<Function>,
}

/// A function of an import or export.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Function {
    /// Its name, such as `[method]fields.get`.
    pub name: String,
    /// Its documentation, if the component embeds it.
    pub documentation: Option<String>,
}

impl PluginBuilder {
    /// Describes the component that [`build`](Self::build) would load, even if it does
    /// not fit the contract and could not be loaded. The component is validated but not
    /// compiled.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Read`] if it cannot be read, or [`Error::Load`] if it is not a
    /// component.
    pub fn inspect(&self) -> Result<Inspection, Error> {
        let engine = self.engine()?;
        let bytes = self.bytes()?;
        let invalid = |error: BinaryReaderError| self.named(Error::Load(error.to_string()));
        let types = Validator::new().validate_all(&bytes).map_err(invalid)?;
        let outline = Outline::of(&bytes).map_err(invalid)?;
        // Documentation is optional.
        let contract = Contract::read(&bytes).ok();
        let describe = |name: &str, item: &ComponentItem| {
            let docs = |function: Option<&str>| {
                let docs = contract.as_ref()?.docs(name, function)?;
                Some(docs.to_owned())
            };
            Item {
                name: name.to_owned(),
                documentation: docs(None),
                functions: functions(&types, item)
                    .map(|function| Function {
                        documentation: docs(Some(function)),
                        name: function.to_owned(),
                    })
                    .collect(),
            }
        };
        let imports = outline
            .imports
            .iter()
            .filter_map(|name| Some(describe(name, types.component_item_for_import(name)?)));
        let imports: Vec<_> = imports.collect();
        let exports = outline
            .exports
            .iter()
            .filter_map(|name| Some(describe(name, types.component_item_for_export(name)?)));
        let exports = exports.collect();
        let linked = match outline.without_code {
            Some(part) => component::compile(&engine, part),
            None => self.compile(&engine, bytes.clone()),
        }
        .and_then(|component| component::link(&engine, &component));
        let fits = linked.and_then(|_| exports_of_contract(&types).map_err(Error::Load));
        Ok(Inspection {
            size: bytes.len(),
            sha256: format!("{:x}", Sha256::digest(&bytes)),
            metadata: Metadata::of(&bytes).unwrap_or_default(),
            reads_secret: !self.is_sealed() && imports.iter().any(Item::is_config),
            sends_requests: imports.iter().any(Item::is_http),
            imports,
            exports,
            problem: fits.err().map(|error| error.to_string()),
        })
    }
}

impl PluginBuilder {
    /// Returns the metadata of the component that [`build`](Self::build) would load.
    ///
    /// # Errors
    ///
    /// As for [`inspect`](Self::inspect).
    pub fn metadata(&self) -> Result<Metadata, Error> {
        Metadata::of(&self.bytes()?).map_err(|error| self.named(Error::Load(error)))
    }

    /// Describes the operations of the component that [`build`](Self::build) would
    /// load, without compiling it.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Read`] if its file cannot be read, or [`Error::Load`] if it is not
    /// a component or does not have this contract.
    pub fn describe(&self) -> Result<Description, Error> {
        Description::read(&self.bytes()?).map_err(Error::Load)
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

/// Lists the names of the functions of an interface.
fn functions<'a>(types: &'a Types, item: &ComponentItem) -> impl Iterator<Item = &'a str> {
    let interface = match item.ty {
        ComponentEntityType::Instance(id) => Some(&types[id]),
        ComponentEntityType::Module(_)
        | ComponentEntityType::Func(_)
        | ComponentEntityType::Value(_)
        | ComponentEntityType::Type { .. }
        | ComponentEntityType::Component(_) => None,
    };
    let exports = interface.into_iter().flat_map(|ty| &ty.exports);
    exports
        .filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)))
        .map(|(name, _)| &**name)
}

/// Checks that the component exports the functions of the contract.
fn exports_of_contract(types: &Types) -> Result<(), String> {
    let find = |interface: &str| types.component_item_for_export(interface);
    let function = |interface: &&ComponentItem, name: &str| {
        functions(types, interface).find(|function| *function == name)
    };
    find_functions(find, function).map(|_| ())
}

/// The imports and exports of a component, without types.
#[derive(Default)]
struct Outline<'a> {
    imports: Vec<&'a str>,
    exports: Vec<&'a str>,
    /// The leading sections with all imports, which are a valid component by themselves.
    /// `None` if there is code between the imports, which no common tool produces.
    without_code: Option<&'a [u8]>,
}

impl<'a> Outline<'a> {
    fn of(component: &'a [u8]) -> Result<Self, BinaryReaderError> {
        let mut outline = Self::default();
        let (mut depth, mut is_declared, mut end) = (0_usize, true, Some(HEADER));
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(imports) if depth == 1 => {
                    end = is_declared.then_some(imports.range().end);
                    for import in imports {
                        outline.imports.push(import?.name.name);
                    }
                }
                Payload::ComponentExportSection(exports) if depth == 1 => {
                    is_declared = false;
                    for export in exports {
                        outline.exports.push(export?.name.name);
                    }
                }
                Payload::ComponentTypeSection(_)
                | Payload::CoreTypeSection(_)
                | Payload::ComponentAliasSection(_)
                | Payload::CustomSection(_)
                    if depth == 1 => {}
                _ => is_declared = false,
            }
        }
        outline.without_code = end.and_then(|end| component.get(..end));
        Ok(outline)
    }
}
