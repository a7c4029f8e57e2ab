//! What compiling a component may take at most, told from its bytes before a compiler,
//! a validator or a decoder sees them.
//!
//! Those recurse over what is nested, follow instances of instances of instances, and
//! take more than linear time and memory for code of a certain shape: a file of a few
//! kilobytes can make them take minutes, all memory, or the stack. What is looked at
//! here is counted in one pass, in little memory.

mod code;

use code::{Code, Costs};
use wasmparser::{
    BinaryReaderError, ComponentAlias, ComponentExternalKind, ComponentInstance,
    ComponentOuterAliasKind, ComponentTypeRef, CompositeInnerType, Encoding, Parser, Payload,
};

/// Components and modules within each other. Composing components adds a level each time.
const NESTING: usize = 32;

/// Types of components and instances within each other in one section, which parsers
/// recurse over. The type of a component has two levels, now and then three.
const NESTED_TYPES: usize = 100;

/// What is said about components, in bytes: types, imports, exports, instances; counted
/// once for each instance. The embedded component has 17 KB, of 135.
const DESCRIPTION: u64 = 1 << 20;

/// What is declared in core modules, in bytes: imports, exports, globals, elements. A
/// JavaScript engine of 12 MB has 43 KB.
const DECLARATIONS: u64 = 1 << 20;

/// The types of core functions: for each there is code of the host's. The same engine
/// has 348, and a program in Rust of 5.7 MB 146.
const TYPES: usize = 2_000;

/// The functions of all modules. The same engine has 19,852, and that program 8,711.
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
    #[error("it instantiates a component that is not among its own")]
    Unknown,
    #[error("its modules declare more than {DECLARATIONS} bytes of imports, exports and tables")]
    Declarations,
    #[error("it has more than {TYPES} types of functions")]
    Types,
    #[error("it has more than {FUNCTIONS} functions")]
    Functions,
    #[error("one of its functions is too large, or branches too much for its local variables")]
    Function,
    #[error("its functions together are too large")]
    Code,
}

/// Checks that compiling a component takes memory and time in proportion to what one
/// of that size does.
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
    /// The size of an instance, with that of the instances that it makes.
    size: u64,
    /// The sizes of its components; none of one that it is given.
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

    /// A section of a component that has neither components nor modules in it.
    fn describe(&mut self, section: &[u8], payload: Payload<'_>) -> Result<(), TooComplex> {
        // Each level of a type begins so: a declaration that is a type, of a component or
        // an instance. There may be more of these bytes than levels, and not less.
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
