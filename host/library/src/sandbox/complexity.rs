//! Limits the cost of compiling a component, estimated from its bytes before a compiler,
//! a validator or a decoder processes them.
//!
//! Those recurse over nested definitions, expand instances of instances, and need more
//! than linear time and memory for some code: a file of a few kilobytes can make them run
//! for minutes, or exhaust memory or the stack. The estimate takes one pass and little
//! memory.

mod code;

use code::{Code, Costs};
use wasmparser::{
    BinaryReaderError, ComponentAlias, ComponentExternalKind, ComponentInstance,
    ComponentOuterAliasKind, ComponentTypeRef, CompositeInnerType, Encoding, Parser, Payload,
};

/// The maximum nesting of components and modules. Each composition of components adds a
/// level.
const NESTING: usize = 32;

/// The maximum nesting of component and instance types in one section, which parsers
/// recurse over. The type of a component has two levels, rarely three.
const NESTED_TYPES: usize = 100;

/// The maximum size of the component-level sections, in bytes: types, imports, exports,
/// instances; counted once for each instance. The embedded component has 17 KB of a total
/// of 135 KB.
const DESCRIPTION: u64 = 1 << 20;

/// The maximum size of the declarations in core modules, in bytes: imports, exports,
/// globals, elements. A JavaScript engine of 12 MB has 43 KB.
const DECLARATIONS: u64 = 1 << 20;

/// The maximum number of core function types; the host compiles code for each. The same
/// engine has 348, and a Rust program of 5.7 MB has 146.
const TYPES: usize = 2_000;

/// The maximum number of functions in all modules. The same engine has 19,852, and the
/// Rust program 8,711.
const FUNCTIONS: usize = 40_000;

/// Why a component is not compiled.
#[derive(Debug, thiserror::Error)]
pub(super) enum TooComplex {
    #[error(transparent)]
    Malformed(#[from] BinaryReaderError),
    #[error("its components are nested deeper than {NESTING} levels")]
    Nesting,
    #[error("its types are nested deeper than {NESTED_TYPES} levels")]
    NestedTypes,
    #[error("the types, imports and exports of its instances take more than {DESCRIPTION} bytes")]
    Description,
    #[error("it instantiates a component that it does not contain")]
    Unknown,
    #[error("its modules declare more than {DECLARATIONS} bytes of imports, exports and tables")]
    Declarations,
    #[error("it has more than {TYPES} function types")]
    Types,
    #[error("it has more than {FUNCTIONS} functions")]
    Functions,
    #[error("one of its functions is too large, or has too many branches and local variables")]
    Function,
    #[error("its functions are too large in total")]
    Code,
}

/// Checks that compiling a component takes no more memory and time than is usual for its
/// size.
pub(super) fn check(component: &[u8]) -> Result<(), TooComplex> {
    let mut walk = Walk::default();
    for payload in Parser::new(0).parse_all(component) {
        walk.payload(component, payload?)?;
    }
    Ok(())
}

#[derive(Default)]
struct Walk {
    levels: Vec<Level>,
    description: u64,
    declarations: u64,
    types: usize,
    functions: usize,
    total: Costs,
}

enum Level {
    Component(Component),
    Module(Code),
}

#[derive(Default)]
struct Component {
    /// The size of an instance, including the instances that it creates.
    size: u64,
    /// The sizes of its components; `None` for imported ones.
    components: Vec<Option<u64>>,
}

impl Walk {
    fn payload(&mut self, bytes: &[u8], payload: Payload<'_>) -> Result<(), TooComplex> {
        let is_nested = matches!(
            payload,
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. }
        );
        let section = match payload.as_section() {
            Some((_, range)) if !is_nested => bytes.get(range).unwrap_or_default(),
            _ => &[],
        };
        match (payload, self.levels.last_mut()) {
            (Payload::Version { encoding, .. }, _) => {
                if self.levels.len() > NESTING {
                    return Err(TooComplex::Nesting);
                }
                self.levels.push(match encoding {
                    Encoding::Component => Level::Component(Component::default()),
                    Encoding::Module => Level::Module(Code::default()),
                });
            }
            (Payload::End(_), _) => {
                let ended = self.levels.pop();
                if let (Some(Level::Component(inner)), Some(Level::Component(outer))) =
                    (ended, self.levels.last_mut())
                {
                    outer.components.push(Some(inner.size));
                }
            }
            (Payload::CustomSection(_), _) | (_, None) => {}
            (payload, Some(Level::Component(_))) => self.describe(section, payload)?,
            (Payload::CodeSectionEntry(body), Some(Level::Module(code))) => {
                let costs = code.costs(&body)?;
                self.total = self.total + costs;
                if costs.exceed(&Costs::OF_A_FUNCTION) {
                    return Err(TooComplex::Function);
                }
                if self.total.exceed(&Costs::OF_ALL) {
                    return Err(TooComplex::Code);
                }
            }
            (Payload::CodeSectionStart { .. } | Payload::DataSection(_), _) => {}
            (payload, Some(Level::Module(code))) => {
                self.declarations += section.len() as u64;
                match payload {
                    Payload::TypeSection(types) => {
                        for group in types {
                            for ty in group?.into_types() {
                                self.types += 1;
                                if let CompositeInnerType::Func(function) = ty.composite_type.inner
                                {
                                    code.declare(&function);
                                }
                                if self.types > TYPES {
                                    return Err(TooComplex::Types);
                                }
                            }
                        }
                    }
                    Payload::FunctionSection(functions) => {
                        self.functions += functions.count() as usize;
                    }
                    _ => {}
                }
                if self.functions > FUNCTIONS {
                    return Err(TooComplex::Functions);
                }
                if self.declarations > DECLARATIONS {
                    return Err(TooComplex::Declarations);
                }
            }
        }
        Ok(())
    }

