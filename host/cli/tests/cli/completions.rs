//! Completion scripts and manual pages.

use crate::{cli, stderr, stdout, succeeded};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "elvish", "powershell"];

/// The commands and the long flags in the help.
fn names() -> BTreeSet<String> {
    let page = |args: &[&str]| succeeded(&cli().run(&[&["help"], args].concat())).to_owned();
    let program = page(&[]);
    let (_, list) = program.split_once("Commands:\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let commands: Vec<_> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let mut names: BTreeSet<_> = commands.iter().map(|name| (*name).to_owned()).collect();
    for command in commands.iter().filter(|name| **name != "help") {
        for line in page(&[command]).lines() {
            let flag = line
                .split_whitespace()
                .find_map(|word| word.strip_prefix("--"));
            if line.trim_start().starts_with('-') {
                names.extend(flag.map(|flag| flag.trim_end_matches('.').to_owned()));
            }
        }
    }
    assert!(names.len() > 45, "{names:?}");
    names
}

#[test]
fn every_script_has_every_command_and_flag() {
    let names = names();
    for shell in SHELLS {
        let script = cli().run(&["completions", shell]);
        let script = succeeded(&script);
        for name in &names {
            assert!(script.contains(name.as_str()), "{shell}: {name}");
        }
    }
}

#[test]
fn the_scripts_are_valid_for_their_shells() {
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for shell in ["bash", "zsh", "fish"] {
        let file = folder.path().join(shell);
        fs::write(&file, succeeded(&cli().run(&["completions", shell]))).unwrap();
        // Not every machine has every shell, but bash is required.
        if let Ok(output) = Command::new(shell).arg("-n").arg(&file).output() {
            assert!(output.status.success(), "{shell}: {}", stderr(&output));
            checked += 1;
        }
    }
    assert!(checked > 0);
}

#[test]
fn bash_completes_flags_and_values() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script");
    fs::write(&file, succeeded(&cli().run(&["completions", "bash"]))).unwrap();
    for (words, expected) in [
        (&["stytch-host", "search-u"][..], "search-users\n"),
        (&["stytch-host", "check", "--base"], "--base-url\n"),
        (&["stytch-host", "completions", "fi"], "fish\n"),
    ] {
        let line = words
            .iter()
            .map(|word| format!("'{word}'"))
            .collect::<Vec<_>>();
        let run = format!(
            ". {}; COMP_WORDS=({}); COMP_CWORD={}; _stytch__host stytch-host '{}' '{}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            file.display(),
            line.join(" "),
            words.len() - 1,
            words[words.len() - 1],
            words[words.len() - 2],
        );
        let output = Command::new("bash")
            .args(["--norc", "-c", &run])
            .output()
            .unwrap();
        assert_eq!(stdout(&output), expected, "{}", stderr(&output));
    }
}

#[test]
fn there_is_a_man_page_for_the_program_and_each_command() {
    let page = cli().run(&["man"]);
    let page = succeeded(&page);
    for expected in [".TH stytch-host 1", "search\\-users", "Exit codes"] {
        assert!(page.contains(expected), "{expected}");
    }
    let page = cli().run(&["man", "search-users"]);
    let page = succeeded(&page);
    for expected in [
        ".TH stytch-host-search-users 1",
        "\\-\\-webauthn\\-registration\\-verified",
        "\\-\\-ca\\-cert",
        "Example: ",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn an_unknown_man_page_is_a_usage_error() {
    for (name, expected) in [
        ("serch-users", "did you mean search-users?"),
        ("🦀", "stytch-host --help lists them"),
        ("", "stytch-host --help lists them"),
    ] {
        let output = cli().run(&["man", name]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}
