//! The help pages.

use crate::{cli, stderr, stdout, succeeded};
use std::process::Output;

const COMMANDS: [&str; 23] = [
    "retrieve-user",
    "search-users",
    "check",
    "credential",
    "credential add",
    "credential list",
    "credential test",
    "credential remove",
    "credential default",
    "invoke",
    "schema",
    "inspect",
    "export",
    "emulator",
    "serve",
    "mcp",
    "token",
    "token create",
    "token list",
    "token revoke",
    "doctor",
    "completions",
    "man",
];

/// The help of a command or subcommand.
fn page(command: &str, flag: &str) -> Output {
    let words = command.split(' ').chain([flag]);
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    cli().run(&words)
}

/// The part of a page that is specific to its command.
fn own(page: &str) -> String {
    let (own, rest) = page.split_once("Global options:\n").unwrap();
    let of_options = |line: &&str| line.is_empty() || line.starts_with(' ');
    let after: Vec<_> = rest.lines().skip_while(of_options).collect();
    format!("{own}Global options: …\n\n{}", after.join("\n"))
}

#[test]
fn these_tests_cover_every_command() {
    let page = cli().run(&["--help"]);
    let (_, list) = succeeded(&page).split_once("Commands:\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let names = list
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let mut expected = COMMANDS.to_vec();
    expected.retain(|command| !command.contains(' '));
    // Its page is that of another program; the tests of `worker` are about it.
    expected.insert(expected.len() - 3, "worker");
    expected.push("help");
    assert_eq!(names.collect::<Vec<_>>(), expected);
}

#[test]
fn help_of_the_program() {
    for (name, flag) in [("help", "--help"), ("short-help", "-h")] {
        insta::assert_snapshot!(name, succeeded(&cli().run(&[flag])));
    }
    let asked = cli().run(&["help"]);
    assert_eq!(stdout(&asked), stdout(&cli().run(&["--help"])));
}

#[test]
fn help_of_every_command() {
    for command in COMMANDS {
        for (name, flag) in [("help", "--help"), ("short-help", "-h")] {
            let page = page(command, flag);
            let page = own(succeeded(&page));
            insta::assert_snapshot!(format!("{name}-{command}").replace(' ', "-"), page);
        }
        let asked = page(&format!("help {command}"), "");
        assert_eq!(stdout(&asked), stdout(&page(command, "--help")));
    }
}

#[test]
fn every_page_has_the_global_options_and_examples() {
    let program = cli().run(&["--help"]);
    let (_, global) = succeeded(&program).split_once("Global options:\n").unwrap();
    let (global, _) = global.split_once("\n\nCredentials:").unwrap();
    for command in COMMANDS {
        let page = page(command, "--help");
        let page = succeeded(&page);
        assert!(page.contains(global), "{command}");
        let (_, after) = page.split_once(global).unwrap();
        assert!(
            after.contains(&format!("  stytch-host {command}")),
            "{command}"
        );
    }
}

#[test]
fn every_flag_and_argument_has_an_example() {
    for command in COMMANDS {
        let page = page(command, "--help");
        // An entry extends from one line with little indentation to the next.
        let mut entries: Vec<String> = Vec::new();
        for line in succeeded(&page).lines() {
            let entry = line.trim_start();
            let indent = line.len() - entry.len();
            if indent <= 6
                && (entry.starts_with('-') || entry.starts_with('<') || entry.starts_with('['))
            {
                entries.push(String::new());
            }
            if let Some(last) = entries.last_mut() {
                last.push_str(line);
                last.push('\n');
            }
        }
        assert!(entries.len() > 8, "{command}: {entries:?}");
        for entry in entries {
            let of_clap = ["--help", "--version"]
                .iter()
                .any(|flag| entry.lines().next().unwrap().contains(flag));
            assert!(of_clap || entry.contains("Example: "), "{command}: {entry}");
        }
    }
}

#[test]
fn help_is_at_most_100_columns_wide() {
    for command in COMMANDS {
        for flag in ["--help", "-h"] {
            let help = page(command, flag);
            let widest = succeeded(&help).lines().map(|line| line.chars().count());
            assert!(widest.max() <= Some(100), "{command}");
        }
    }
}

#[test]
fn the_version_is_the_package_version() {
    let expected = concat!("stytch-host ", env!("CARGO_PKG_VERSION"), "\n");
    for flag in ["--version", "-V"] {
        assert_eq!(succeeded(&cli().run(&[flag])), expected);
    }
}

#[test]
fn without_arguments_the_help_is_on_standard_error() {
    let output = cli().run(&[]);
    let asked = cli().run(&["-h"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!((stdout(&output), stderr(&output)), ("", stdout(&asked)));
}
