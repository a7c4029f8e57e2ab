//! The keyring where there is none, and one that does not answer. Nothing of a real
//! one is touched: the D-Bus session is that of the test.
#![cfg(target_os = "linux")]

use crate::credential::list;
use crate::{HUSH, assert_no_secret, cli, stderr};
use serde_json::json;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};
use stytch_emulator::PROJECT_ID;

const ADD: [&str; 6] = [
    "credential",
    "add",
    "acme",
    "--no-test",
    "--project-id",
    PROJECT_ID,
];

#[test]
fn without_a_keyring_the_file_is_used_and_the_reason_said() {
    let cli = cli();
    let output = cli.run_with(&ADD, &[], HUSH);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("credentials.json (there is no D-Bus session)"));
    assert_eq!(list(&cli)[0]["store"], "file");
}

#[test]
fn without_a_keyring_one_that_was_asked_for_is_refused() {
    let cli = cli();
    let args = [&ADD[..], &["--store", "keyring"]].concat();
    let output = cli.run_with(&args, &[], HUSH);
    assert_no_secret(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("there is no D-Bus session"));
    assert!(stderr(&output).contains("--store file"));
    assert_eq!(list(&cli), json!([]));
}

#[test]
fn a_keyring_that_does_not_answer_is_not_waited_for() {
    let cli = cli();
    let socket = cli.home().join("bus");
    // It takes connections and says nothing.
    let _silent = UnixListener::bind(&socket).unwrap();
    let address = format!("unix:path={}", socket.display());
    let variables = [("DBUS_SESSION_BUS_ADDRESS", address.as_str())];
    let started = Instant::now();
    let output = cli.run_with(&ADD, &variables, HUSH);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_no_secret(&output);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("did not respond within 3 seconds"), "{said}");
    assert!(said.contains("--store file"), "{said}");
    let args = [&ADD[..], &["--store", "file"]].concat();
    assert!(cli.run_with(&args, &variables, HUSH).status.success());
}
