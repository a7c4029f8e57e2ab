//! The progress of a search, on a terminal.

use crate::Served;
use stytch_testkit::Terminal;

fn search(served: &Served, args: &[&str]) -> Terminal {
    let search = [
        "search-users",
        "--all",
        "--limit",
        "50",
        "--output",
        "jsonl",
    ];
    let mut command = served.command(&[&search[..], args].concat());
    command.env("TERM", "xterm-256color");
    Terminal::spawn(&command, 24, 80)
}

#[test]
fn the_progress_bar_is_replaced_by_a_receipt() {
    let served = Served::start(&["--users", "2000", "--chaos", "slow=25ms"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.jsonl");
    let mut terminal = search(&served, &["--output-file", file.to_str().unwrap()]);
    terminal.read_until(" of 2,000 users, ");
    let screen = terminal.screen();
    let line = screen
        .lines()
        .find(|line| line.contains(" users, "))
        .unwrap();
    assert!(line.contains("/s, ") && line.ends_with("s left"), "{line}");
    assert!(line.contains('█') || line.contains('░'), "{line}");
    let (status, _) = terminal.wait();
    assert!(status.success());
    let screen = terminal.screen();
    assert!(
        screen.starts_with(r#"{"receipt":{"pages":40,"users":2000"#),
        "{screen}"
    );
    assert!(!screen.contains(" left"), "{screen}");
}

#[test]
fn without_a_total_there_is_a_spinner() {
    let served = Served::start(&["--users", "200", "--chaos", "slow=400ms@1"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.jsonl");
    let mut terminal = search(&served, &["--output-file", file.to_str().unwrap()]);
    terminal.read_until(" 0 users, ");
    assert!(terminal.wait().0.success());
}

#[test]
fn there_is_no_bar_if_users_are_printed_on_the_terminal() {
    let served = Served::start(&["--users", "500", "--chaos", "slow=25ms"]);
    for args in [&[][..], &["--output-file", "/dev/null", "--quiet"]] {
        let (status, printed) = search(&served, args).wait();
        assert!(status.success(), "{printed}");
        assert!(
            !printed.contains(" left") && !printed.contains(" users, "),
            "{args:?}"
        );
    }
}