    /// Counts a section of a component that contains neither components nor modules.
    fn describe(&mut self, section: &[u8], payload: Payload<'_>) -> Result<(), TooComplex> {
        // Each level of a type begins with these bytes: the declaration of a component or
        // instance type. They may occur more often than there are levels, but not less.
        let nested = section
            .windows(2)
            .filter(|at| matches!(at, [1, 0x41 | 0x42]));
        if nested.count() > NESTED_TYPES {
            return Err(TooComplex::NestedTypes);
        }
        let mut size = section.len() as u64;
        self.description += size;
        let mut components = Vec::new();
        let component = |level: usize, index: u32| match self.levels.iter().rev().nth(level) {
            Some(Level::Component(outer)) => *outer.components.get(index as usize)?,
            _ => None,
        };
        match payload {
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    if let ComponentTypeRef::Component(_) = import?.ty {
                        components.push(None);
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Component {
                        components.push(component(0, export.index));
                    }
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    match alias? {
                        ComponentAlias::Outer {
                            kind: ComponentOuterAliasKind::Component,
                            count,
                            index,
                        } => components.push(component(count as usize, index)),
                        ComponentAlias::InstanceExport {
                            kind: ComponentExternalKind::Component,
                            ..
                        } => components.push(None),
                        ComponentAlias::Outer { .. }
                        | ComponentAlias::InstanceExport { .. }
                        | ComponentAlias::CoreInstanceExport { .. } => {}
                    }
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances {
                    if let ComponentInstance::Instantiate {
                        component_index, ..
                    } = instance?
                    {
                        let inner = component(0, component_index).ok_or(TooComplex::Unknown)?;
                        size = size.saturating_add(inner);
                    }
                }
            }
            _ => {}
        }
        if let Some(Level::Component(level)) = self.levels.last_mut() {
            level.size = level.size.saturating_add(size);
            level.components.append(&mut components);
            if level.size.max(self.description) > DESCRIPTION {
                return Err(TooComplex::Description);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
