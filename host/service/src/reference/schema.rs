//! Renders JSON schemas.

use super::{inline, json, list, members, prose, text};
use maud::{Markup, html};
use serde_json::Value;

/// Renders a schema that others refer to by its name.
pub(super) fn component(name: &str, schema: &Value) -> Markup {
    let id = format!("schema-{name}");
    html! {
        article aria-labelledby=(id) {
            h3 #(id) { (name) }
            (prose(text(schema, "description")))
            @if !schema["properties"].is_object() && list(&schema["oneOf"]).is_empty() {
                p { (kind(schema)) " " (constraints(schema)) }
            }
            (properties(schema))
            (alternatives(schema))
            @for example in list(&schema["examples"]) {
                details { summary { "Example" } (json(example)) }
            }
        }
    }
}

/// The members of an object.
fn properties(schema: &Value) -> Markup {
    let required = list(&schema["required"]);
    let others = &schema["additionalProperties"];
    html! {
        @if schema["properties"].is_object() {
            .scroll tabindex="0" { table {
                thead { tr { th { "Member" } th { "Type" } th { "Description" } } }
                tbody {
                    @for (name, schema) in members(&schema["properties"]) {
                        tr {
                            th scope="row" {
                                code { (name) }
                                @if required.iter().any(|required| required == name) {
                                    " " small { "required" }
                                }
                            }
                            td { (kind(schema)) " " (constraints(schema)) }
                            td { (prose(text(schema, "description"))) (alternatives(schema)) }
                        }
                    }
                    @if others.is_object() {
                        tr {
                            th scope="row" { "others" }
                            td { (kind(others)) }
                            td { (prose(text(others, "description"))) }
                        }
                    }
                }
            } }
        }
    }
}

/// What a value is one of, if each of that is described.
fn alternatives(schema: &Value) -> Markup {
    let alternatives = list(&schema["oneOf"]);
    html! {
        @if alternatives.iter().any(|schema| schema["description"].is_string()) {
            dl {
                @for schema in alternatives {
                    dt { (alternative(schema)) }
                    dd { (inline(text(schema, "description"))) }
                }
            }
        }
    }
}

/// An object is named by the members that are constant, and has the types of the others.
fn alternative(schema: &Value) -> Markup {
    if !schema["properties"].is_object() {
        return kind(schema);
    }
    html! {
        @for (index, (name, schema)) in members(&schema["properties"]).enumerate() {
            @if index > 0 { ", " }
            code { (name) } ": " (kind(schema))
        }
    }
}

/// The type of a value, with links to the schemas that have a name.
pub(super) fn kind(schema: &Value) -> Markup {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return html! { a href={ "#schema-" (name) } { (name) } };
    }
    if let Some(constant) = schema.get("const") {
        return html! { code { (constant) } };
    }
    for members in ["allOf", "anyOf", "oneOf"] {
        let schemas = list(&schema[members]);
        // Those that are described are listed beside it.
        if !schemas.is_empty() && schema["type"].is_null() {
            return joined(schemas.iter().map(kind));
        }
    }
    let values = list(&schema["enum"]);
    if !values.is_empty() {
        return joined(values.iter().map(|value| html! { code { (value) } }));
    }
    let items = &schema["items"];
    let name = |name: &Value| match name.as_str() {
        Some("array") if items.is_object() => html! { "array of " (kind(items)) },
        Some(name) => html! { (name) },
        None => html! { "any value" },
    };
    match &schema["type"] {
        Value::Array(names) => joined(names.iter().map(name)),
        one => name(one),
    }
}

fn joined(parts: impl Iterator<Item = Markup>) -> Markup {
    html! {
        @for (index, part) in parts.enumerate() {
            @if index > 0 { " or " }
            (part)
        }
    }
}

/// The range, the length, the format and the pattern of a value.
pub(super) fn constraints(schema: &Value) -> Markup {
    let range = |low: &str, high: &str, unit: &str| match (&schema[low], &schema[high]) {
        (Value::Null, Value::Null) => None,
        (low, Value::Null) => Some(format!("at least {low}{unit}")),
        (Value::Null, high) => Some(format!("at most {high}{unit}")),
        (low, high) => Some(format!("{low} to {high}{unit}")),
    };
    let texts = [
        schema["format"].as_str().map(str::to_owned),
        range("minimum", "maximum", ""),
        range("minLength", "maxLength", " characters"),
        range("minItems", "maxItems", " items"),
    ];
    let texts: Vec<_> = texts.into_iter().flatten().collect();
    html! {
        @if !texts.is_empty() { small { (texts.join(", ")) } " " }
        @if let Some(pattern) = schema["pattern"].as_str() { small { code { (pattern) } } }
    }
}
