//! What the program says about itself.

use crate::{cli, stderr, stdout, succeeded};

#[test]
fn every_command_explains_itself() {
    for command in [
        "",
        "retrieve-user",
        "search-users",
        "check",
        "credential",
        "credential add",
        "invoke",
        "inspect",
        "export",
        "emulator",
    ] {
        let command: Vec<_> = command.split_terminator(' ').collect();
        let long = cli().run(&[&command[..], &["--help"]].concat());
        let name = [&["help"], &command[..]].concat().join("-");
        insta::assert_snapshot!(name, succeeded(&long));
        let same = cli().run(&[&["help"], &command[..]].concat());
        assert_eq!(stdout(&same), stdout(&long));
    }
}

#[test]
fn no_help_is_wider_than_a_terminal() {
    for command in [
        &["retrieve-user"][..],
        &["search-users"],
        &["credential", "add"],
        &["invoke"],
        &["emulator"],
    ] {
        let help = cli().run(&[command, &["--help"]].concat());
        let widest = succeeded(&help).lines().map(|line| line.chars().count());
        assert!(widest.max() <= Some(100), "{command:?}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
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
