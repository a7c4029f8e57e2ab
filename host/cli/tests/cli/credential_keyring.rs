//! Missing and unresponsive keyrings. A real keyring is never touched: each test has its
//! own D-Bus session.
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
fn without_a_keyring_the_file_is_used_and_the_reason_printed() {
    let cli = cli();
    let output = cli.run_with(&ADD, &[], HUSH);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("credentials.json (there is no D-Bus session)"));
    assert_eq!(list(&cli)[0]["store"], "file");
}

#[test]
fn without_a_keyring_requesting_one_fails() {
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
fn an_unresponsive_keyring_times_out() {
    let cli = cli();
    let socket = cli.home().join("bus");
    // It accepts connections but never responds.
    let _silent = UnixListener::bind(&socket).unwrap();
    let address = format!("unix:path={}", socket.display());
    let variables = [("DBUS_SESSION_BUS_ADDRESS", address.as_str())];
    let started = Instant::now();
    let output = cli.run_with(&ADD, &variables, HUSH);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_no_secret(&output);
    assert_eq!(output.status.code(), Some(2));
    let printed = stderr(&output);
    assert!(
        printed.contains("did not respond within 3 seconds"),
        "{printed}"
    );
    assert!(printed.contains("--store file"), "{printed}");
    let args = [&ADD[..], &["--store", "file"]].concat();
    assert!(cli.run_with(&args, &variables, HUSH).status.success());
}
