//! The schemas of the document. The contract's schemas have definitions of their own,
//! which become components.

use crate::problem::Refusal;
use serde_json::{Map, Value, json};
use stytch_host::schema::Description;

/// The prefix of references within a JSON Schema.
const DEFINITIONS: &str = "#/$defs/";
/// The prefix of references within an `OpenAPI` document.
const SCHEMAS: &str = "#/components/schemas/";

/// Schemas by name.
#[derive(Debug, Default)]
pub(super) struct Components(Map<String, Value>);

/// A reference to the component `name`.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("{SCHEMAS}{name}")})
}

impl Components {
    /// Adds a schema and its definitions, and returns the name of its component.
    pub(super) fn add(&mut self, name: &str, mut schema: Value) -> String {
        if let Value::Object(members) = &mut schema {
            members.remove("$schema");
            if let Some(Value::Object(definitions)) = members.remove("$defs") {
                for (name, definition) in definitions {
                    self.insert(&name, definition);
                }
            }
        }
        self.insert(name, schema)
    }

    fn insert(&mut self, name: &str, mut schema: Value) -> String {
        let name = pascal_case(name);
        rename_references(&mut schema);
        self.0.insert(name.clone(), schema);
        name
    }

    /// Adds the schemas of what only this service has.
    pub(super) fn add_own(&mut self, description: &Description) -> Result<(), serde_json::Error> {
        let problem = problem(description)?;
        self.insert("problem", problem);
        self.insert(
            "credential-list",
            json!({
                "type": "object",
                "properties": {"credentials": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "name": {"type": "string"},
                            "environment": {
                                "type": ["string", "null"],
                                "enum": ["test", "live", null],
                                "description": "`null` if the credential is not usable.",
                            },
                            "usable": {
                                "type": "boolean",
                                "description": "Whether the service could read its secret.",
                            },
                        },
                        "required": ["name", "environment", "usable"],
                    },
                }},
                "required": ["credentials"],
            }),
        );
        self.insert(
            "search-end",
            json!({
                "description": "The last line of a search for all users.",
                "type": "object",
                "properties": {"error": reference("Problem"), "receipt": reference("Receipt")},
                "required": ["receipt"],
            }),
        );
        self.insert(
            "user-request",
            json!({
                "description": "A line of input of Retrieve Users.",
                "allOf": [reference("RetrieveUserInput")],
            }),
        );
        self.insert(
            "user-failure",
            json!({
                "description": "A line of output of Retrieve Users for a user that was not retrieved.",
                "type": "object",
                "properties": {
                    "user_id": {"type": ["string", "null"]},
                    "error": reference("Problem"),
                },
                "required": ["user_id", "error"],
            }),
        );
        let count = || json!({"type": "integer", "minimum": 0});
        let total = || json!({"type": ["integer", "null"], "minimum": 0});
        self.insert(
            "receipt",
            json!({
                "description": "What a search has read, and whether it is complete.",
                "type": "object",
                "properties": {
                    "pages": count(),
                    "users": count(),
                    "unique_users": count(),
                    "total_at_start": total(),
                    "total_at_end": total(),
                    "stopped": {"type": "string", "enum": ["end", "max_users", "circle", "early"]},
                    "complete": {"type": "boolean"},
                    "next_cursor": {
                        "type": ["string", "null"],
                        "description": "The cursor to resume from.",
                    },
                },
                "required": ["pages", "users", "unique_users", "total_at_start", "total_at_end",
                    "stopped", "complete", "next_cursor"],
            }),
        );
        Ok(())
    }

    pub(super) fn schemas(self) -> Value {
        Value::Object(self.0)
    }
}

/// The schema of a problem document: RFC 9457's members, and those of the contract's
/// errors.
fn problem(description: &Description) -> Result<Value, serde_json::Error> {
    let mut properties = Map::new();
    for (name, schema) in [
        ("type", json!({"type": "string", "const": "about:blank"})),
        (
            "title",
            json!({"type": "string", "description": "The phrase of the status."}),
        ),
        (
            "status",
            json!({"type": "integer", "minimum": 400, "maximum": 599}),
        ),
        (
            "detail",
            json!({"type": "string", "description": "What failed, for people."}),
        ),
    ] {
        properties.insert(name.to_owned(), schema);
    }
    let check = description.operation("check");
    let error = check.map(|check| serde_json::to_value(check.error()));
    let mut error = error.transpose()?.unwrap_or_default();
    if let Some(Value::Object(members)) = error.pointer_mut("/properties/error/properties") {
        // The detail takes the place of both.
        members.retain(|name, _| name != "message" && name != "hint");
        properties.append(members);
    }
    let codes = properties
        .get_mut("code")
        .and_then(|code| code.get_mut("oneOf"));
    if let Some(Value::Array(codes)) = codes {
        let has = |known: &Value, code: &str| known.get("const").is_some_and(|known| known == code);
        codes.retain(|known| !has(known, "output_failed"));
        for refusal in Refusal::ALL {
            let (code, meaning) = (refusal.code(), refusal.meaning());
            if !codes.iter().any(|known| has(known, code)) {
                codes.push(json!({"const": code, "description": meaning}));
            }
        }
    }
    let required: Vec<_> = properties.keys().cloned().collect();
    Ok(json!({
        "title": "Problem",
        "description": "Why a request failed (RFC 9457).",
        "type": "object",
        "properties": properties,
        "required": required,
    }))
}

/// Makes references to definitions references to components.
fn rename_references(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "$ref" => {
                        if let Some(definition) = text.strip_prefix(DEFINITIONS) {
                            *text = format!("{SCHEMAS}{}", pascal_case(definition));
                        }
                    }
                    value => rename_references(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(rename_references),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn pascal_case(name: &str) -> String {
    let words = name.split(['-', '_']);
    words
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_become_components() {
        let mut components = Components::default();
        let name = components.add(
            "search-users-input",
            json!({
                "$schema": "x",
                "properties": {"a": {"$ref": "#/$defs/created_at_range"}},
                "$defs": {"created_at_range": {"type": "string"}},
            }),
        );
        assert_eq!(name, "SearchUsersInput");
        assert_eq!(
            components.schemas(),
            json!({
                "SearchUsersInput": {
                    "properties": {"a": {"$ref": "#/components/schemas/CreatedAtRange"}},
                },
                "CreatedAtRange": {"type": "string"},
            })
        );
    }
}
