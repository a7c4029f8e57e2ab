//! Converts the types of the contract to JSON Schema of Stytch's JSON, as
//! `crate::contract::json` parses and serializes it.

use super::keywords::{Members, Others, Schema};
use super::prose::{Prose, member, title};
use super::samples;
use crate::contract::description::Contract;
use std::collections::BTreeSet;
use wit_parser::{Case, Enum, Field, Interface, Record, Type, TypeDef, TypeDefKind, Variant};

/// Text without control characters, which the component refuses: Stytch's values never
/// contain them.
const TEXT: &str = r"^[^\u0000-\u001F\u007F-\u009F]*$";

/// The form of an RFC 3339 time. The ranges of days and hours are checked by `format`, if a
/// validator asserts it, and by the component.
const TIME: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$";

/// The field for members that the contract does not define.
const EXTRA: &str = "extra";

/// The direction of values: input may omit members, output has all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Input,
    Output,
}

/// A type that cannot be described, since it does not belong to this contract.
#[derive(Debug)]
pub(super) struct Unknown(pub(super) String);

pub(super) type Result<T> = std::result::Result<T, Unknown>;

/// Builds one schema.
pub(super) struct Converter<'a> {
    contract: &'a Contract,
    names: &'a BTreeSet<String>,
    direction: Direction,
    definitions: Members,
}

impl<'a> Converter<'a> {
    pub(super) fn new(
        contract: &'a Contract,
        names: &'a BTreeSet<String>,
        direction: Direction,
    ) -> Self {
        Self {
            contract,
            names,
            direction,
            definitions: Members::default(),
        }
    }

    /// Builds the document, including its definitions.
    pub(super) fn finish(self, schema: Schema) -> Schema {
        Schema {
            dialect: Some(super::keywords::DIALECT),
            definitions: self.definitions,
            ..schema
        }
    }

    /// Converts an argument of a function, or a field.
    pub(super) fn named(&mut self, name: &str, ty: &Type, docs: Option<&str>) -> Result<Schema> {
        let mut schema = self.value(ty)?;
        schema = self.described(schema, name, docs);
        if self.direction == Direction::Input && name == "limit" {
            (schema.minimum, schema.maximum) = (Some(1), Some(1000));
        }
        if self.is_text(ty) {
            schema.examples = samples::of_field(name);
        }
        Ok(schema)
    }

    /// Adds a title and the documentation.
    pub(super) fn described(&self, schema: Schema, name: &str, docs: Option<&str>) -> Schema {
        let prose = Prose::of(docs, self.names);
        Schema {
            title: Some(title(name)),
            description: prose.description,
            comment: prose.source,
            ..schema
        }
    }

    /// Adds the members of a record to an object.
    pub(super) fn members(&mut self, mut object: Schema, record: &Record) -> Result<Schema> {
        for field in &record.fields {
            let Field { name, ty, docs, .. } = field;
            let docs = docs.contents.as_deref();
            if name == EXTRA {
                object.additional_properties = Some(self.others(docs));
                continue;
            }
            let schema = self.named(name, ty, docs)?;
            object = if self.is_needed(ty) {
                object.with_required(&member(name), schema)
            } else {
                object.with(&member(name), schema)
            };
        }
        Ok(object)
    }

    /// Describes the members that the contract does not define.
    pub(super) fn others(&self, docs: Option<&str>) -> Others {
        Others::Of(Box::new(Schema {
            description: Prose::of(docs, self.names).description,
            ..Schema::default()
        }))
    }

    /// Returns whether a value is required: output has every known member.
    fn is_needed(&self, ty: &Type) -> bool {
        let kind = self.type_of(ty).map(|ty| &ty.kind);
        let may_be_absent = matches!(kind, Some(TypeDefKind::Option(_) | TypeDefKind::List(_)));
        self.direction == Direction::Output || !may_be_absent
    }

    pub(super) fn value(&mut self, ty: &Type) -> Result<Schema> {
        Ok(match ty {
            Type::Bool => Schema::of("boolean"),
            Type::U8 => unsigned(u8::MAX.into()),
            Type::U16 => unsigned(u16::MAX.into()),
            Type::U32 => unsigned(u32::MAX.into()),
            Type::U64 => unsigned(u64::MAX),
            Type::S8 | Type::S16 | Type::S32 | Type::S64 => Schema::of("integer"),
            Type::F32 | Type::F64 => Schema::of("number"),
            Type::Char | Type::String => self.text(),
            Type::Id(_) => return self.defined(ty),
            Type::ErrorContext => return Err(Unknown("error-context".to_owned())),
        })
    }

    fn text(&self) -> Schema {
        Schema {
            pattern: (self.direction == Direction::Input).then_some(TEXT),
            ..Schema::of("string")
        }
    }

    fn defined(&mut self, ty: &Type) -> Result<Schema> {
        let contract = self.contract;
        let unknown = || Unknown(format!("{ty:?}"));
        let definition = contract.type_of(ty).ok_or_else(unknown)?;
        let name = definition.name.as_deref().unwrap_or_default();
        match &definition.kind {
            TypeDefKind::Type(inner) => Ok(match name {
                // JSON text, which is serialized as its value.
                "json" => Schema::default(),
                "timestamp" => Schema {
                    format: Some("date-time"),
                    pattern: (self.direction == Direction::Input).then_some(TIME),
                    ..Schema::of("string")
                },
                _ => self.value(inner)?,
            }),
            TypeDefKind::Option(inner) => Ok(self.value(inner)?.or_null()),
            TypeDefKind::List(inner) => {
                let list = Schema {
                    items: Some(Box::new(self.value(inner)?)),
                    ..Schema::of("array")
                };
                Ok(match self.direction {
                    Direction::Input if self.is_operands(inner) => list.or_null(),
                    _ => list,
                })
            }
            TypeDefKind::Record(record) => self.define(definition, |converter| {
                converter.members(Schema::object(), record)
            }),
            TypeDefKind::Enum(cases) => Ok(self.choices(name, cases)),
            TypeDefKind::Variant(filters) if name == "filter" => {
                self.define(definition, |converter| converter.filter(filters))
            }
            _ => Err(Unknown(name.to_owned())),
        }
    }

