use super::builder;
use crate::args::{Global, Output, Schema};
use crate::error::Usage;
use crate::render::Settings;
use serde::Serialize;
use stytch_host::schema::{self, Description, Operation};

/// Prints the schema of all operations, or of one.
pub(super) fn run(global: &Global, args: &Schema) -> anyhow::Result<()> {
    let settings = Settings::of_document(global)?;
    if global.output == Some(Output::Table) {
        return Err(Usage::new("a schema is JSON, and cannot be printed as a table").into());
    }
    let description = builder(global).describe()?;
    let Some(operation) = args.operation else {
        return settings.print_document(&description);
    };
    // Always found: the description has every operation of the contract.
    match description.operation(operation.name()) {
        Some(operation) => settings.print_document(&OperationSchema::of(&description, operation)),
        None => Ok(()),
    }
}

/// One operation, with the parts that all operations share.
#[derive(Serialize)]
struct OperationSchema<'a> {
    contract: &'static str,
    #[serde(flatten)]
    operation: &'a Operation,
    credential: &'a schema::Schema,
}

impl<'a> OperationSchema<'a> {
    fn of(description: &'a Description, operation: &'a Operation) -> Self {
        Self {
            contract: description.contract,
            operation,
            credential: &description.credential,
        }
    }
}
