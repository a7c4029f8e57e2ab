//! Describes the contract for programs: JSON Schema 2020-12 of the input, output and errors
//! of each operation, and of the credential. With it a platform can render the form of a
//! step, and validate its input and output.
//!
//! The types, titles and descriptions come from the component. The JSON is Stytch's, as
//! [`json`](crate::contract::json) parses and serializes it.
//!
//! ```
//! let description = stytch_host::Plugin::builder().describe()?;
//! let search = description.operation("search-users").unwrap();
//! assert_eq!(search.title(), "Search Users");
//! let input = serde_json::to_value(search.input())?;
//! assert_eq!(input["properties"]["limit"]["maximum"], 1000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod convert;
mod credential;
mod failure;
mod keywords;
mod operation;
mod prose;
mod samples;

pub use keywords::Schema;
pub use operation::Operation;
pub use samples::Sample;

use super::description::Contract;
use convert::Unknown;
use serde::{Serialize, Serializer};

/// The operations of the contract, with their interfaces.
const OPERATIONS: [(&str, &str); 3] = [
    ("stytch:users/users@0.1.0", "retrieve-user"),
    ("stytch:users/users@0.1.0", "search-users"),
    ("stytch:users/credential@0.1.0", "check"),
];

/// The interface that defines the records.
const TYPES: &str = "stytch:users/types@0.1.0";

/// The inputs and outputs of a component that fits the contract, as JSON.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Description {
    /// The name and version of the contract.
    pub contract: &'static str,
    /// The fields of a credential: an object of the component's configuration keys.
    pub credential: Schema,
    /// The operations, in the order of the contract.
    #[serde(serialize_with = "by_name")]
    pub operations: Vec<Operation>,
}

impl Description {
    /// Returns an operation by its name, such as `search-users`.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        let mut operations = self.operations.iter();
        operations.find(|operation| operation.name() == name)
    }

    /// Reads the description of a component.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are not a component, or not one with this contract.
    pub(crate) fn read(component: &[u8]) -> Result<Self, String> {
        let contract = Contract::read(component)?;
        Self::of(&contract).map_err(|Unknown(name)| {
            format!("its {name} is missing, or does not match the contract")
        })
    }

    fn of(contract: &Contract) -> Result<Self, Unknown> {
        let export = |name: &str| {
            contract
                .export(name)
                .ok_or_else(|| Unknown(name.to_owned()))
        };
        let mut interfaces = vec![export(TYPES)?];
        for (interface, _) in OPERATIONS {
            interfaces.push(export(interface)?);
        }
        let names = convert::names(contract, interfaces.iter().copied());
        let operations = OPERATIONS.iter().map(|(interface, name)| {
            let function = export(interface)?.functions.get(*name);
            let function = function.ok_or_else(|| Unknown((*name).to_owned()))?;
            Operation::of(contract, &names, function)
        });
        Ok(Self {
            contract: "stytch:users@0.1.0",
            credential: credential::fields(),
            operations: operations.collect::<Result<_, _>>()?,
        })
    }
}

fn by_name<S: Serializer>(operations: &[Operation], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(
        operations
            .iter()
            .map(|operation| (operation.name(), operation)),
    )
}
