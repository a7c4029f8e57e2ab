//! The file of credentials, and the required state of its folder.

use crate::credential::{add, add_args, add_untested, list};
use crate::{HUSH, assert_no_secret, cli, json_error, stderr, succeeded};
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use stytch_emulator::PROJECT_ID;
use stytch_testkit::Cli;

fn folder(cli: &Cli) -> PathBuf {
    cli.home().join(".config/stytch-host")
}

fn file(cli: &Cli) -> PathBuf {
    folder(cli).join("credentials.json")
}

fn mode(path: &PathBuf) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The command that the hint of an error suggests.
fn suggested_fix(cli: &Cli, expected: &str) -> String {
    let refused = cli.run(&["credential", "list"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains(expected), "{}", stderr(&refused));
    let used = cli.run(&["check"]);
    assert_eq!(stderr(&used), stderr(&refused));
    let command = stderr(&refused).lines().last().unwrap();
    command.trim().to_owned()
}

#[test]
fn only_the_owner_can_access_the_file_and_its_folder() {
    let cli = cli();
    add_untested(&cli, "acme");
    assert_eq!(mode(&folder(&cli)), 0o700);
    assert_eq!(mode(&file(&cli)), 0o600);
    assert!(fs::read_to_string(file(&cli)).unwrap().contains(HUSH));
}

#[test]
fn xdg_config_home_is_used() {
    let cli = cli();
    let config = cli.home().join("config");
    let variables = [("XDG_CONFIG_HOME", config.to_str().unwrap())];
    let args = [&add_args("acme", PROJECT_ID)[..], &["--no-test"]].concat();
    let output = cli.run_with(&args, &variables, HUSH);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(config.join("stytch-host/credentials.json").exists());
    assert!(!folder(&cli).exists());
}

#[test]
fn permissive_modes_are_rejected_with_a_command_that_fixes_them() {
    let cli = cli();
    add_untested(&cli, "acme");
    for (path, wide, right) in [
        (file(&cli), 0o640, 0o600),
        (file(&cli), 0o602, 0o600),
        (folder(&cli), 0o755, 0o700),
        (folder(&cli), 0o710, 0o700),
    ] {
        fs::set_permissions(&path, Permissions::from_mode(wide)).unwrap();
        let command = suggested_fix(&cli, &format!("has the mode {wide:04o}"));
        let refused = add(&cli, "other", HUSH, &["--no-test"]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(cli.shell(&command).status.success(), "{command}");
        assert_eq!(mode(&path), right);
        assert_eq!(list(&cli)[0]["name"], "acme");
    }
}

#[test]
fn symbolic_links_are_rejected_with_a_command_that_fixes_them() {
    let cli = cli();
    add_untested(&cli, "acme");
    for path in [file(&cli), folder(&cli)] {
        let elsewhere = cli.home().join("else where");
        fs::rename(&path, &elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        let command = suggested_fix(&cli, "is a symbolic link");
        let mended = cli.shell(&command);
        assert!(mended.status.success(), "{command}: {}", stderr(&mended));
        assert!(!path.is_symlink());
        assert_eq!(list(&cli)[0]["name"], "acme");
        if elsewhere.is_dir() {
            fs::remove_dir_all(&elsewhere).unwrap();
        } else {
            fs::remove_file(&elsewhere).unwrap();
        }
    }
}

#[test]
fn a_pipe_in_place_of_the_file_does_not_block() {
    let cli = cli();
    add_untested(&cli, "acme");
    fs::remove_file(file(&cli)).unwrap();
    assert!(
        cli.shell(&format!("mkfifo '{}'", file(&cli).display()))
            .status
            .success()
    );
    suggested_fix(&cli, "is not a file");
}

#[test]
fn a_file_of_another_version_is_left_unchanged() {
    let cli = cli();
    add_untested(&cli, "acme");
    let text = fs::read_to_string(file(&cli)).unwrap();
    let newer = text.replace("\"version\": 1", "\"version\": 2");
    fs::write(file(&cli), &newer).unwrap();
    let output = add(&cli, "other", HUSH, &["--no-test"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("version 2"));
    assert_eq!(fs::read_to_string(file(&cli)).unwrap(), newer);
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let cli = cli();
    add_untested(&cli, "acme");
    let before = fs::read_to_string(file(&cli)).unwrap();
    // The file size limit is below the size of the new file.
    let line = format!(
        "ulimit -f 0; trap '' XFSZ; echo {HUSH} | stytch-host credential add other --no-test --store file --project-id {PROJECT_ID}"
    );
    let output = cli.shell(&line);
    assert_no_secret(&output);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("cannot be written"),
        "{}",
        stderr(&output)
    );
    assert_eq!(fs::read_to_string(file(&cli)).unwrap(), before);
    assert_eq!(fs::read_dir(folder(&cli)).unwrap().count(), 2);
}

/// The command of each hint fixes the problem.
#[test]
fn an_obstacle_is_named_with_a_command_that_fixes_it() {
    for name in ["", "credentials.json", "credentials.lock"] {
        let cli = cli();
        let place = match name {
            "" => folder(&cli),
            file => folder(&cli).join(file),
        };
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::set_permissions(place.parent().unwrap(), Permissions::from_mode(0o700)).unwrap();
        symlink("nowhere", &place).unwrap();
        let refused = |reason: &str| {
            let printed = add(&cli, "acme", HUSH, &["--no-test"]);
            assert_eq!(printed.status.code(), Some(2));
            let printed = stderr(&printed).to_owned();
            assert!(printed.contains(reason), "{name}: {printed}");
            let (_, command) = printed.rsplit_once("\n\n").unwrap();
            assert!(
                Command::new("sh")
                    .args(["-c", command])
                    .status()
                    .unwrap()
                    .success()
            );
        };
        refused("target does not exist");
        if name.is_empty() {
            fs::write(&place, "").unwrap();
            refused("is not a folder");
        } else {
            fs::create_dir(&place).unwrap();
            refused("is not a file");
        }
        add_untested(&cli, "acme");
    }
    // A file left by a killed run is not an obstacle.
    let cli = cli();
    add_untested(&cli, "acme");
    fs::create_dir(folder(&cli).join(".credentials-mine")).unwrap();
    let printed = add(&cli, "other", HUSH, &["--no-test"]);
    assert_eq!(printed.status.code(), Some(2));
    assert!(stderr(&printed).contains(".credentials-mine is in the way"));
}

#[test]
fn concurrent_adds_are_all_stored() {
    let cli = cli();
    let mut children: Vec<_> = (0..8)
        .map(|number| {
            let name = format!("acme-{number}");
            let args = [&add_args(&name, PROJECT_ID)[..], &["--no-test"]].concat();
            let mut command = cli.command(&args);
            let command = command.stdin(Stdio::piped()).stderr(Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    for child in &mut children {
        writeln!(child.stdin.take().unwrap(), "{HUSH}").unwrap();
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let list = list(&cli);
    let credentials = list.as_array().unwrap();
    assert_eq!(credentials.len(), 8);
    let defaults = credentials.iter().filter(|named| named["default"] == true);
    assert_eq!(defaults.count(), 1);
}

#[test]
fn without_a_home_folder_only_variables_work() {
    let cli = cli();
    let homeless = |args: &[&str]| {
        let mut command = cli.command(args);
        command
            .env("HOME", "not/absolute")
            .env("XDG_CONFIG_HOME", "not/absolute");
        command.output().unwrap()
    };
    let error = json_error(&homeless(&["credential", "list", "--output", "json"]), 2);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("no folder for credentials")
    );
    let none = json_error(&homeless(&["check", "--output", "json"]), 2);
    assert!(
        none["message"]
            .as_str()
            .unwrap()
            .contains("there is no credential")
    );
    succeeded(&homeless(&["--emulator", "check"]));
}
