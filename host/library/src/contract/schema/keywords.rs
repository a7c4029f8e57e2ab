//! The keywords of JSON Schema 2020-12 that describe this contract, in the order in which
//! people read them.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

/// The dialect of JSON Schema.
pub(super) const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A JSON Schema 2020-12.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub(super) dialect: Option<&'static str>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(rename = "$comment", skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Kinds>,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub(super) constant: Option<String>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(super) choices: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) examples: Vec<Value>,
    /// Whether the value is a secret, which is not shown after input.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) write_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Members::is_empty")]
    pub(super) properties: Members,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_properties: Option<Others>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) one_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not: Option<Box<Schema>>,
    #[serde(rename = "$defs", skip_serializing_if = "Members::is_empty")]
    pub(super) definitions: Members,
}

/// The types of a value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Kinds {
    One(&'static str),
    /// A type or `null`.
    OrNull([&'static str; 2]),
}

/// The members of an object that are not listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Others {
    Allowed(bool),
    Of(Box<Schema>),
}

/// Schemas by name, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Members(Vec<(String, Schema)>);

impl Members {
    pub(super) fn add(&mut self, name: impl Into<String>, schema: Schema) {
        self.0.push((name.into(), schema));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.0.len()))?;
        for (name, schema) in &self.0 {
            object.serialize_entry(name, schema)?;
        }
        object.end()
    }
}

impl Schema {
    /// Creates a schema for any value of a type.
    pub(super) fn of(kind: &'static str) -> Self {
        Self {
            kind: Some(Kinds::One(kind)),
            ..Self::default()
        }
    }

    /// Creates a schema for exactly one text.
    pub(super) fn constant(text: impl Into<String>) -> Self {
        Self {
            constant: Some(text.into()),
            ..Self::default()
        }
    }

    /// Creates a reference to a definition.
    pub(super) fn reference(name: &str) -> Self {
        Self {
            reference: Some(format!("#/$defs/{name}")),
            ..Self::default()
        }
    }

    /// Creates a schema for an object that only has the members that are added to it.
    pub(super) fn object() -> Self {
        Self {
            additional_properties: Some(Others::Allowed(false)),
            ..Self::of("object")
        }
    }

    /// Adds an optional member.
    pub(super) fn with(mut self, name: &str, schema: Schema) -> Self {
        self.properties.add(name, schema);
        self
    }

    /// Adds a required member.
    pub(super) fn with_required(mut self, name: &str, schema: Schema) -> Self {
        self.required.push(name.to_owned());
        self.with(name, schema)
    }

    /// Allows `null`, too.
    pub(super) fn or_null(mut self) -> Self {
        match self.kind.take() {
            Some(Kinds::One(kind)) => Self {
                kind: Some(Kinds::OrNull([kind, "null"])),
                ..self
            },
            Some(kind) => Self {
                kind: Some(kind),
                ..self
            },
            // Any value, including `null`.
            None if self == Self::default() => self,
            None => Self {
                any_of: vec![self, Self::of("null")],
                ..Self::default()
            },
        }
    }
}