    /// A list of filters may be absent or `null`, which means no filters. A list that is the
    /// value of a filter may not.
    fn is_operands(&self, item: &Type) -> bool {
        let definition = self.contract.type_of(item);
        definition.is_some_and(|ty| matches!(ty.kind, TypeDefKind::Variant(_)))
    }

    /// Adds a schema to the definitions, and returns a reference to it.
    fn define(
        &mut self,
        definition: &TypeDef,
        schema: impl FnOnce(&mut Self) -> Result<Schema>,
    ) -> Result<Schema> {
        let name = definition.name.as_deref().unwrap_or_default();
        let key = member(name);
        if !self.definitions.has(&key) {
            let schema = schema(self)?;
            let docs = definition.docs.contents.as_deref();
            let schema = self.described(schema, name, docs);
            self.definitions.add(key.clone(), schema);
        }
        Ok(Schema::reference(&key))
    }

    fn choices(&self, name: &str, cases: &Enum) -> Schema {
        let choices = cases.cases.iter().map(|case| {
            // Stytch's operators are in upper case.
            let text = match name {
                "operator" => case.name.to_ascii_uppercase(),
                _ => member(&case.name),
            };
            let docs = case.docs.contents.as_deref();
            let choice = self.described(Schema::constant(text), &case.name, docs);
            Schema {
                title: None,
                ..choice
            }
        });
        Schema {
            one_of: choices.collect(),
            ..Schema::of("string")
        }
    }

    /// A filter is a pair of a name and a value; the name determines the type of the value.
    fn filter(&mut self, filters: &Variant) -> Result<Schema> {
        let known: Vec<_> = filters
            .cases
            .iter()
            .filter(|case| !is_other(case))
            .collect();
        let mut choices = Vec::new();
        for case in &filters.cases {
            let Some(ty) = &case.ty else {
                return Err(Unknown(case.name.clone()));
            };
            let docs = case.docs.contents.as_deref();
            let pair = if is_other(case) {
                let Some(TypeDefKind::Record(pair)) = self.type_of(ty).map(|ty| &ty.kind) else {
                    return Err(Unknown(case.name.clone()));
                };
                self.other_filter(pair, &known)?
            } else {
                let mut value = self.value(ty)?;
                if self.is_text(ty) {
                    value.examples = samples::of_filter(&case.name);
                }
                Schema::object()
                    .with_required("filter_name", Schema::constant(member(&case.name)))
                    .with_required("filter_value", value)
            };
            choices.push(self.described(pair, &case.name, docs));
        }
        Ok(Schema {
            one_of: choices,
            ..Schema::default()
        })
    }

    fn other_filter(&mut self, pair: &Record, known: &[&Case]) -> Result<Schema> {
        let mut object = Schema::object();
        for Field { name, ty, docs, .. } in &pair.fields {
            let mut schema = self.named(name, ty, docs.contents.as_deref())?;
            if name == "filter-name" {
                schema.min_length = Some(1);
                schema.not = Some(Box::new(Schema {
                    choices: known.iter().map(|case| member(&case.name)).collect(),
                    ..Schema::default()
                }));
            }
            object = object.with_required(&member(name), schema);
        }
        Ok(object)
    }

    /// Returns whether a type is a string, including aliases and optional strings.
    fn is_text(&self, ty: &Type) -> bool {
        let name = self.contract.type_of(ty).and_then(|ty| ty.name.as_deref());
        match self.type_of(ty).map(|ty| &ty.kind) {
            None => matches!(ty, Type::String),
            Some(TypeDefKind::Type(inner)) => name != Some("json") && self.is_text(inner),
            Some(TypeDefKind::Option(inner) | TypeDefKind::List(inner)) => self.is_text(inner),
            Some(_) => false,
        }
    }

    fn type_of(&self, ty: &Type) -> Option<&'a TypeDef> {
        self.contract.type_of(ty)
    }
}

fn is_other(case: &Case) -> bool {
    case.name == "other"
}

fn unsigned(maximum: u64) -> Schema {
    Schema {
        minimum: Some(0),
        maximum: Some(maximum),
        ..Schema::of("integer")
    }
}

/// The names of fields, cases and arguments in documentation, which differ in JSON.
pub(super) fn names<'a>(
    contract: &Contract,
    interfaces: impl IntoIterator<Item = &'a Interface>,
) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for interface in interfaces {
        let functions = interface.functions.values();
        let arguments = functions.flat_map(|function| &function.params);
        names.extend(arguments.map(|argument| argument.name.clone()));
        for id in interface.types.values() {
            match contract.type_of(&Type::Id(*id)).map(|ty| &ty.kind) {
                Some(TypeDefKind::Record(record)) => {
                    names.extend(record.fields.iter().map(|field| field.name.clone()));
                }
                Some(TypeDefKind::Variant(variant)) => {
                    names.extend(variant.cases.iter().map(|case| case.name.clone()));
                }
                _ => {}
            }
        }
    }
    names
}
