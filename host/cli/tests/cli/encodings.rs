//! Text encodings of Windows, Excel and PowerShell.

use crate::credential::list;
use crate::{
    HUSH, Served, assert_no_secret, assert_refused, at_with_stdin, cli, emulated, json, json_error,
    stderr,
};
use std::fs;
use std::path::Path;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, ScriptedServer};

const QUERY: &str =
    r#"{"operator":"AND","operands":[{"filter_name":"status","filter_value":"pending"}]}"#;

/// The text in UTF-8 with a byte-order mark, and in UTF-16.
fn encoded(text: &str) -> (Vec<u8>, Vec<u8>) {
    let utf_16 = text.encode_utf16().flat_map(u16::to_le_bytes);
    let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    (marked, [0xff, 0xfe].into_iter().chain(utf_16).collect())
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn json_may_have_a_byte_order_mark_but_not_utf_16() {
    let folder = tempfile::tempdir().unwrap();
    let query = encoded(QUERY);
    let input = encoded(r#"{"limit":1}"#);
    for (text, args) in [
        (&query, &["search-users", "--query"][..]),
        (&input, &["invoke", "search-users"]),
    ] {
        let marked = file(folder.path(), "marked.json", &text.0);
        let argument = format!("@{marked}");
        let output = emulated(&[args, &[&argument, "--output", "json"]].concat());
        assert!(!json(&output)["results"].as_array().unwrap().is_empty());
        let utf_16 = file(folder.path(), "utf-16.json", &text.1);
        let argument = format!("@{utf_16}");
        let output = emulated(&[args, &[&argument, "--output", "json"]].concat());
        assert_refused(&output, "UTF-16 text, but UTF-8 is expected");
    }
}

#[test]
fn lists_of_ids_may_have_a_byte_order_mark_but_not_utf_16() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], r#"{"user_id":"u"}"#));
    let args = ["retrieve-user", "-", "--output", "json"];
    let output = at_with_stdin(&server.base_url(), &args, "\u{feff}my-own-id\r\n");
    assert_eq!(json(&output)[0]["user_id"], "u");
    let request = server.request();
    assert!(request.starts_with("GET /v1/users/my-own-id "), "{request}");

    for (bytes, expected) in [
        (
            encoded("my-own-id\r\nother\r\n").1,
            "standard input is UTF-16 text",
        ),
        (b"m\0y\0\n\0".to_vec(), "standard input is UTF-16 text"),
        (b"my-\xe9\n".to_vec(), "standard input is not UTF-8 text"),
    ] {
        let list = tempfile::NamedTempFile::new().unwrap();
        fs::write(list.path(), bytes).unwrap();
        let cli = cli();
        let mut command = cli.command(&["--emulator", "retrieve-user", "-", "--output", "json"]);
        let output = command
            .stdin(fs::File::open(list.path()).unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

#[test]
fn loaded_users_may_have_a_byte_order_mark_but_not_utf_16() {
    let folder = tempfile::tempdir().unwrap();
    let (marked, utf_16) = encoded(r#"[{"user_id":"u"}]"#);
    let served = Served::start(&["--load", &file(folder.path(), "users.json", &marked)]);
    assert_eq!(
        json(&served.run(&["retrieve-user", "u", "--output", "json"]))["user_id"],
        "u"
    );
    let path = file(folder.path(), "utf-16.json", &utf_16);
    let output = cli().run(&["emulator", "--listen", "127.0.0.1:0", "--load", &path]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("it is UTF-16 text"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn secrets_and_certificates_may_have_a_byte_order_mark() {
    let cli = cli();
    let args = [
        "credential",
        "add",
        "acme",
        "--project-id",
        PROJECT_ID,
        "--no-test",
        "--store",
        "file",
    ];
    let output = cli.run_with(&args, &[], &format!("\u{feff}{HUSH}\r\n"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_no_secret(&output);
    assert_eq!(list(&cli)[0]["name"], "acme");

    let folder = tempfile::tempdir().unwrap();
    let pem = rcgen::generate_simple_self_signed(["example.com".to_owned()])
        .unwrap()
        .cert
        .pem();
    let (marked, utf_16) = encoded(&pem);
    for (bytes, works) in [(marked, true), (utf_16, false)] {
        let path = file(folder.path(), "ca.pem", &bytes);
        let output = emulated(&["--ca-cert", &path, "check", "--output", "json"]);
        assert_eq!(output.status.success(), works, "{}", stderr(&output));
        assert_eq!(!works, stderr(&output).contains("it is UTF-16 text"));
    }
}

#[test]
fn invisible_characters_are_escaped_in_errors() {
    for id in [
        "a\u{feff}b",
        "a\u{200b}b",
        "a\u{a0}b",
        "a\u{ad}b",
        "a\u{202e}b",
    ] {
        for format in ["json", "table"] {
            let args = ["retrieve-user", "x", id, "--output", format];
            let output = emulated(&args);
            assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
            let printed = stderr(&output).replace("\\\\", "\\");
            let shown: String = id
                .chars()
                .skip(1)
                .take(1)
                .flat_map(char::escape_unicode)
                .collect();
            assert!(
                printed.contains(&format!("a{shown}b")) && !printed.contains(id),
                "{printed}"
            );
        }
    }
    let output = emulated(&["invoke", "search-users", "{\u{a0}}"]);
    let error = json_error(&output, 2);
    assert!(!stderr(&output).contains('\u{a0}'), "{error}");
}
