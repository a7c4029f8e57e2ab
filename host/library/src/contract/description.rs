//! Reads the contract of a component from its bytes: its types, and their documentation if
//! the component embeds it.

mod sections;

pub use sections::Metadata;
use sections::Sections;

use serde_json::{Map, Value, json};
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{
    IndexMap, Interface, PackageId, PackageMetadata, Resolve, Type, TypeDef, TypeDefKind, World,
    WorldId, WorldItem, WorldKey,
};

/// The first byte of documentation: the version of what follows.
const DOCUMENTATION: u8 = 1;

/// The maximum size of documentation, in bytes: a hundred times that of this project's
/// contract.
const LONGEST_DOCUMENTATION: usize = 2 << 20;

type Items = IndexMap<WorldKey, WorldItem>;

/// The imports and exports of a component, with documentation.
pub(crate) struct Contract {
    resolve: Resolve,
    world: WorldId,
}

impl Contract {
    /// Reads a component.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are not a component, or have no WIT contract.
    pub(crate) fn read(component: &[u8]) -> Result<Self, String> {
        let sections = Sections::of(component)?;
        let (resolve, world) = match decode(component) {
            Ok(DecodedWasm::Component(resolve, world)) => (resolve, world),
            Ok(DecodedWasm::WitPackage(..)) => {
                return Err("it is a WIT package, which cannot be run".to_owned());
            }
            Err(error) => return Err(format!("{error:#}")),
        };
        let mut contract = Self { resolve, world };
        for (package, docs) in sections.documentation {
            contract.document(package, docs);
        }
        Ok(contract)
    }

    /// Adds documentation to the types. Documentation without a matching type is ignored:
    /// the component may use only a part of the contract.
    fn document(&mut self, name: &str, compressed: &[u8]) {
        let inflate = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
        let Ok(docs) = inflate(compressed, LONGEST_DOCUMENTATION) else {
            return;
        };
        let Some((&DOCUMENTATION, json)) = docs.split_first() else {
            return;
        };
        let Ok(mut docs) = serde_json::from_slice::<Map<String, Value>>(json) else {
            return;
        };
        let package = self
            .resolve
            .packages
            .iter()
            .find_map(|(id, package)| (package.name.to_string() == name).then_some(id));
        let (Some(package), Some(Value::Object(interfaces))) = (package, docs.remove("interfaces"))
        else {
            return;
        };
        for (name, docs) in interfaces {
            // An interface that does not match does not affect others.
            let _ = inject(&mut self.resolve, package, name, docs);
        }
    }

    /// Returns an exported interface, such as `stytch:users/users@0.1.0`.
    pub(crate) fn export(&self, name: &str) -> Option<&Interface> {
        self.interface(self.find(&self.world()?.exports, name)?)
    }

    /// Returns the documentation of an import or export, or of one of its functions.
    pub(crate) fn docs(&self, name: &str, function: Option<&str>) -> Option<&str> {
        let World {
            imports, exports, ..
        } = self.world()?;
        let item = self
            .find(exports, name)
            .or_else(|| self.find(imports, name))?;
        let docs = match (item, self.interface(item), function) {
            (_, Some(interface), None) => &interface.docs,
            (_, Some(interface), Some(name)) => &interface.functions.get(name)?.docs,
            (WorldItem::Function(function), None, None) => &function.docs,
            _ => return None,
        };
        docs.contents.as_deref()
    }

    /// Returns the definition of a type, if it is not a primitive type.
    pub(crate) fn type_of(&self, ty: &Type) -> Option<&TypeDef> {
        match ty {
            Type::Id(id) => self.resolve.types.get(*id),
            _ => None,
        }
    }

    /// Returns the definition of a type, after resolving aliases.
    pub(crate) fn resolved(&self, ty: &Type) -> Option<&TypeDef> {
        let definition = self.type_of(ty)?;
        match &definition.kind {
            TypeDefKind::Type(inner @ Type::Id(_)) => self.resolved(inner),
            _ => Some(definition),
        }
    }

    /// Returns the documentation of the type with this name.
    pub(crate) fn docs_of_type(&self, name: &str) -> Option<&str> {
        self.types_named(name)
            .find_map(|ty| ty.docs.contents.as_deref())
    }

    /// Returns the documentation of a field of a record.
    pub(crate) fn docs_of_field(&self, record: &str, field: &str) -> Option<&str> {
        self.types_named(record).find_map(|ty| match &ty.kind {
            TypeDefKind::Record(record) => {
                let mut fields = record.fields.iter();
                fields
                    .find(|other| other.name == field)?
                    .docs
                    .contents
                    .as_deref()
            }
            _ => None,
        })
    }

    fn types_named(&self, name: &str) -> impl Iterator<Item = &TypeDef> {
        let types = self.resolve.types.iter().map(|(_, ty)| ty);
        types.filter(move |ty| ty.name.as_deref() == Some(name))
    }

    fn world(&self) -> Option<&World> {
        self.resolve.worlds.get(self.world)
    }

    fn find<'a>(&self, items: &'a Items, name: &str) -> Option<&'a WorldItem> {
        items
            .iter()
            .find_map(|(key, item)| (self.resolve.name_world_key(key) == name).then_some(item))
    }

    fn interface(&self, item: &WorldItem) -> Option<&Interface> {
        match item {
            WorldItem::Interface { id, .. } => self.resolve.interfaces.get(*id),
            _ => None,
        }
    }
}

fn inject(resolve: &mut Resolve, package: PackageId, interface: String, docs: Value) -> Option<()> {
    let mut document = vec![DOCUMENTATION];
    let interfaces = Map::from_iter([(interface, docs)]);
    serde_json::to_writer(&mut document, &json!({ "interfaces": interfaces })).ok()?;
    let docs = PackageMetadata::decode(&document).ok()?;
    docs.inject(resolve, package).ok()
}
