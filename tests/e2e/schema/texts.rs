//! The titles and descriptions in the schemas.

use super::{description, pointers, value};
use crate::builder;
use serde_json::Value;
use stytch_host::{COMPONENT, Error};

/// For every input of a form, and every output.
#[test]
fn everything_has_a_title_and_a_description() {
    let mut named = 0;
    for operation in &description().operations {
        assert!(operation.description().is_some());
        for schema in [operation.input(), operation.output(), operation.error()] {
            let schema = value(schema);
            let mut places = Vec::new();
            pointers(&schema, String::new(), &mut places);
            for place in places {
                let Some((parent, name)) = place.rsplit_once('/') else {
                    continue;
                };
                if !parent.ends_with("/properties") || name.starts_with("filter_") {
                    continue;
                }
                let member = schema.pointer(&place).unwrap();
                assert!(member["title"].is_string(), "{place}: {member}");
                let needs_none = name == "results_metadata";
                assert!(
                    member["description"].is_string() || needs_none,
                    "{place}: {member}"
                );
                named += 1;
            }
        }
    }
    assert!(named > 140, "{named}");
}

#[test]
fn descriptions_use_json_terms() {
    let text = serde_json::to_string(description()).unwrap();
    for term in [
        "`none`",
        "`next-cursor`",
        "`retry-after-ms`",
        "`error-type`",
        "---",
    ] {
        assert!(!text.contains(term), "{term}");
    }
    for term in [
        "`null`",
        "`next_cursor`",
        "`retry_after_ms`",
        "`cross-platform`",
    ] {
        assert!(text.contains(term), "{term}");
    }
}

#[test]
fn without_documentation_the_schemas_differ_only_in_texts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bare.wasm");
    std::fs::write(&path, crate::contract::with_sections(&[])).unwrap();
    let bare = builder().component_file(&path).describe().unwrap();
    for (bare, operation) in bare.operations.iter().zip(&description().operations) {
        assert_eq!(bare.title(), operation.title());
        assert_eq!(bare.description(), None);
        for (bare, schema) in [
            (bare.input(), operation.input()),
            (bare.output(), operation.output()),
        ] {
            assert_eq!(without_texts(value(bare)), without_texts(value(schema)));
        }
    }
    let bytes = &COMPONENT[..COMPONENT.len() / 2];
    std::fs::write(&path, bytes).unwrap();
    let error = builder().component_file(&path).describe().unwrap_err();
    assert!(matches!(error, Error::Load(_)), "{error:?}");
    std::fs::write(&path, b"\0asm\x0d\0\x01\0").unwrap();
    let error = builder().component_file(&path).describe().unwrap_err();
    assert!(
        error.to_string().contains("stytch:users/types@0.1.0"),
        "{error}"
    );
}

fn without_texts(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(members) => {
            // A property with this name is an object.
            members.retain(|name, value| {
                !(["description", "$comment"].contains(&name.as_str()) && value.is_string())
                    && name != "examples"
            });
            for member in members.values_mut() {
                *member = without_texts(member.take());
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = without_texts(item.take());
            }
        }
        _ => {}
    }
    schema
}
