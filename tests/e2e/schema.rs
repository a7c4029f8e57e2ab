//! The schemas of the contract, compared with what is accepted and returned.

mod inputs;
mod outputs;
mod texts;

use crate::builder;
use boon::{Compiler, Schemas};
use serde_json::Value;
use std::sync::OnceLock;
use stytch_host::schema::{Description, Schema};

fn description() -> &'static Description {
    static DESCRIPTION: OnceLock<Description> = OnceLock::new();
    DESCRIPTION.get_or_init(|| builder().describe().unwrap())
}

/// Checks whether a value fits a schema, and why not.
fn fits(schema: &Schema) -> impl Fn(&Value) -> Result<(), String> + use<> {
    let mut compiler = Compiler::new();
    let document = serde_json::to_value(schema).unwrap();
    compiler.add_resource("schema.json", document).unwrap();
    let mut schemas = Schemas::new();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    move |value| {
        let validated = schemas.validate(value, index);
        validated.map_err(|error| format!("{error:#}"))
    }
}

fn input(operation: &str) -> &'static Schema {
    description().operation(operation).unwrap().input()
}

fn output(operation: &str) -> &'static Schema {
    description().operation(operation).unwrap().output()
}

fn value(text: &impl serde::Serialize) -> Value {
    serde_json::to_value(text).unwrap()
}

/// The positions of all values in a document, as JSON Pointers.
fn pointers(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(member, format!("{at}/{name}"), places);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
    places.push(at);
}
