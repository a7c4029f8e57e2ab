//! The cache of compiled components: damaged, planted and unwritable entries.

use crate::{cli, stderr, stdout, succeeded};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Output;
use stytch_testkit::Cli;

const RETRIEVE: [&str; 3] = ["--emulator", "retrieve-user", "ada.lovelace"];

/// A command line with its own cache, and the folder of the cache.
fn uncached() -> (Cli, PathBuf) {
    let cli = Cli::new(env!("CARGO_BIN_EXE_stytch-host"));
    let folder = cli.home().join(".cache/stytch-host");
    (cli, folder)
}

fn files(folder: &PathBuf) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten();
    files.map(|file| file.unwrap().path()).collect()
}

/// The status and the finding of `doctor` for the cache.
fn diagnosis(cli: &Cli) -> (String, String) {
    let output = cli.run(&["--emulator", "doctor", "--output", "json"]);
    let report: Value = serde_json::from_str(succeeded(&output)).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let cache = checks.iter().find(|check| check["name"] == "cache");
    let text = |member: &str| cache.unwrap()[member].as_str().unwrap().to_owned();
    (text("status"), text("found"))
}

#[test]
fn a_damaged_entry_is_reported_and_replaced() {
    let (cli, folder) = uncached();
    succeeded(&cli.run(&RETRIEVE));
    let [entry] = &*files(&folder) else {
        panic!("{:?}", files(&folder));
    };
    let whole = fs::read(entry).unwrap();
    // As after a power failure: zeroed or truncated files.
    let mut zeroed = whole.clone();
    for page in (4096..whole.len() - 4096).step_by(16384) {
        zeroed[page..page + 4096].fill(0);
    }
    fs::write(entry, &zeroed).unwrap();
    succeeded(&cli.run(&RETRIEVE));
    assert_eq!(fs::read(entry).unwrap().len(), whole.len());
    for damaged in [&zeroed[..], &whole[..whole.len() / 2]] {
        fs::write(entry, damaged).unwrap();
        let (status, found) = diagnosis(&cli);
        assert_eq!(status, "warning");
        assert!(
            found.contains(entry.to_str().unwrap()) && found.contains("damaged"),
            "{found}"
        );
        assert_eq!(diagnosis(&cli).0, "ok");
    }
}

#[test]
fn planted_code_is_not_run() {
    let (cli, folder) = uncached();
    succeeded(&cli.run(&RETRIEVE));
    let [entry] = &*files(&folder) else {
        panic!("{:?}", files(&folder));
    };
    let aside = cli.home().join("planted");
    fs::rename(entry, &aside).unwrap();
    symlink(&aside, entry).unwrap();
    let (status, found) = diagnosis(&cli);
    assert_eq!(status, "warning");
    assert!(found.contains("symbolic link"), "{found}");
    // The link was replaced, and its target is unchanged.
    assert!(!entry.is_symlink() && aside.exists());

    let open = fs::Permissions::from_mode(0o666);
    fs::set_permissions(entry, open).unwrap();
    assert!(
        diagnosis(&cli)
            .1
            .contains("others may write to it (mode 0666)")
    );
    assert_eq!(
        fs::metadata(entry).unwrap().permissions().mode() & 0o777,
        0o600
    );

    let moved = cli.home().join("moved");
    fs::rename(&folder, &moved).unwrap();
    symlink(&moved, &folder).unwrap();
    let (status, found) = diagnosis(&cli);
    assert_eq!(status, "warning");
    assert!(found.contains("symbolic link"), "{found}");
}

/// Runs the binary under a `ulimit`.
fn limited(cli: &Cli, limit: &str, args: &str) -> Output {
    cli.shell(&format!("ulimit {limit} && exec stytch-host {args}"))
}

#[test]
fn failing_to_write_an_entry_is_harmless_and_leaves_no_file() {
    let (cli, folder) = uncached();
    for _ in 0..2 {
        // In blocks of 512 bytes.
        let output = limited(&cli, "-f 100", "--emulator retrieve-user ada.lovelace");
        succeeded(&output);
        assert_eq!(files(&folder), Vec::<PathBuf>::new());
    }
    // Temporary files of a killed run are removed.
    let leftover = folder.join(format!("{}.4711", "0".repeat(64)));
    fs::write(&leftover, "").unwrap();
    succeeded(&cli.run(&RETRIEVE));
    assert!(!leftover.exists());
    assert_eq!(files(&folder).len(), 1);
}

#[test]
fn exceeding_the_file_size_limit_is_an_error_not_a_signal() {
    let args = "--emulator search-users --all --output-file users.jsonl";
    let cli = cli();
    let output = limited(&cli, "-f 1", args);
    let code = output.status.code();
    assert!(code.is_some_and(|code| code < 128), "{:?}", output.status);
    assert_ne!(code, Some(0));
    assert!(stderr(&output).contains("too large"), "{}", stderr(&output));
    assert!(!cli.home().join("users.jsonl").exists());
}

#[test]
fn concurrent_runs_can_fill_the_cache() {
    let (cli, folder) = uncached();
    let children: Vec<_> = (0..2)
        .map(|_| {
            cli.command(&RETRIEVE)
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(files(&folder).len(), 1);
    assert_eq!(diagnosis(&cli).0, "ok");
}

/// Shared hosts and CI often limit the address space to a few gigabytes.
#[test]
fn four_gigabytes_of_address_space_suffice() {
    for args in [
        "retrieve-user ada.lovelace",
        "retrieve-user ada.lovelace nobody --missing-ok",
        "search-users --limit 1",
        "search-users --all --output jsonl",
        "check",
        "doctor",
        "inspect",
    ] {
        let output = limited(&cli(), "-v 4000000", &format!("--emulator {args}"));
        assert_eq!(output.status.code(), Some(0), "{args}: {}", stderr(&output));
        assert!(!stdout(&output).is_empty());
    }
}
