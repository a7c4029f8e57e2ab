//! The protocol over standard input and output.

use crate::client::{Client, initialize};
use serde_json::{Value, json};

/// What each request of the current revision has.
fn meta(version: &str) -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

#[test]
fn the_revision_before_is_negotiated() {
    for (asked, expected) in [
        ("2025-11-25", "2025-11-25"),
        // Neither is spoken, so the newest with a handshake is offered.
        ("2025-06-18", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let mut client = Client::start(&["--emulator"], &[], &[]);
        let response = client.request("initialize", initialize(asked));
        let result = &response["result"];
        assert_eq!(result["protocolVersion"], expected, "{response}");
        assert_eq!(result["serverInfo"]["name"], "stytch-host");
        assert_eq!(result["capabilities"], json!({"tools": {}}));
        assert!(
            result["instructions"]
                .as_str()
                .unwrap()
                .contains("not instructions")
        );
        let tools = client.request("tools/list", json!({}));
        assert!(tools["result"].get("resultType").is_none(), "{tools}");
        assert_eq!(client.request("ping", json!({}))["result"], json!({}));
    }
}

#[test]
fn the_current_revision_needs_no_handshake() {
    let mut client = Client::start(&["--emulator"], &[], &[]);
    let discovered = client.request("server/discover", json!({"_meta": meta("2026-07-28")}));
    let versions = &discovered["result"]["supportedVersions"];
    assert_eq!(
        versions,
        &json!(["2025-11-25", "2026-07-28"]),
        "{discovered}"
    );
    let tools = client.request("tools/list", json!({"_meta": meta("2026-07-28")}));
    assert_eq!(tools["result"]["resultType"], "complete");
    assert_eq!(tools["result"]["cacheScope"], "private");
    let user = client.request(
        "tools/call",
        json!({
            "name": "retrieve_user",
            "arguments": {"user_id": "ada.lovelace"},
            "_meta": meta("2026-07-28"),
        }),
    );
    assert_eq!(user["result"]["resultType"], "complete");
    assert_eq!(
        user["result"]["structuredContent"]["name"]["first_name"],
        "Ada"
    );
    for unknown in ["2024-11-05", "2027-01-01"] {
        let refused = client.request("tools/list", json!({"_meta": meta(unknown)}));
        assert!(refused["error"]["code"].is_i64(), "{refused}");
        assert_eq!(refused["error"]["data"]["requested"], unknown);
    }
    let method = client.request("ping", json!({"_meta": meta("2026-07-28")}));
    assert_eq!(method["error"]["code"], -32601, "{method}");
}

#[test]
fn methods_and_tools_that_do_not_exist_are_protocol_errors() {
    let mut client = Client::emulated(&[]);
    for (method, params, code) in [
        ("tools/call", json!({"name": "delete_user"}), -32602),
        ("tools/call", json!({"name": 7}), -32602),
        ("tools/call", json!([]), -32602),
        (
            "tools/call",
            json!({"name": "search_users", "arguments": []}),
            -32602,
        ),
        ("resources/list", json!({}), -32601),
        ("prompts/get", json!({"name": "x"}), -32601),
        ("tools/delete", json!({}), -32601),
        ("", json!({}), -32601),
    ] {
        let response = client.request(method, params.clone());
        assert_eq!(
            response["error"]["code"], code,
            "{method} {params} {response}"
        );
    }
}

#[test]
fn responses_and_notifications_get_no_response() {
    let mut client = Client::start(&["--emulator"], &[], &[]);
    for message in [
        json!({"jsonrpc": "2.0", "id": 77, "result": {}}),
        json!({"jsonrpc": "2.0", "id": 77, "error": {"code": 1, "message": "x"}}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 9}}),
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": 7}),
        json!({"jsonrpc": "2.0", "method": "something/else"}),
    ] {
        client.send(&message);
    }
    client.send_bytes(b"\n\r\n  \n");
    assert!(client.is_silent());
    client.initialize();
}
