//! Parses messages. What is not one gets the error that JSON-RPC 2.0 requires, with the ID
//! of the request if it has one.

use rmcp::model::{ClientJsonRpcMessage, ErrorData, RequestId, ServerJsonRpcMessage};
use serde_json::Value;

/// The methods of requests that this server handles.
pub(crate) const METHODS: [&str; 5] = [
    "initialize",
    "ping",
    "server/discover",
    "tools/call",
    "tools/list",
];

/// What a text is.
pub(crate) enum Parsed {
    Message(Box<ClientJsonRpcMessage>),
    /// A request that is not valid, with the response to it.
    Invalid(Box<ServerJsonRpcMessage>),
    /// A notification or a response that is not valid; there is no response to either.
    Ignored,
}

fn invalid(error: ErrorData, id: Option<RequestId>) -> Parsed {
    Parsed::Invalid(Box::new(ServerJsonRpcMessage::error(error, id)))
}

/// A text that is longer than a message may be.
pub(crate) fn too_long(most: usize) -> ServerJsonRpcMessage {
    let message = format!("The message is longer than {} MiB", most >> 20);
    ServerJsonRpcMessage::error(ErrorData::invalid_request(message, None), None)
}

/// Parses a text.
pub(crate) fn parse(text: &[u8]) -> Parsed {
    let Ok(value) = serde_json::from_slice::<Value>(text) else {
        return invalid(
            ErrorData::parse_error("The message is not JSON", None),
            None,
        );
    };
    let invalid_request =
        |message: &'static str, id| invalid(ErrorData::invalid_request(message, None), id);
    let Value::Object(object) = &value else {
        return invalid_request("A message is an object; there are no batches", None);
    };
    let has_method = object.contains_key("method");
    if !has_method && (object.contains_key("result") || object.contains_key("error")) {
        // A response to a request that was never sent.
        return Parsed::Ignored;
    }
    let id = match object.get("id") {
        None => None,
        Some(Value::String(id)) => Some(RequestId::String(id.as_str().into())),
        Some(id) => match id.as_i64() {
            Some(id) => Some(RequestId::Number(id)),
            None => return invalid_request("An ID is a string or an integer", None),
        },
    };
    if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return invalid_request("jsonrpc is not \"2.0\"", id);
    }
    match object.get("method") {
        Some(Value::String(_)) => {}
        Some(_) => return invalid_request("method is not a string", id),
        None => return invalid_request("method is missing", id),
    }
    match serde_json::from_value(value) {
        Ok(message) => Parsed::Message(Box::new(message)),
        Err(_) if id.is_none() => Parsed::Ignored,
        Err(_) => {
            let error = ErrorData::invalid_params("The parameters do not fit the method", None);
            invalid(error, id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn invalid_requests_get_the_error_that_json_rpc_requires() {
        for (text, code, id) in [
            ("", -32700, json!(null)),
            ("{", -32700, json!(null)),
            ("\u{feff}{}", -32700, json!(null)),
            ("[]", -32600, json!(null)),
            (
                r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
                -32600,
                json!(null),
            ),
            ("1", -32600, json!(null)),
            ("{}", -32600, json!(null)),
            (r#"{"id":1,"method":"ping"}"#, -32600, json!(1)),
            (
                r#"{"jsonrpc":"1.0","id":"a","method":"ping"}"#,
                -32600,
                json!("a"),
            ),
            (r#"{"jsonrpc":"2.0","id":1}"#, -32600, json!(1)),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600, json!(1)),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
                -32600,
                json!(null),
            ),
            (
                r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
                -32600,
                json!(null),
            ),
            (
                r#"{"jsonrpc":"2.0","id":[],"method":"ping"}"#,
                -32600,
                json!(null),
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":7}"#,
                -32602,
                json!(1),
            ),
        ] {
            let Parsed::Invalid(response) = parse(text.as_bytes()) else {
                panic!("{text}");
            };
            let response = serde_json::to_value(response).unwrap();
            assert_eq!(response["error"]["code"], code, "{text}");
            assert_eq!(response["id"], id, "{text} {response}");
        }
        assert!(matches!(parse(b"\xff"), Parsed::Invalid(_)));
        let deep = "[".repeat(100_000);
        assert!(matches!(parse(deep.as_bytes()), Parsed::Invalid(_)));
    }

    #[test]
    fn notifications_and_responses_get_no_error() {
        for text in [
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":{},"error":7}"#,
        ] {
            assert!(matches!(parse(text.as_bytes()), Parsed::Ignored), "{text}");
        }
    }

    #[test]
    fn messages_are_messages() {
        for text in [
            r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":"1","method":"tools/call","params":{"name":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"something/else","params":{}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        ] {
            assert!(
                matches!(parse(text.as_bytes()), Parsed::Message(_)),
                "{text}"
            );
        }
    }
}
