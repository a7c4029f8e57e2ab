//! The contract's values, as each host spells them → Stytch's JSON, as this project's
//! own host prints it.

use serde_json::{Map, Value, json};

/// What an operation came to, without what only a host can know of it.
pub(crate) fn as_stytch(outcome: &Value) -> Value {
    match (outcome.get("ok"), outcome.get("err")) {
        (Some(value), None) => without_nulls(&answer(&members(value))),
        (None, Some(error)) => without_nulls(&json!({"error": failure(&members(error))})),
        _ => panic!("neither ok nor err: {outcome}"),
    }
}

/// Stytch's names, which hosts spell in kebab or camel case, and JSON for the texts
/// that are JSON.
fn members(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(members).collect(),
        Value::Object(object) => {
            let mut found = Map::new();
            for (name, value) in object {
                let name = snake(name);
                match (name.as_str(), value) {
                    ("extra", Value::String(text)) => {
                        let extra: Map<String, Value> = serde_json::from_str(text).unwrap();
                        found.extend(extra);
                    }
                    ("extra" | "results_metadata_extra", Value::Null) => {}
                    (
                        "trusted_metadata"
                        | "untrusted_metadata"
                        | "details"
                        | "results_metadata_extra",
                        Value::String(text),
                    ) => {
                        found.insert(name, serde_json::from_str(text).unwrap());
                    }
                    _ => {
                        found.insert(name, members(value));
                    }
                }
            }
            Value::Object(found)
        }
        other => other.clone(),
    }
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        match letter {
            '-' => snake.push('_'),
            'A'..='Z' => snake.extend(['_', letter.to_ascii_lowercase()]),
            other => snake.push(other),
        }
    }
    snake
}

fn answer(value: &Value) -> Value {
    if value.get("users").is_some() {
        let mut page = value.as_object().unwrap().clone();
        let mut take = |name| page.remove(name).unwrap_or_default();
        let (users, total, cursor) = (take("users"), take("total"), take("next_cursor"));
        let mut metadata = json!({"total": total, "next_cursor": cursor});
        if let Value::Object(extra) = take("results_metadata_extra") {
            metadata.as_object_mut().unwrap().extend(extra);
        }
        page.insert("results".into(), users);
        page.insert("results_metadata".into(), metadata);
        return Value::Object(page);
    }
    if let Some(user) = value.get("user") {
        let mut user = user.as_object().unwrap().clone();
        user.insert("request_id".into(), value["request_id"].clone());
        return Value::Object(user);
    }
    value.clone()
}

/// An error, with what its case says beside Stytch's own members.
fn failure(error: &Value) -> Value {
    let case = &error["val"];
    let said = ["message", "reason", "field", "key"].map(|name| &case[name]);
    let said: Vec<_> = said.into_iter().filter_map(Value::as_str).collect();
    json!({
        "code": snake(error["tag"].as_str().unwrap()),
        "status_code": case["status"],
        "error_type": case["error_type"],
        "request_id": case["request_id"],
        "error_url": case["error_url"],
        "error_details": case["details"],
        "retry_after_ms": case["retry_after_ms"],
        "said": said,
    })
}

/// `none` is `null` to this project's host, and to others a member that is missing.
pub(crate) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Object(object) => {
            let kept = object.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name.clone(), without_nulls(value)))
                .collect()
        }
        other => other.clone(),
    }
}
