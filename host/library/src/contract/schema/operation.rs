//! Describes the input and output of an operation.

use super::convert::{Converter, Direction, Result, Unknown};
use super::failure;
use super::keywords::Schema;
use super::prose::{Prose, member, title};
use super::samples::{Sample, samples};
use crate::contract::description::Contract;
use serde::Serialize;
use std::collections::BTreeSet;
use wit_parser::{Function, Record, Type, TypeDefKind};

/// An operation of the contract.
#[derive(Debug, Clone, Serialize)]
pub struct Operation {
    #[serde(rename = "operation")]
    name: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "$comment", skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    input: Schema,
    output: Schema,
    error: Schema,
    samples: &'static [Sample],
}

impl Operation {
    /// Returns its name, such as `search-users`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its title, such as `Search Users`.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns its description, with one line for each paragraph; `None` if the component
    /// has none.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the schema of its input.
    pub fn input(&self) -> &Schema {
        &self.input
    }

    /// Returns the schema of its output.
    pub fn output(&self) -> &Schema {
        &self.output
    }

    /// Returns the schema of its errors, as the command line prints them.
    pub fn error(&self) -> &Schema {
        &self.error
    }

    /// Returns sample inputs, which work with the emulator.
    pub fn samples(&self) -> &[Sample] {
        self.samples
    }

    pub(super) fn of(
        contract: &Contract,
        names: &BTreeSet<String>,
        function: &Function,
    ) -> Result<Self> {
        let prose = Prose::of(function.docs.contents.as_deref(), names);
        let result = function.result.as_ref().and_then(|ty| contract.type_of(ty));
        let Some(TypeDefKind::Result(result)) = result.map(|ty| &ty.kind) else {
            return Err(Unknown(function.name.clone()));
        };
        let (Some(answer), Some(error)) = (&result.ok, &result.err) else {
            return Err(Unknown(function.name.clone()));
        };
        Ok(Self {
            name: function.name.clone(),
            title: title(&function.name),
            description: prose.description,
            source: prose.source,
            input: input(
                Converter::new(contract, names, Direction::Input),
                contract,
                function,
            )?,
            output: output(
                Converter::new(contract, names, Direction::Output),
                contract,
                answer,
            )?,
            error: failure::error(
                Converter::new(contract, names, Direction::Output),
                contract,
                error,
            )?,
            samples: samples(&function.name),
        })
    }
}

/// Describes the arguments as members of one object. If the only argument is a record, it
/// is that object itself.
fn input(mut converter: Converter, contract: &Contract, function: &Function) -> Result<Schema> {
    if let [argument] = function.params.as_slice()
        && let Some((record, docs)) = record(contract, &argument.ty)
    {
        let object = converter.members(Schema::object(), record)?;
        let object = converter.described(object, &function.name, docs);
        return Ok(converter.finish(object));
    }
    let mut object = Schema::object();
    for argument in &function.params {
        // The documentation of an argument is that of the type with its name.
        let docs = contract.docs_of_type(&argument.name);
        let mut schema = converter.named(&argument.name, &argument.ty, docs)?;
        if argument.name == "user-id" {
            schema.pattern = Some("^[A-Za-z0-9._|-]+$");
            (schema.min_length, schema.max_length) = (Some(1), Some(128));
            schema.not = Some(Box::new(Schema {
                choices: vec![".".to_owned(), "..".to_owned()],
                ..Schema::default()
            }));
        }
        object = object.with_required(&member(&argument.name), schema);
    }
    let object = converter.described(object, &function.name, None);
    Ok(converter.finish(object))
}

/// Describes the output in the form of Stytch's response, where the contract differs.
fn output(mut converter: Converter, contract: &Contract, answer: &Type) -> Result<Schema> {
    let definition = contract.resolved(answer);
    let name = definition
        .and_then(|ty| ty.name.as_deref())
        .unwrap_or_default();
    let (record, docs) = record(contract, answer).ok_or_else(|| Unknown(name.to_owned()))?;
    let object = match name {
        // The user's members are next to the request ID.
        "retrieved-user" => {
            let mut object = Schema::object();
            for field in &record.fields {
                if let Some((user, _)) = self::record(contract, &field.ty) {
                    object = converter.members(object, user)?;
                } else {
                    let docs = field.docs.contents.as_deref();
                    let schema = converter.named(&field.name, &field.ty, docs)?;
                    object = object.with_required(&member(&field.name), schema);
                }
            }
            object
        }
        // The users are `results`, and their metadata is separate.
        "search-page" => {
            let (mut object, mut metadata) = (Schema::object(), Schema::object());
            for field in &record.fields {
                let docs = field.docs.contents.as_deref();
                let name = match field.name.as_str() {
                    "users" => "results",
                    "results-metadata-extra" => {
                        metadata.additional_properties = Some(converter.others(docs));
                        continue;
                    }
                    "extra" => {
                        object.additional_properties = Some(converter.others(docs));
                        continue;
                    }
                    name => name,
                };
                let schema = converter.named(name, &field.ty, docs)?;
                match name {
                    "total" | "next-cursor" => {
                        metadata = metadata.with_required(&member(name), schema);
                    }
                    _ => object = object.with_required(&member(name), schema),
                }
            }
            let metadata = converter.described(metadata, "results-metadata", None);
            object.with_required("results_metadata", metadata)
        }
        _ => converter.members(Schema::object(), record)?,
    };
    let object = converter.described(object, name, docs);
    Ok(converter.finish(object))
}

fn record<'a>(contract: &'a Contract, ty: &Type) -> Option<(&'a Record, Option<&'a str>)> {
    let definition = contract.resolved(ty)?;
    match &definition.kind {
        TypeDefKind::Record(record) => Some((record, definition.docs.contents.as_deref())),
        _ => None,
    }
}
