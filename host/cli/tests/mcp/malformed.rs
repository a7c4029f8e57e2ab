//! Messages that are none.

use crate::client::Client;
use fastrand::Rng;
use serde_json::{Value, json};

/// A message, and whether JSON-RPC requires a response.
struct Message {
    bytes: Vec<u8>,
    /// The ID that the error must have; `None` if there is no response.
    error: Option<Value>,
}

/// Text that is not JSON.
fn garbage(random: &mut Rng) -> Message {
    let length = random.usize(1..200);
    let mut bytes: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
    bytes.retain(|byte| !matches!(byte, b'\n' | b'\r' | b' ' | b'\t' | 0x0b | 0x0c));
    // Neither a number nor nothing at all.
    bytes.insert(0, b'{');
    bytes.push(b'"');
    Message {
        bytes,
        error: Some(json!(null)),
    }
}

/// Part of a valid request.
fn truncated(random: &mut Rng, id: u64) -> Message {
    let whole = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
        "params": {"name": "search_users", "arguments": {"limit": 1}}});
    let whole = whole.to_string();
    Message {
        bytes: whole.as_bytes()[..random.usize(1..whole.len())].to_vec(),
        error: Some(json!(null)),
    }
}

/// JSON that is not a message.
fn value(random: &mut Rng, depth: u32) -> Value {
    match random.u32(..if depth == 0 { 5 } else { 7 }) {
        0 => json!(null),
        1 => json!(random.bool()),
        2 => json!(random.i64(..)),
        3 => json!(random.f64() * 1e9),
        4 => json!(text(random)),
        5 => (0..random.usize(..4))
            .map(|_| value(random, depth - 1))
            .collect(),
        _ => (0..random.usize(..4))
            .map(|_| (text(random), value(random, depth - 1)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

fn text(random: &mut Rng) -> String {
    let words = [
        "",
        "jsonrpc",
        "id",
        "params",
        "name",
        "2.0",
        "tools/call",
        "é",
        "\u{0}",
        "\u{202e}",
        "initialize",
        "_meta",
        "progressToken",
    ];
    words[random.usize(..words.len())].to_owned()
}

/// A request with one part that is wrong.
fn request(random: &mut Rng, id: u64) -> Message {
    let mut message = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
        "params": {"name": "search_users", "arguments": {"limit": 1}}});
    let mut error = json!(id);
    match random.u32(..7) {
        0 => message["jsonrpc"] = json!("1.0"),
        1 => message["method"] = json!(random.i32(..)),
        2 => message["params"] = json!(random.bool()),
        3 => message["params"] = json!([value(random, 2)]),
        4 => message["params"]["name"] = json!(text(random) + "!"),
        5 => message["method"] = json!(text(random) + "?"),
        _ => {
            message["id"] = json!([id]);
            error = json!(null);
        }
    }
    Message {
        bytes: message.to_string().into_bytes(),
        error: Some(error),
    }
}

fn message(random: &mut Rng, id: u64) -> Message {
    match random.u32(..6) {
        0 => garbage(random),
        1 => truncated(random, id),
        2 | 3 => request(random, id),
        4 => {
            // Not an object, or one without a method.
            let value = value(random, 3);
            let is_response = value.get("result").is_some() || value.get("error").is_some();
            let id = match value.get("id") {
                Some(id) if id.is_string() || id.is_i64() => id.clone(),
                _ => json!(null),
            };
            Message {
                bytes: value.to_string().into_bytes(),
                error: (!is_response).then_some(id),
            }
        }
        _ => Message {
            bytes: json!({"jsonrpc": "2.0", "method": text(random), "params": value(random, 2)})
                .to_string()
                .into_bytes(),
            error: None,
        },
    }
}

#[test]
fn a_thousand_random_messages_get_their_errors_and_do_no_harm() {
    let mut random = Rng::with_seed(17);
    let mut client = Client::start(&["--emulator"], &[], &[]);
    let (mut errors, mut silent) = (0, 0);
    for id in 1_000_000..1_001_000 {
        // Half of them before there is a session.
        if id == 1_000_500 {
            client.initialize();
        }
        let message = message(&mut random, id);
        let text = String::from_utf8_lossy(&message.bytes).into_owned();
        client.send_bytes(&message.bytes);
        client.send_bytes(b"\n");
        if let Some(expected) = message.error {
            let response = client.message();
            let code = response["error"]["code"].as_i64();
            let codes = [-32700, -32600, -32601, -32602];
            assert!(
                code.is_some_and(|code| codes.contains(&code)),
                "{text} {response}"
            );
            assert_eq!(response["id"], expected, "{text} {response}");
            errors += 1;
        } else {
            silent += 1;
        }
    }
    assert!(errors > 700 && silent > 100, "{errors} {silent}");
    // Whatever had no response got none late, and all still works.
    let user = client.structured("retrieve_user", json!({"user_id": "ada.lovelace"}));
    assert_eq!(user["name"]["first_name"], "Ada");
    client.close();
    let (status, rest) = client.wait();
    assert_eq!((status.code(), rest.len()), (Some(0), 0));
}

#[test]
fn a_message_that_is_too_long_is_dropped_as_it_comes() {
    let mut client = Client::emulated(&[]);
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..32 {
        client.send_bytes(&chunk);
    }
    client.send_bytes(b"\n");
    let response = client.message();
    assert_eq!(response["error"]["code"], -32600, "{response}");
    assert_eq!(client.request("ping", json!({}))["result"], json!({}));
}
