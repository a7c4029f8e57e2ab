//! WAVE, the text form of the component model's values, in which the `wasmtime` command
//! line takes arguments and prints results.

use serde_json::{Map, Value, json};
use wasm_wave::ast::{Node, NodeType};
use wasm_wave::untyped::UntypedValue;

/// A call, with Stytch's JSON as its input.
pub(crate) fn call(operation: &str, input: &Value) -> String {
    match operation {
        "retrieve-user" => format!("retrieve-user({})", input["user_id"]),
        "search-users" => format!("search-users({})", request(input)),
        "check" => "check()".to_owned(),
        other => panic!("{other}"),
    }
}

/// Members that are left out are `none`.
fn request(input: &Value) -> String {
    let mut members = Vec::new();
    for name in ["limit", "cursor"] {
        if let Some(value) = input.get(name) {
            members.push(format!("{name}: some({value})"));
        }
    }
    if let Some(query) = input.get("query") {
        let operator = query["operator"].as_str().unwrap().to_lowercase();
        let operands = query["operands"].as_array().unwrap().iter().map(|operand| {
            let name = operand["filter_name"].as_str().unwrap().replace('_', "-");
            format!("{name}({})", operand["filter_value"])
        });
        let operands = operands.collect::<Vec<_>>().join(", ");
        members.push(format!(
            "query: some({{operator: {operator}, operands: [{operands}]}})"
        ));
    }
    // An empty record is written so.
    if members.is_empty() {
        return "{:}".to_owned();
    }
    format!("{{{}}}", members.join(", "))
}

/// A result.
pub(crate) fn outcome(text: &str) -> Value {
    let value = UntypedValue::parse(text).unwrap();
    json(value.node(), value.source())
}

fn json(node: &Node, source: &str) -> Value {
    let payload = |node: Option<&Node>| node.map_or(Value::Null, |node| json(node, source));
    match node.ty() {
        NodeType::BoolTrue => Value::Bool(true),
        NodeType::BoolFalse => Value::Bool(false),
        NodeType::Number => node.as_number::<u64>(source).unwrap().into(),
        NodeType::String | NodeType::MultilineString => node.as_str(source).unwrap().into(),
        NodeType::List => {
            let items = node.as_list().unwrap();
            items.map(|item| json(item, source)).collect()
        }
        NodeType::Record => {
            let members = node.as_record(source).unwrap();
            let members = members.map(|(name, value)| (name.to_owned(), json(value, source)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        NodeType::Label => node.as_enum(source).unwrap().into(),
        NodeType::VariantWithPayload => {
            let (tag, value) = node.as_variant(source).unwrap();
            json!({"tag": tag, "val": payload(value)})
        }
        NodeType::OptionSome | NodeType::OptionNone => payload(node.as_option().unwrap()),
        NodeType::ResultOk | NodeType::ResultErr => match node.as_result().unwrap() {
            Ok(value) => json!({"ok": payload(value)}),
            Err(value) => json!({"err": payload(value)}),
        },
        other => panic!("the contract has no {other:?}"),
    }
}
