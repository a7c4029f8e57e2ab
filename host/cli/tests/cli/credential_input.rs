//! How a secret is read, and what is rejected before it is tested.

use crate::credential::{add, add_args, list};
use crate::{HUSH, assert_no_secret, cli, json_error, stderr};
use serde_json::json;
use std::process::Command;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Cli, Terminal};

fn on_a_terminal(cli: &Cli, args: &[&str]) -> Terminal {
    Terminal::spawn(&cli.command(args), 24, 80)
}

#[test]
fn a_terminal_prompt_does_not_echo_the_secret() {
    let cli = cli();
    let args = ["credential", "add", "acme", "--no-test", "--store", "file"];
    let mut terminal = on_a_terminal(&cli, &args);
    terminal.read_until("Project ID (Stytch dashboard, API keys): ");
    terminal.write(&format!("{PROJECT_ID}\n"));
    terminal.read_until("Secret of acme (test), not shown as you type: ");
    terminal.write(&format!("{HUSH}\n"));
    let (status, printed) = terminal.wait();
    assert!(status.success(), "{printed}");
    assert!(
        printed.contains("stored acme (test)") && !printed.contains(HUSH),
        "{printed}"
    );
    assert!(!terminal.screen().contains("hush"));
    assert_eq!(list(&cli)[0]["project_id"], PROJECT_ID);
}

#[test]
fn an_interrupted_prompt_stores_nothing() {
    let cli = cli();
    let args = ["credential", "add", "acme", "--project-id", PROJECT_ID];
    let mut terminal = on_a_terminal(&cli, &args);
    terminal.read_until("not shown as you type: ");
    terminal.write("secret-te\u{3}");
    let (status, printed) = terminal.wait();
    assert_eq!(status.code(), Some(130), "{printed}");
    assert_eq!(list(&cli), json!([]));
}

#[test]
fn a_signal_during_the_prompt_restores_the_terminal() {
    let cli = cli();
    let ask = format!(
        "sh -c 'echo \"pid $$ \"; exec {} credential add acme --project-id {PROJECT_ID}'; stty -a; echo end",
        env!("CARGO_BIN_EXE_stytch-host")
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", &ask])
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", cli.home());
    let mut terminal = Terminal::spawn(&command, 24, 80);
    let printed = terminal.read_until("not shown as you type: ");
    let process = printed.split("pid ").nth(1).unwrap();
    let process = process.split_whitespace().next().unwrap();
    let kill = Command::new("kill").args(["-INT", process]).status();
    assert!(kill.unwrap().success());
    let printed = terminal.read_until("end\r\n");
    assert!(
        printed.contains(" echo ") && printed.contains(" icanon "),
        "{printed}"
    );
}

#[test]
fn the_secret_is_the_first_line_of_standard_input() {
    for (stdin, works) in [
        (format!("{HUSH}\n"), true),
        (format!("{HUSH}\r\n"), true),
        (HUSH.to_owned(), true),
        (format!("{HUSH}\nmore\n"), true),
        (format!(" {HUSH} \n"), true),
        (format!("\n{HUSH}\n"), false),
        (format!("{HUSH}\u{0}\n"), false),
        ("x".repeat(5000), false),
        (String::new(), false),
    ] {
        let cli = cli();
        let args = [&add_args("acme", PROJECT_ID)[..], &["--no-test"]].concat();
        let output = cli.run_with(&args, &[], &stdin);
        assert_no_secret(&output);
        assert_eq!(
            output.status.success(),
            works,
            "{stdin:?}: {}",
            stderr(&output)
        );
        assert_eq!(list(&cli).as_array().unwrap().len(), usize::from(works));
    }
}

#[test]
fn an_invalid_secret_is_rejected_and_not_printed() {
    for (name, project_id, secret, base_url, expected) in [
        ("a b", PROJECT_ID, HUSH, "", "letters, digits"),
        ("", PROJECT_ID, HUSH, "", "letters, digits"),
        (HUSH, PROJECT_ID, HUSH, "", "not an argument"),
        ("acme", HUSH, HUSH, "", "not an argument"),
        ("acme", "", HUSH, "", "the project ID is empty"),
        (
            "acme",
            "project test",
            HUSH,
            "",
            "the project ID has a space",
        ),
        ("acme", "project:test", HUSH, "", "colon"),
        ("acme", "project-live-1", HUSH, "", "is a test one"),
        ("acme", PROJECT_ID, "secret-live-x", "", "is a live one"),
        ("acme", PROJECT_ID, PROJECT_ID, "", "this is a project ID"),
        ("acme", PROJECT_ID, HUSH, "https://a/v1", "path or a query"),
        (
            "acme",
            PROJECT_ID,
            HUSH,
            "https://api.stytch.com",
            "live API",
        ),
    ] {
        let cli = cli();
        let mut args = add_args(name, project_id).to_vec();
        args.extend(["--no-test", "--output", "json"]);
        if !base_url.is_empty() {
            args.extend(["--base-url", base_url]);
        }
        let output = cli.run_with(&args, &[], secret);
        assert_no_secret(&output);
        let error = json_error(&output, 2);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(expected), "{message}");
        assert_eq!(list(&cli), json!([]));
    }
}

#[test]
fn a_secret_among_the_arguments_is_rejected_and_not_printed() {
    let secret = format!("--secret={HUSH}");
    for extra in [&[HUSH][..], &["--secret", HUSH], &[&secret], &["--", HUSH]] {
        let args = [&["credential", "add", "acme"], extra].concat();
        let output = cli().run(&args);
        assert_eq!(output.status.code(), Some(2));
        assert_no_secret(&output);
    }
    let output = cli().run(&["--credential", HUSH, "check"]);
    assert_eq!(output.status.code(), Some(2));
    assert_no_secret(&output);
}

#[test]
fn a_secret_of_unusual_form_is_stored_with_a_warning() {
    let output = add(&cli(), "acme", "hush4-older", &["--no-test"]);
    assert!(output.status.success());
    assert!(stderr(&output).starts_with("warning: the secret does not begin with secret-test-"));
}

#[test]
fn a_prompt_without_a_terminal_fails_at_once() {
    let cli = cli();
    let output = cli
        .command(&["credential", "add", "acme"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--project-id"));
    let args = ["credential", "add", "acme", "--project-id", PROJECT_ID];
    let output = cli.command(&args).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("there is no secret on standard input"));
    // Standard input is closed.
    let shell = cli.shell(&format!("stytch-host {} <&-", args.join(" ")));
    assert_eq!(shell.status.code(), Some(2), "{}", stderr(&shell));
}
