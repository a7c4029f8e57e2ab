//! One operation: what it takes, and what it answers.

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
    /// Its name, such as `search-users`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name for people, such as `Search Users`.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it does, a paragraph a line; `None` when the component does not say.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The JSON that it takes.
    pub fn input(&self) -> &Schema {
        &self.input
    }

    /// The JSON that it answers with.
    pub fn output(&self) -> &Schema {
        &self.output
    }

    /// The JSON of its failures, as the command line prints it.
    pub fn error(&self) -> &Schema {
        &self.error
    }

    /// Inputs to try it with, which the emulator answers.
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

/// The arguments, as members of one object; a record that is the only one is that
/// object itself.
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
        // What is to be said of an argument is said of the type of its name.
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

/// As Stytch answers, where that is not how the contract has it.
fn output(mut converter: Converter, contract: &Contract, answer: &Type) -> Result<Schema> {
    let definition = contract.resolved(answer);
    let name = definition
        .and_then(|ty| ty.name.as_deref())
        .unwrap_or_default();
    let (record, docs) = record(contract, answer).ok_or_else(|| Unknown(name.to_owned()))?;
    let object = match name {
        // The user's members are beside the request's ID.
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
        // The users are `results`, and what is to be known of them is apart.
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
