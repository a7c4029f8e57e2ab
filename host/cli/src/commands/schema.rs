use super::builder;
use crate::args::{Global, Output, Schema};
use crate::error::Usage;
use crate::render::Settings;
use serde::Serialize;
use stytch_host::schema::{self, Description, Operation};

/// Prints what there is to know of all operations, or of one.
pub(super) fn run(global: &Global, args: &Schema) -> anyhow::Result<()> {
    let settings = Settings::of_document(global)?;
    if global.output == Some(Output::Table) {
        return Err(Usage::new("a schema is JSON; it has no table").into());
    }
    let description = builder(global).describe()?;
    let Some(operation) = args.operation else {
        return settings.print_document(&description);
    };
    // Its name is one of the contract's, which the description has all of.
    match description.operation(operation.name()) {
        Some(operation) => settings.print_document(&One::of(&description, operation)),
        None => Ok(()),
    }
}

/// One operation, and what it has in common with the others.
#[derive(Serialize)]
struct One<'a> {
    contract: &'static str,
    #[serde(flatten)]
    operation: &'a Operation,
    credential: &'a schema::Schema,
}

impl<'a> One<'a> {
    fn of(description: &'a Description, operation: &'a Operation) -> Self {
        Self {
            contract: description.contract,
            operation,
            credential: &description.credential,
        }
    }
}
